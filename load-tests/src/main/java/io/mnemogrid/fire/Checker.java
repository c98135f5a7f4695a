package io.mnemogrid.fire;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.UpdateId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Holds what a space shows against what its writers were told. It knows the log's format and
 * nothing of how a member works: versions are dense, each record names the leaf hash of the one
 * before, each id stands once, a replay from version 1 gives every recorded root, and the root
 * computed from the document alone, the slow way, is the last of them.
 */
final class Checker {
  /** A record of this type adds one to a number below {@link #COUNTERS}. */
  static final String COUNT = "count";

  /** As {@link #COUNT}, made by an embedded member. */
  private static final String COMPUTE = "compute";

  private static final String COUNTERS = "counters";
  private static final int MOST = 20;

  private final History history;
  private final List<String> flaws = new ArrayList<>();
  private final List<Update> log = new ArrayList<>();
  private final Map<UpdateId, List<Update>> byId = new HashMap<>();
  private final Set<Request.Part> contents = new HashSet<>();

  private Checker(History history) {
    this.history = history;
  }

  /** All that is wrong, in sentences; the first of them when there are many. */
  static List<String> check(History history, Collection<? extends Claim> claims) {
    return new Checker(history).check(claims);
  }

  private List<String> check(Collection<? extends Claim> claims) {
    try {
      history.records().forEach(text -> log.add(Update.parse(text)));
    } catch (JsonException e) {
      flaw("record " + (log.size() + 1) + " is no record: " + e.getMessage());
      return flaws;
    }
    for (Update update : log) {
      byId.computeIfAbsent(update.id(), _ -> new ArrayList<>(1)).add(update);
      contents.add(new Request.Part(update.id(), update.fields().request()));
    }
    checkChain();
    checkHead();
    checkReplay();
    checkCounters();
    claims.stream()
        .filter(claim -> claim.request().space().equals(history.space()))
        .forEach(this::check);
    return flaws.size() <= MOST ? flaws : flaws.subList(0, MOST);
  }

  private void flaw(String sentence) {
    flaws.add(history.space() + ": " + sentence);
  }

  private void checkChain() {
    Hash previous = Hash.ZERO;
    for (int i = 0; i < log.size(); i++) {
      Update update = log.get(i);
      if (update.version() != i + 1) {
        flaw("version " + (i + 1) + " is missing or doubled: there stands " + update);
        return;
      }
      if (!update.space().equals(history.space())) {
        flaw("version " + (i + 1) + " is a record of " + update.space());
      }
      if (!update.previous().equals(previous)) {
        flaw("version " + (i + 1) + " does not name the leaf hash of the record before");
      }
      previous = update.leafHash();
    }
    byId.forEach((id, updates) -> {
      if (updates.size() > 1) {
        flaw(id + " stands " + updates.size() + " times: " + updates);
      }
    });
  }

  private void checkHead() {
    if (history.version() != log.size() || history.documentVersion() != log.size()) {
      flaw(
          "the log has %d records, the head is version %d, the document %d"
              .formatted(log.size(), history.version(), history.documentVersion()));
    }
    Hash recorded = log.isEmpty() ? Hash.OF_NOTHING : log.getLast().root();
    if (!history.root().equals(recorded)) {
      flaw("the head has root " + history.root() + ", its record " + recorded);
    }
    Hash slow = SlowRoot.of(history.document());
    if (!slow.equals(recorded)) {
      flaw("the document has root " + slow + ", the record of its version " + recorded);
    }
  }

  private void checkReplay() {
    Snapshot at = Snapshot.ofNew(history.space());
    try {
      for (Update update : log) {
        at = at.plus(update);
      }
      if (!at.logRoot().equals(history.logRoot())) {
        flaw("the log has root " + at.logRoot() + ", the head says " + history.logRoot());
      }
      Json replayed = at.state().document();
      if (!history.document().equals(replayed)) {
        flaw("a replay from version 1 gives another document");
      }
    } catch (BrokenHistory e) {
      flaw("a replay from version 1 fails: " + e.getMessage());
    }
  }

  /** Every strict increment in the log counted, so the number says how many there are. */
  private void checkCounters() {
    Map<Pointer, Long> increments = new HashMap<>();
    for (Update update : log) {
      String type = update.fields().type();
      if (type.equals(COUNT) || type.equals(COMPUTE)) {
        Changes changes = update.fields().changes();
        changes.added().forEach(change -> increments.merge(change.path(), 1L, Long::sum));
        changes.modified().forEach(change -> increments.merge(change.path(), 1L, Long::sum));
      }
    }
    if (!(history.document().get(COUNTERS) instanceof Json.Obj counters)) {
      return;
    }
    counters
        .members()
        .forEach((name, value) -> {
          long counted = increments.getOrDefault(Pointer.ROOT.child(COUNTERS).child(name), 0L);
          if (!value.equals(Json.of(counted))) {
            flaw(name + " is " + value.canonical() + " after " + counted + " increments");
          }
        });
  }

  private void check(Claim claim) {
    switch (claim) {
      case Claim.Stands stands -> {
        for (int i = 0; i < stands.places().size(); i++) {
          checkPlace(stands.request().parts().get(i), stands.places().get(i));
        }
        if (!isTogether(stands.places().stream().map(Claim.Place::version).toList())) {
          flaw("the list " + stands.request() + " was told versions " + stands.places());
        }
      }
      case Claim.Refused refused -> {
        for (Request.Part part : refused.request().parts()) {
          if (contents.contains(part)) {
            flaw(part.id() + " was refused (" + refused.code() + ") and stands in the log");
          }
        }
      }
      case Claim.Open open -> {
        List<Long> versions = new ArrayList<>();
        for (Request.Part part : open.request().parts()) {
          byId.getOrDefault(part.id(), List.of()).stream()
              .filter(update -> update.fields().request().equals(part.content()))
              .forEach(update -> versions.add(update.version()));
        }
        int wanted = open.request().parts().size();
        if (!versions.isEmpty() && (versions.size() != wanted || !isTogether(versions))) {
          flaw(
              "of %s, which got no answer, %d of %d stand in the log, at %s"
                  .formatted(open.request(), versions.size(), wanted, versions));
        }
      }
    }
  }

  /** Whether versions follow each other, as those of one list do. */
  private static boolean isTogether(List<Long> versions) {
    for (int i = 1; i < versions.size(); i++) {
      if (versions.get(i) != versions.get(i - 1) + 1) {
        return false;
      }
    }
    return true;
  }

  private void checkPlace(Request.Part part, Claim.Place place) {
    List<Update> found = byId.getOrDefault(part.id(), List.of());
    if (found.size() != 1) {
      flaw(
          "%s was acknowledged as version %d and stands in the log %d times"
              .formatted(part.id(), place.version(), found.size()));
      return;
    }
    Update update = found.getFirst();
    if (update.version() != place.version()
        || !update.root().equals(place.root())
        || !update.fields().request().equals(part.content())
        || !update.leafHash().toString().startsWith(place.leafPrefix(), 2)) {
      flaw(
          "%s was acknowledged as version %d with root %s and leaf hash 0x%s…, the log has %d, %s, %s"
              .formatted(
                  part.id(),
                  place.version(),
                  place.root(),
                  place.leafPrefix(),
                  update.version(),
                  update.root(),
                  update.leafHash()));
    }
  }
}
