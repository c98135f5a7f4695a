package io.mnemogrid.check;

import io.mnemogrid.check.Evidence.Ack;
import io.mnemogrid.check.Evidence.Read;
import io.mnemogrid.check.Evidence.Replica;
import io.mnemogrid.client.History;
import io.mnemogrid.client.Request;
import io.mnemogrid.log.Update;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.UpdateId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares the log of a space with what its writers were answered and with what its readers and
 * replicas showed. It knows the log's format and nothing of how a member works. It shares no code
 * with the judge of the simulated grid (GridHistory, in the tests of grid-plugin), on purpose: two
 * judges that err in the same place are worth one.
 *
 * <p>Each column counts one kind of flaw:
 *
 * <ul>
 *   <li>{@link Flaw#LOST}: an acknowledged update that is not in the log, or not at the version, or
 *       not with the root, leaf hash and content that its author was answered; a counter with less
 *       than the strict increments that the log holds; a write that beat an update, was not seen by
 *       its author, and was undone by it all the same. A removed value that came back is one of
 *       these.
 *   <li>{@link Flaw#TWICE}: an id that stands more than once; a counter with more than its strict
 *       increments.
 *   <li>{@link Flaw#VERSIONS}: a version that is missing, doubled or of another space, and a record
 *       that does not name the leaf hash of the one before; a checkpoint's number that is missing
 *       or had two hashes.
 *   <li>{@link Flaw#REPLICAS}: a member that ends at another version, root, log root, leaf hash or
 *       document than the log, and a read that showed a leaf hash that its version never had.
 *   <li>{@link Flaw#ROOTS}: a recorded root that the replay from version 1 does not give, or that
 *       the whole document, hashed the slow way, does not have; a checkpoint's root that no record
 *       has.
 *   <li>{@link Flaw#STALE}: a read that lacks what the same member had acknowledged to the same
 *       agent, or what anybody was acknowledged longer ago than the {@link Freshness} allows.
 *   <li>{@link Flaw#OPEN}: an outcome that is still unknown.
 *   <li>{@link Flaw#ANSWERS}: a refused update that stands in the log, a list that stands in part.
 * </ul>
 *
 * <p>It reads the records once and keeps some 200 bytes of each.
 */
public final class Checker {
  /** A record of this type adds one to a number below {@link #COUNTERS}. */
  public static final String COUNT = "count";

  /** As {@link #COUNT}, made by an embedded member. */
  private static final String COMPUTE = "compute";

  private static final String COUNTERS = "counters";

  /** The document is hashed the slow way at each version that is a multiple of this. */
  private static final int SLOW_EVERY = 2000;

  /** The part of a record that is kept in memory. */
  private record Entry(long version, Hash root, Hash leafHash, Hash content) {
    boolean hasLeaf(String prefix) {
      return leafHash.toString().startsWith(prefix, 2);
    }
  }

  /** The space as a replay has it at one version. */
  private record Replayed(State state, Frontier frontier) {
    static final Replayed NEW = new Replayed(State.EMPTY, Frontier.EMPTY);
  }

  private final Evidence evidence;
  private final Verdict verdict = new Verdict();
  private final Map<UpdateId, List<Entry>> byId = new HashMap<>();
  private final List<Entry> log = new ArrayList<>();
  private final Map<Pointer, Long> increments = new HashMap<>();
  private final Set<Long> shown = new HashSet<>();

  /** The list with which an update was sent; updates that were sent alone are left out. */
  private final Map<UpdateId, Request> lists = new HashMap<>();

  private final Map<Long, Request> listAt = new HashMap<>();
  private final Map<Long, Replayed> replayedAt = new HashMap<>();

  /** The space at the record that was read last; null once the replay could not go on. */
  private @Nullable Replayed replayed = Replayed.NEW;

  private Checker(Evidence evidence) {
    this.evidence = evidence;
    evidence.replicas().forEach(replica -> shown.add(replica.version()));
    replayedAt.put(0L, Replayed.NEW);
    for (Claim claim : evidence.claims()) {
      if (claim.request().parts().size() > 1 && claim.request().space().equals(evidence.space())) {
        claim.request().parts().forEach(part -> lists.putIfAbsent(part.id(), claim.request()));
      }
    }
  }

  /** Returns all that is wrong with one space. */
  public static Verdict check(Evidence evidence) {
    return new Checker(evidence).check();
  }

  /**
   * Returns all that is wrong with what a member shows of a space. Outcomes that are still open are
   * no flaw here.
   */
  public static List<String> check(History history, Collection<? extends Claim> claims) {
    return check(Evidence.of(history, claims)).sentencesBut(Flaw.OPEN);
  }

  private Verdict check() {
    scan();
    checkCounters();
    evidence.replicas().forEach(this::check);
    evidence.claims().stream()
        .filter(claim -> claim.request().space().equals(evidence.space()))
        .forEach(this::check);
    checkReads();
    return verdict;
  }

  private void flaw(Flaw flaw, String sentence, Object... values) {
    verdict.add(flaw, evidence.space() + ": " + sentence.formatted(values));
  }

  // The log by itself.

  private void scan() {
    for (String text : evidence.records()) {
      Update update;
      try {
        update = Update.parse(text);
      } catch (JsonException e) {
        flaw(
            Flaw.VERSIONS,
            "record %d is no record: %s",
            log.size() + 1,
            String.valueOf(e.getMessage()));
        replayed = null;
        return;
      }
      Entry entry =
          new Entry(update.version(), update.root(), update.leafHash(), update.fields().request());
      List<Entry> before = byId.get(update.id());
      if (before == null) {
        byId.put(update.id(), List.of(entry));
      } else {
        flaw(
            Flaw.TWICE,
            "%s stands at version %d and again at %d",
            update.id(),
            before.getFirst().version(),
            update.version());
        List<Entry> all = new ArrayList<>(before);
        all.add(entry);
        byId.put(update.id(), all);
      }
      Request list = lists.get(update.id());
      if (list != null) {
        listAt.put(update.version(), list);
      }
      follow(update);
      count(update);
      log.add(entry);
    }
  }

  private void follow(Update update) {
    long wanted = log.size() + 1;
    if (update.version() != wanted && isNewGap(update)) {
      flaw(
          Flaw.VERSIONS,
          "version %d is missing or doubled: there stands %s",
          log.isEmpty() ? 1 : log.getLast().version() + 1,
          update);
    }
    if (update.version() != wanted) {
      replayed = null;
    }
    if (!update.space().equals(evidence.space())) {
      flaw(Flaw.VERSIONS, "version %d is a record of %s", wanted, update.space());
    }
    Hash previous = log.isEmpty() ? Hash.ZERO : log.getLast().leafHash();
    if (update.version() == wanted && !update.previous().equals(previous)) {
      flaw(Flaw.VERSIONS, "version %d does not name the leaf hash of the record before", wanted);
    }
    Replayed at = replayed;
    if (at != null) {
      replayed = replay(at, update);
    }
  }

  /** Whether a gap begins here, so that a gap is reported once and not for each record after it. */
  private boolean isNewGap(Update update) {
    return log.isEmpty() || update.version() != log.getLast().version() + 1;
  }

  private @Nullable Replayed replay(Replayed at, Update update) {
    checkRivals(at.state(), update);
    Update.Fields fields = update.fields();
    State next;
    try {
      next =
          at.state().apply(fields.changes(), fields.timestamp(), fields.author(), fields.version());
    } catch (IllegalStateException e) {
      flaw(
          Flaw.ROOTS,
          "the replay fails at version %d: %s",
          update.version(),
          String.valueOf(e.getMessage()));
      return null;
    }
    if (!next.root().equals(update.root())) {
      flaw(
          Flaw.ROOTS,
          "the replay has root %s at version %d, the record %s",
          next.root(),
          update.version(),
          update.root());
    }
    boolean wanted = shown.contains(update.version());
    if (wanted || update.version() % SLOW_EVERY == 0) {
      Hash slow = SlowRoot.of(next.document());
      if (!slow.equals(update.root())) {
        flaw(
            Flaw.ROOTS,
            "the document of version %d has root %s, the record %s",
            update.version(),
            slow,
            update.root());
      }
    }
    Replayed after = new Replayed(next, at.frontier().plus(update.leafHash()));
    if (wanted) {
      replayedAt.put(update.version(), after);
    }
    return after;
  }

  /**
   * A change had to lose if it met a leaf or a tombstone that is newer than its base and later by
   * (time, author): the author of that other write was acknowledged. Empty objects are left out,
   * since one may stand there because of others. Writes of the update's own list are left out too,
   * since it has seen them.
   */
  private void checkRivals(State before, Update update) {
    Changes changes = update.fields().changes();
    for (Changes.Added added : changes.added()) {
      if (!added.value().equals(Json.EMPTY_OBJECT)) {
        checkRival(update, added.path(), before.tombstones().get(added.path()));
      }
    }
    for (Changes.Modified modified : changes.modified()) {
      checkRival(update, modified.path(), tag(before.leaf(modified.path())));
    }
    for (Changes.Deleted deleted : changes.deleted()) {
      if (!deleted.oldValue().equals(Json.EMPTY_OBJECT)) {
        checkRival(update, deleted.path(), tag(before.leaf(deleted.path())));
      }
    }
  }

  private static @Nullable Tag tag(Cell.@Nullable Leaf leaf) {
    return leaf == null ? null : leaf.tag();
  }

  private void checkRival(Update update, Pointer path, @Nullable Tag rival) {
    Update.Fields fields = update.fields();
    if (rival == null || rival.version() <= fields.base() || isOfOneList(rival, update)) {
      return;
    }
    int order =
        Comparator.comparing(Tag::time)
            .thenComparing(Tag::author)
            .compare(rival, new Tag(fields.timestamp(), fields.author(), fields.version()));
    if (order > 0) {
      flaw(
          Flaw.LOST,
          "version %d undid what version %d wrote at %s, which it had not seen and which is later",
          fields.version(),
          rival.version(),
          path);
    }
  }

  private boolean isOfOneList(Tag before, Update update) {
    Request list = listAt.get(before.version());
    return list != null && list.equals(listAt.get(update.version()));
  }

  private void count(Update update) {
    String type = update.fields().type();
    if (type.equals(COUNT) || type.equals(COMPUTE)) {
      Changes changes = update.fields().changes();
      changes.added().forEach(change -> increments.merge(change.path(), 1L, Long::sum));
      changes.modified().forEach(change -> increments.merge(change.path(), 1L, Long::sum));
    }
  }

  /** Every strict increment in the log counts, so the counter's value is their number. */
  private void checkCounters() {
    Replayed end = replayed;
    if (end == null) {
      return;
    }
    increments.forEach((path, wanted) -> {
      if (!path.parent().equals(Pointer.ROOT.child(COUNTERS))) {
        return;
      }
      long value = end.state().value(path) instanceof Json.Num number ? (long) number.value() : 0;
      if (value != wanted) {
        flaw(
            value > wanted ? Flaw.TWICE : Flaw.LOST,
            "%s is %d after %d increments",
            path,
            value,
            wanted);
      }
    });
  }

  // What members showed.

  private void check(Replica replica) {
    String member = replica.member();
    long version = replica.version();
    if (version != log.size()) {
      flaw(
          Flaw.REPLICAS,
          "%s ends at version %d, the log has %d records",
          member,
          version,
          log.size());
    }
    Entry entry = entry(version);
    if (entry == null && version != 0) {
      return;
    }
    Hash root = entry == null ? Hash.OF_NOTHING : entry.root();
    if (replica.root() != null && !replica.root().equals(root)) {
      flaw(
          Flaw.REPLICAS,
          "%s has root %s at version %d, its record %s",
          member,
          replica.root(),
          version,
          root);
    }
    if (entry != null && !entry.hasLeaf(replica.leafPrefix())) {
      flaw(
          Flaw.REPLICAS,
          "%s has leaf hash 0x%s… at version %d, the log %s",
          member,
          replica.leafPrefix(),
          version,
          entry.leafHash());
    }
    Replayed at = replayedAt.get(version);
    if (at == null) {
      return;
    }
    if (replica.logRoot() != null && !replica.logRoot().equals(at.frontier().root())) {
      flaw(
          Flaw.REPLICAS,
          "%s has log root %s at version %d, the log %s",
          member,
          replica.logRoot(),
          version,
          at.frontier().root());
    }
    if (replica.document() != null && !replica.document().equals(at.state().document())) {
      flaw(
          Flaw.REPLICAS,
          "%s shows another document at version %d than a replay from version 1",
          member,
          version);
    }
  }

  private @Nullable Entry entry(long version) {
    if (version < 1 || version > log.size()) {
      return null;
    }
    Entry entry = log.get((int) version - 1);
    return entry.version() == version ? entry : null;
  }

  // What writers were answered.

  private void check(Claim claim) {
    switch (claim) {
      case Claim.Stands stands -> {
        for (int i = 0; i < stands.places().size(); i++) {
          checkPlace(stands.request().parts().get(i), stands.places().get(i));
        }
        if (!isTogether(stands.places().stream().map(Claim.Place::version).toList())) {
          flaw(Flaw.ANSWERS, "the list %s was told versions %s", stands.request(), stands.places());
        }
      }
      case Claim.Refused refused -> {
        for (Request.Part part : refused.request().parts()) {
          if (!standing(part).isEmpty()) {
            flaw(
                Flaw.ANSWERS,
                "%s was refused (%s) and stands in the log",
                part.id(),
                refused.code());
          }
        }
      }
      case Claim.Open open -> {
        flaw(Flaw.OPEN, "%s has no certain outcome", open.request());
        List<Long> versions = new ArrayList<>();
        for (Request.Part part : open.request().parts()) {
          versions.addAll(standing(part));
        }
        int wanted = open.request().parts().size();
        if (!versions.isEmpty() && (versions.size() != wanted || !isTogether(versions))) {
          flaw(
              Flaw.ANSWERS,
              "of %s, which got no answer, %d of %d stand in the log, at %s",
              open.request(),
              versions.size(),
              wanted,
              versions);
        }
      }
    }
  }

  private List<Long> standing(Request.Part part) {
    return byId.getOrDefault(part.id(), List.of()).stream()
        .filter(entry -> entry.content().equals(part.content()))
        .map(Entry::version)
        .toList();
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
    List<Entry> found = byId.getOrDefault(part.id(), List.of());
    if (found.isEmpty()) {
      flaw(
          Flaw.LOST,
          "%s was acknowledged as version %d and is not in the log",
          part.id(),
          place.version());
      return;
    }
    Entry entry = found.getFirst();
    if (entry.version() != place.version()
        || !entry.root().equals(place.root())
        || !entry.content().equals(part.content())
        || !entry.hasLeaf(place.leafPrefix())) {
      flaw(
          Flaw.LOST,
          "%s was acknowledged as version %d with root %s and leaf hash 0x%s…, the log has %d, %s, %s",
          part.id(),
          place.version(),
          place.root(),
          place.leafPrefix(),
          entry.version(),
          entry.root(),
          entry.leafHash());
    }
  }

  // What was read meanwhile.

  private void checkReads() {
    List<Ack> acks = new ArrayList<>(evidence.acks());
    acks.sort(Comparator.comparingLong(Ack::atNanos));
    long[] newest = new long[acks.size()];
    for (int i = 0; i < newest.length; i++) {
      newest[i] = Math.max(acks.get(i).version(), i == 0 ? 0 : newest[i - 1]);
    }
    for (Read read : evidence.reads()) {
      Entry entry = entry(read.version());
      if (read.version() > 0 && (entry == null || !entry.hasLeaf(read.leafPrefix()))) {
        flaw(
            Flaw.REPLICAS,
            "%s showed %s version %d with leaf hash 0x%s…, which the log never had",
            read.member(),
            read.agent(),
            read.version(),
            read.leafPrefix());
      }
      if (read.version() < read.own()) {
        flaw(
            Flaw.STALE,
            "%s showed %s version %d after it had acknowledged version %d to it",
            read.member(),
            read.agent(),
            read.version(),
            read.own());
      }
      int covered = covered(acks, read);
      if (covered > 0 && read.version() < newest[covered - 1]) {
        flaw(
            Flaw.STALE,
            "%s showed %s version %d more than %s after version %d was acknowledged",
            read.member(),
            read.agent(),
            read.version(),
            evidence.freshness().bound(),
            newest[covered - 1]);
      }
    }
  }

  /** How many of the acknowledgements, sorted by time, a read must show. Found by binary search. */
  private int covered(List<Ack> acks, Read read) {
    int from = 0;
    int to = acks.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (evidence
          .freshness()
          .covers(read.member(), acks.get(middle).atNanos(), read.beganNanos())) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }
}
