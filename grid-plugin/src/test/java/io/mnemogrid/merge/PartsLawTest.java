package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Update;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** However small a record may be, the parts of a change make the document that the whole makes. */
class PartsLawTest {
  private static final Author BOT = new Author("bot-a");
  private static final Instant TIME = Instant.parse("2026-02-05T19:00:00Z");

  private static State documentOf(Json document) {
    Map<Pointer, Json> leaves = new TreeMap<>();
    State.forEachLeafOf(Pointer.ROOT, document, leaves::put);
    List<Changes.Added> added = new ArrayList<>();
    leaves.forEach((path, value) -> added.add(new Changes.Added(path, value)));
    return State.EMPTY.apply(new Changes(added, List.of(), List.of()), TIME, BOT, 1);
  }

  private static Json document(Random random, int depth) {
    Map<String, Json> members = new TreeMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      Json value =
          depth > 0 && random.nextBoolean()
              ? document(random, depth - 1)
              : Json.of("x".repeat(random.nextInt(300)));
      members.put("k" + random.nextInt(6), value);
    }
    return Json.object(members);
  }

  private static Overrode beaten(Changes.Deleted change) {
    return new Overrode(change.path(), change.oldValue(), new Author("bot-b"), 1);
  }

  @Test
  void theLastPartMakesTheDocumentOfTheWhole() {
    int cuts = 0;
    int tooLarge = 0;
    for (long seed = 1; seed <= 3000; seed++) {
      Random random = new Random(seed);
      State from = documentOf(document(random, 3));
      State to = documentOf(document(random, 3));
      Changes whole = from.changesTo(to);
      boolean recovers = random.nextBoolean();
      List<Overrode> overrode =
          recovers
              ? List.of()
              : whole.deleted().stream()
                  .filter(_ -> random.nextBoolean())
                  .map(PartsLawTest::beaten)
                  .toList();
      List<Superseded> superseded =
          recovers ? List.of() : List.of(new Superseded(Pointer.parse("/lost"), null, BOT, 1));
      long most = Parts.FRAME_BYTES + 1100 + random.nextInt(3000);
      String what = "seed %d, at most %d".formatted(seed, most);

      List<Parts.Part> parts = Parts.of(whole, superseded, overrode, recovers, most);
      long sets =
          Parts.sizeBytes(
              new Changes(whole.added(), List.of(), whole.modified()), superseded, List.of());
      if (parts.isEmpty()) {
        tooLarge++;
        assertThat(recovers).as(what).isFalse();
        assertThat(sets).as(what).isGreaterThan(most);
        continue;
      }
      cuts += parts.size() > 1 ? 1 : 0;
      State at = from;
      List<Overrode> told = new ArrayList<>();
      for (int i = 0; i < parts.size(); i++) {
        Parts.Part part = parts.get(i);
        assertThat(Parts.sizeBytes(part.changes(), part.superseded(), part.overrode()))
            .as(what)
            .isLessThanOrEqualTo(most);
        boolean empty = part.changes().count() + part.superseded().size() == 0;
        assertThat(empty && parts.size() > 1).as(what + ": one is empty").isFalse();
        at = at.apply(part.changes(), TIME, BOT, 2);
        told.addAll(part.overrode());
        if (!recovers && i < parts.size() - 1) {
          assertThat(part.changes().added()).as(what).isEmpty();
          assertThat(part.changes().modified()).as(what).isEmpty();
          assertThat(part.superseded()).as(what).isEmpty();
        }
      }
      assertThat(at.root()).as(what).isEqualTo(to.root());
      assertThat(told).as(what).containsExactlyInAnyOrderElementsOf(overrode);
      assertThat(parts.getLast().superseded()).as(what).isEqualTo(superseded);
    }
    assertThat(cuts).as("cut").isGreaterThan(500);
    assertThat(tooLarge).as("refused").isGreaterThan(50);
  }

  @Test
  void neverTakesARecordForSmallerThanItIs() {
    for (long seed = 1; seed <= 500; seed++) {
      Random random = new Random(seed);
      State from = documentOf(document(random, 3));
      State to = documentOf(document(random, 3));
      Changes changes = from.changesTo(to);
      List<Overrode> overrode = changes.deleted().stream().map(PartsLawTest::beaten).toList();
      List<Superseded> superseded =
          List.of(new Superseded(Pointer.parse("/l\"ost"), Json.of("\n\u0001é"), BOT, 1));
      assertThat(Parts.sizeBytes(changes, superseded, overrode))
          .as("seed %d", seed)
          .isGreaterThanOrEqualTo(record(changes, superseded, overrode).sizeBytes());
    }
  }

  private static Update record(
      Changes changes, List<Superseded> superseded, List<Overrode> overrode) {
    String longest = "x".repeat(128);
    return Update.of(
        new Update.Fields(
            SpaceName.of("y".repeat(60)),
            Long.MAX_VALUE >> 11,
            new UpdateId(longest),
            new Author(longest),
            "\u0001".repeat(128),
            0,
            TIME,
            TIME,
            Hash.ZERO,
            Hash.ZERO,
            Hash.ZERO,
            changes,
            superseded,
            overrode));
  }
}
