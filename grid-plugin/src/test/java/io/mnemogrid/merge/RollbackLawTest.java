package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a rollback promises, under many seeds; the seed is the test's name. */
class RollbackLawTest {
  static LongStream seeds() {
    return LongStream.rangeClosed(1, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void hasTheDocumentOfThatVersionAndReplaysLikeAnyOther(long seed) {
    Random random = new Random(seed);
    Rollbacks space = new Rollbacks(seed, 15);
    for (int i = 0; i < 12; i++) {
      int to = random.nextInt(space.versions.size());
      Snapshot before = space.head();
      Snapshot target = space.versions.get(to);
      Resolution.Accepted accepted = space.rollBack("r" + i, to);
      Snapshot after = space.head();
      assertThat(after.version()).isEqualTo(before.version() + 1);
      Json reserved = before.state().value(Reserved.PLACE); // which a rollback leaves as it stands
      Json.Obj wanted = Reserved.without(target.state().document());
      wanted = reserved == null ? wanted : wanted.with(Reserved.NAME, reserved);
      assertThat(after.state().document().canonical()).isEqualTo(wanted.canonical());
      assertThat(after.state().root()).isEqualTo(SlowRoot.of(wanted));
      assertThat(accepted.superseded()).isEmpty();
      assertThat(accepted.overrode()).isEmpty();
      assertThat(accepted.changes()).isEqualTo(slowChanges(before, target));
      assertThat(space.log.getLast().fields().base()).isEqualTo(before.version());
      space.next();
    }
    Snapshot replayed = Snapshot.ofNew(space.head().space());
    for (Update update : space.log) {
      replayed = replayed.plus(Update.parse(update.text()));
    }
    // tags and tombstones too
    assertThat(replayed.toText()).isEqualTo(space.head().toText());
  }

  /** The leaves that differ, found by looking at all of them. */
  private static Changes slowChanges(Snapshot before, Snapshot after) {
    SlowSpace from = SlowSpace.copyOf(before.state(), before.version());
    SlowSpace to = SlowSpace.copyOf(after.state(), after.version());
    TreeMap<Pointer, Json> old = new TreeMap<>();
    from.leaves.keySet().removeIf(SlowSpace::isReserved);
    from.leaves.forEach((path, _) ->
        old.put(
            Pointer.parse(path.toString()), Objects.requireNonNull(from.valueAt(path.toString()))));
    TreeMap<Pointer, Json> wanted = new TreeMap<>();
    to.leaves.keySet().removeIf(SlowSpace::isReserved);
    to.leaves.forEach((path, _) ->
        wanted.put(
            Pointer.parse(path.toString()), Objects.requireNonNull(to.valueAt(path.toString()))));
    var added = new ArrayList<Changes.Added>();
    var deleted = new ArrayList<Changes.Deleted>();
    var modified = new ArrayList<Changes.Modified>();
    old.forEach((path, value) -> {
      Json now = wanted.get(path);
      if (now == null) {
        deleted.add(new Changes.Deleted(path, value));
      } else if (!now.equals(value)) {
        modified.add(new Changes.Modified(path, now, value));
      }
    });
    wanted.forEach((path, value) -> {
      if (!old.containsKey(path)) {
        added.add(new Changes.Added(path, value));
      }
    });
    return new Changes(added, deleted, modified);
  }

  @Test
  void takesAVersionEvenWhenNothingDiffers() {
    Rollbacks space = new Rollbacks(1, 10);
    space.rollBack("r1", 3);
    Resolution.Accepted again = space.rollBack("r2", 3);
    assertThat(again.changes().count()).isZero();
  }

  @Test
  void refusesAVersionBeyondTheHead() {
    Rollbacks space = new Rollbacks(1, 10);
    long version = space.head().version();
    Delta beyond = Rollbacks.delta("r1", version + 1).against(version, Rollbacks.LATER);
    assertThat(Resolver.resolve(space.head().state(), version, beyond))
        .isEqualTo(new Resolution.Refused(new Refusal.VersionAhead(version + 1, version)));
  }

  @Test
  void takesTheStoresTimeWhereItsAuthorNamedNone() {
    Json.Obj request = Json.parseObject("{\"author\":\"bot-r\",\"to\":0,\"update_id\":\"r1\"}");
    Delta.Rollback delta = Delta.parseRollback(request);
    Instant first = Instant.parse("2026-02-05T20:00:00Z");
    assertThat(delta.against(7, first).timestamp()).isEqualTo(first);
    assertThat(delta.against(7, first).requestHash()).isEqualTo(delta.requestHash());
    assertThat(delta.against(7, first).base()).isEqualTo(7);
    Delta timed = Rollbacks.delta("r1", 0);
    assertThat(timed.against(7, first.plusSeconds(9)).timestamp()).isEqualTo(Rollbacks.LATER);
  }

  @Test
  void readsBothShapesAndTellsThemApart() {
    Delta.Rollback rollback = Rollbacks.delta("r1", 4);
    assertThat(Delta.parseAny(rollback.request())).isEqualTo(rollback);
    assertThat(rollback.lacksTarget()).isTrue();
    assertThatThrownBy(() -> Delta.parse(rollback.request())).isInstanceOf(JsonException.class);
    Json.Obj more = rollback.request().with("strict", Json.TRUE);
    assertThatThrownBy(() -> Delta.parseRollback(more))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/strict"));
    Json.Obj fraction = rollback.request().with("to", new Json.Num(1.5));
    assertThatThrownBy(() -> Delta.parseRollback(fraction))
        .isInstanceOfSatisfying(JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/to"));
  }

  @Test
  void aRollbackThatIsMadeHereIsWhatIsReadOfItsRequest() {
    Delta.Rollback made = Delta.Rollback.of(new UpdateId("r1"), 4, new Author("bot-r"));
    assertThat(made.request().canonical())
        .isEqualTo("{\"author\":\"bot-r\",\"to\":4,\"update_id\":\"r1\"}");
    assertThat(made).isEqualTo(Delta.parseAny(made.request()));
    assertThatThrownBy(() -> Delta.Rollback.of(new UpdateId("r1"), -1, new Author("bot-r")))
        .isInstanceOfSatisfying(JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/to"));
  }
}
