package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every {@link UpdateLog} keeps. */
public abstract class UpdateLogContractTest {
  private static final SpaceName DARYL = new SpaceName("daryl");
  private static final SpaceName OTHER = new SpaceName("other");
  private static final Appended COMMITTED = new Appended.Committed();

  /** A fresh handle on the store of this test, as another process would have one. */
  protected abstract UpdateLog open() throws Exception;

  /** Loses the row of a version of a space, as no store of ours would. */
  protected abstract void lose(SpaceName space, long version) throws Exception;

  /** Puts another record where that of a version stands. */
  protected abstract void forge(SpaceName space, long version, Update record) throws Exception;

  @Test
  void createsASpaceOnce() throws Exception {
    UpdateLog log = open();
    assertThat(log.create(DARYL, "{\"strict\":true}")).isTrue();
    assertThat(log.create(DARYL, "{}")).isFalse();
    assertThat(log.policy(DARYL)).contains("{\"strict\":true}");
    assertThat(log.head(DARYL)).contains(LogHead.ofNew(DARYL));
    assertThat(log.policy(OTHER)).isEmpty();
    assertThat(log.head(OTHER)).isEmpty();
  }

  @Test
  void createsASpaceTogetherWithItsFirstVersion() throws Exception {
    UpdateLog log = open();
    Scribe scribe = new Scribe(DARYL);
    Update first = scribe.set("first", "/a", Json.of(1));
    assertThat(log.create(DARYL, first)).isTrue();
    assertThat(open().head(DARYL)).contains(scribe.head());
    assertThat(log.read(DARYL, 0, 10)).containsExactly(first);
    assertThat(log.create(DARYL, new Scribe(DARYL).set("other", "/b", Json.of(2)))).isFalse();
    assertThat(log.create(OTHER, "{}")).isTrue();
    assertThat(log.create(OTHER, new Scribe(OTHER).set("other", "/b", Json.of(2)))).isFalse();
    assertThat(log.head(OTHER)).contains(LogHead.ofNew(OTHER));
    assertThat(log.read(DARYL, 0, 10)).containsExactly(first);
    assertThat(log.append(List.of(scribe.batch("next", 2)))).containsExactly(COMMITTED);
  }

  @Test
  void namesThePoliciesThatWereKeptBesideTheLog() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{\"owner\":\"me\"}");
    log.create(OTHER, "{}");
    log.create(
        new SpaceName("third"), new Scribe(new SpaceName("third")).set("a", "/a", Json.of(1)));
    assertThat(log.keptPolicies()).isEqualTo(Map.of(DARYL, "{\"owner\":\"me\"}"));
  }

  @Test
  void refusesASpaceThatWasNeverCreated() throws Exception {
    assertThat(open().append(List.of(new Scribe(DARYL).batch("a", 1))))
        .containsExactly(new Appended.NoSpace());
  }

  @Test
  void givesBackWhatWasAppended() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    Batch first = scribe.batch("a", 3);
    Batch second = scribe.batch("b", 2);
    assertThat(log.append(List.of(first))).containsExactly(COMMITTED);
    assertThat(log.append(List.of(second))).containsExactly(COMMITTED);

    assertThat(log.head(DARYL)).contains(scribe.head());
    List<Update> all = log.read(DARYL, 0, 100);
    assertThat(all).extracting(Update::version).containsExactly(1L, 2L, 3L, 4L, 5L);
    Snapshot replayed = Snapshot.ofNew(DARYL);
    for (Update update : all) {
      replayed = replayed.plus(update);
    }
    assertThat(replayed.toText()).isEqualTo(scribe.snapshot().toText());
  }

  @Test
  void parsesNoRecordThatIsInMemory() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Batch batch = new Scribe(DARYL).batch("u", 5);
    assertThat(log.append(List.of(batch))).containsExactly(COMMITTED);
    List<Update> made = batch.updates();
    LogReader.InMemory some =
        (_, version) ->
            version == 2 || version == 3
                ? made.get((int) version - 1)
                : version == 4 ? made.get(0) : null; // another record than that of version 4
    List<Update> read = log.read(DARYL, 0, 10, some);
    assertThat(read).isEqualTo(made);
    assertThat(read.get(1)).isSameAs(made.get(1));
    assertThat(read.get(2)).isSameAs(made.get(2));
    assertThat(read.get(3)).isNotSameAs(made.get(0));
    for (int i = 0; i < made.size(); i++) {
      assertThat(log.read(DARYL, i, 1, (_, _) -> null).getFirst().fields())
          .as("what a record says is what was committed")
          .isEqualTo(made.get(i).fields());
    }
  }

  @Test
  void readsWithinItsLimits() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    log.append(List.of(new Scribe(DARYL).batch("a", 5)));
    assertThat(log.read(DARYL, 2, 2)).extracting(Update::version).containsExactly(3L, 4L);
    assertThat(log.read(DARYL, 4, 100)).extracting(Update::version).containsExactly(5L);
    assertThat(log.read(DARYL, 5, 100)).isEmpty();
    assertThat(log.read(DARYL, 0, 0)).isEmpty();
    assertThat(log.read(OTHER, 0, 100)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> log.read(DARYL, 0, -1));
  }

  @Test
  void aPageEndsBeforeItIsOverItsBytesOrAfterOneRecord() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    LogHead empty = scribe.head();
    List<Update> all = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 1; i <= 24; i++) {
      // every fifth replaces 10 leaves, and with their old values is over the bound by itself
      boolean big = i % 5 == 0;
      String value = (i % 2 == 0 ? "x" : "y").repeat(big ? 250_000 : random.nextInt(200_000));
      Map<String, Json> leaves = new TreeMap<>();
      for (int leaf = 0; leaf < (big ? 10 : 1 + random.nextInt(6)); leaf++) {
        leaves.put("leaf-" + leaf, Json.of(value));
      }
      all.add(scribe.set("u" + i, big ? "/big" : "/k" + i, Json.object(leaves)));
    }
    assertThat(all).anyMatch(update -> update.sizeBytes() > LogReader.PAGE_BYTES);
    log.append(List.of(new Batch(empty, all)));

    for (int since = 0; since <= all.size(); since++) {
      for (int limit : List.of(1, 2, 7, 1000)) {
        assertThat(log.read(DARYL, since, limit))
            .as("after %d, %d", since, limit)
            .isEqualTo(slowPage(all, since, limit));
      }
    }
    List<Update> paged = new ArrayList<>();
    log.forEachPage(
        DARYL,
        0,
        20,
        page -> {
          assertThat(page.size() == 1 || bytes(page) <= LogReader.PAGE_BYTES).isTrue();
          paged.addAll(page);
        });
    assertThat(paged).isEqualTo(all.subList(0, 20));
    assertThat(log.replay(DARYL, Long.MAX_VALUE).orElseThrow().head()).isEqualTo(scribe.head());
  }

  private static List<Update> slowPage(List<Update> all, int since, int limit) {
    int to = since;
    while (to < Math.min(all.size(), since + limit)
        && (to == since || bytes(all.subList(since, to + 1)) <= LogReader.PAGE_BYTES)) {
      to++;
    }
    return all.subList(since, to);
  }

  private static long bytes(List<Update> updates) {
    return updates.stream().mapToLong(Update::sizeBytes).sum();
  }

  @Test
  void readsEachOfManyLogsThatGrowTogether() throws Exception {
    UpdateLog log = open();
    List<Scribe> scribes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      scribes.add(new Scribe(SpaceName.of("space-" + i)));
      log.create(scribes.get(i).snapshot().space(), "{}");
    }
    Random random = new Random(1);
    for (int append = 0; append < 60; append++) {
      List<Batch> batches = new ArrayList<>();
      for (int i = 0; i < scribes.size(); i++) {
        if (i == 0 || random.nextInt(1 + i / 4) == 0) {
          batches.add(scribes.get(i).batch("u", 1 + random.nextInt(2)));
        }
      }
      assertThat(log.append(batches)).containsOnly(COMMITTED);
    }
    for (Scribe scribe : scribes) {
      SpaceName space = scribe.snapshot().space();
      long head = scribe.head().version();
      List<Update> all = log.read(space, 0, 1000);
      assertThat(all).hasSize((int) head);
      assertThat(all.getLast().leafHash()).isEqualTo(scribe.head().leafHash());
      List<Hash> hashes = all.stream().map(Update::leafHash).toList();
      for (int since = 0; since <= head; since++) {
        for (int limit : List.of(1, 2, 15, 16, 17, 40)) {
          int to = (int) Math.min(head, since + limit);
          String what = space + " after " + since + ", " + limit;
          assertThat(log.read(space, since, limit)).as(what).isEqualTo(all.subList(since, to));
          assertThat(log.leafHashes(space, since, limit))
              .as(what)
              .isEqualTo(hashes.subList(since, to));
        }
      }
      for (Update update : all) {
        assertThat(log.versionAt(space, update.fields().committed())).isEqualTo(update.version());
      }
    }
  }

  @Test
  void refusesABatchWhoseHeadHasMoved() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    Batch late = new Scribe(DARYL).batch("late", 2);
    log.append(List.of(scribe.batch("a", 1)));
    assertThat(log.append(List.of(late))).containsExactly(new Appended.Moved(scribe.head()));
    assertThat(log.read(DARYL, 0, 10)).hasSize(1);
  }

  @Test
  void aLogThatDoesNotEndAtItsHeadTakesOutItsOwnSpaceOnly() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    log.create(OTHER, "{}");
    Scribe here = new Scribe(DARYL);
    Scribe there = new Scribe(OTHER);
    log.append(List.of(here.batch("a", 3)));
    lose(DARYL, 3);
    List<Appended> outcomes = log.append(List.of(here.batch("b", 1), there.batch("a", 2)));
    assertThat(outcomes.getFirst())
        .isInstanceOfSatisfying(
            Appended.Broken.class,
            broken ->
                assertThat(broken.what())
                    .hasMessageContaining("daryl, version 3")
                    .hasMessageContaining("the log ends at 2"));
    assertThat(outcomes.getLast()).isEqualTo(COMMITTED);
    assertThat(log.read(DARYL, 0, 2)).hasSize(2);
    isMissing(3, () -> log.read(DARYL, 0, 10));
    assertThat(log.read(OTHER, 0, 10)).hasSize(2);
    assertThat(log.head(OTHER)).contains(there.head());
  }

  private static void isMissing(long version, Runnable read) {
    assertThatThrownBy(read::run)
        .isInstanceOfSatisfying(
            BrokenHistory.class,
            broken -> {
              assertThat(broken.space()).isEqualTo(DARYL);
              assertThat(broken.version()).isEqualTo(version);
              assertThat(broken.what()).contains("is missing");
            });
  }

  @Test
  void aMissingRowIsNoEndOfTheLog() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    log.create(OTHER, "{}");
    Scribe here = new Scribe(DARYL);
    Scribe there = new Scribe(OTHER);
    for (int i = 1; i <= 8; i++) {
      log.append(List.of(here.batch("a", 1), there.batch("a", 9)));
    }
    lose(DARYL, 5);
    for (int limit : List.of(1, 2, 100)) {
      isMissing(5, () -> log.read(DARYL, 4, limit));
      isMissing(5, () -> log.leafHashes(DARYL, 4, limit));
    }
    isMissing(5, () -> log.read(DARYL, 0, 100));
    isMissing(5, () -> log.leafHashes(DARYL, 0, 100));
    isMissing(5, () -> log.forEachPage(DARYL, 2, 7, _ -> {}));
    isMissing(5, () -> log.forEachLeafHash(DARYL, 0, 8, _ -> {}));
    isMissing(5, () -> log.replay(DARYL, 6));
    assertThat(log.read(DARYL, 0, 4)).hasSize(4);
    assertThat(log.read(DARYL, 5, 100)).extracting(Update::version).containsExactly(6L, 7L, 8L);
    assertThat(log.leafHashes(DARYL, 5, 100)).hasSize(3);

    lose(DARYL, 7);
    lose(DARYL, 8);
    isMissing(7, () -> log.read(DARYL, 6, 1));
    isMissing(7, () -> log.read(DARYL, 5, 100));
    isMissing(8, () -> log.read(DARYL, 7, 1));
    assertThat(log.read(DARYL, 5, 1)).hasSize(1);
    assertThat(log.read(DARYL, 8, 1)).as("the end").isEmpty();
    assertThat(log.read(OTHER, 0, 100)).hasSize(72);
  }

  @Test
  void aPageThatItsBytesEndBeforeAMissingRowIsRead() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    for (int i = 1; i <= 4; i++) {
      LogHead before = scribe.head();
      log.append(List.of(new Batch(before, List.of(scribe.set("u" + i, "/k" + i, megabytes(3))))));
    }
    lose(DARYL, 4);
    assertThat(log.read(DARYL, 0, 1000)).extracting(Update::version).containsExactly(1L);
    isMissing(4, () -> log.read(DARYL, 3, 1000));
  }

  @Test
  void aDamagedRecordUnderAKnownIdTakesOutItsOwnSpaceOnly() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    log.create(OTHER, "{}");
    Scribe here = new Scribe(DARYL);
    Scribe there = new Scribe(OTHER);
    log.append(List.of(here.batch("a", 3)));
    forge(DARYL, 2, new Scribe(DARYL).batch("forged", 2).updates().getLast());
    LogHead head = here.head();
    Batch again = new Batch(head, List.of(here.set("a2", "/x", Json.of(1))));
    List<Appended> outcomes = log.append(List.of(again, there.batch("a", 2)));
    assertThat(outcomes.getFirst())
        .isInstanceOfSatisfying(
            Appended.Broken.class,
            broken -> assertThat(broken.what()).hasMessageContaining("daryl, version 2"));
    assertThat(outcomes.getLast()).isEqualTo(COMMITTED);
    assertThat(log.head(DARYL)).contains(head);
    assertThat(log.head(OTHER)).contains(there.head());
  }

  @Test
  void refusesAnotherHistoryOfTheSameVersionAndRoot() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe here = new Scribe(DARYL);
    Scribe there = new Scribe(DARYL);
    log.append(List.of(new Batch(here.head(), List.of(here.set("a", "/x", Json.of(1))))));
    there.set("b", "/x", Json.of(1));
    assertThat(there.head().root()).isEqualTo(here.head().root());
    assertThat(log.append(List.of(there.batch("c", 1))))
        .containsExactly(new Appended.Moved(here.head()));
  }

  @Test
  void keepsVersionsDenseWhenABatchFails() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    log.append(List.of(scribe.batch("a", 2)));
    Scribe twin = new Scribe(scribe.snapshot());
    LogHead head = twin.head();
    Update fresh = twin.set("fresh", "/x", Json.of(1));
    Update again = twin.set("a1", "/y", Json.of(2));
    Update last = twin.set("last", "/z", Json.of(3));

    List<Appended> outcomes = log.append(List.of(new Batch(head, List.of(fresh, again, last))));
    Update standing = log.read(DARYL, 0, 1).getFirst();
    assertThat(outcomes)
        .containsExactly(new Appended.Known(Found.all(Map.of(new UpdateId("a1"), standing))));
    assertThat(log.head(DARYL)).contains(head);
    assertThat(log.read(DARYL, 0, 10)).hasSize(2);

    assertThat(log.append(List.of(scribe.batch("b", 2)))).containsExactly(COMMITTED);
    assertThat(log.read(DARYL, 0, 10)).extracting(Update::version).containsExactly(1L, 2L, 3L, 4L);
    assertThat(log.find(DARYL, List.of(fresh.id(), last.id()))).isEqualTo(Found.NONE);
  }

  @Test
  void takesOutOnlyTheSpaceThatFails() throws Exception {
    UpdateLog log = open();
    SpaceName third = new SpaceName("third");
    SpaceName fourth = new SpaceName("fourth");
    Scribe daryl = new Scribe(DARYL);
    Scribe other = new Scribe(OTHER);
    Scribe moved = new Scribe(third);
    for (SpaceName space : List.of(DARYL, OTHER, third)) {
      log.create(space, "{}");
    }
    Batch stale = new Scribe(third).batch("s", 1);
    log.append(List.of(daryl.batch("a", 1), moved.batch("m", 1)));
    Scribe repeating = new Scribe(daryl.snapshot());
    Batch known = new Batch(repeating.head(), List.of(repeating.set("a1", "/x", Json.of(1))));

    assertThat(
            log.append(
                List.of(known, stale, new Scribe(fourth).batch("f", 1), other.batch("o", 3))))
        .containsExactly(
            new Appended.Known(
                Found.all(Map.of(new UpdateId("a1"), log.read(DARYL, 0, 1).getFirst()))),
            new Appended.Moved(moved.head()),
            new Appended.NoSpace(),
            COMMITTED);
    assertThat(log.heads()).containsExactly(daryl.head(), other.head(), moved.head());
  }

  @Test
  void letsAnIdStandInTwoSpaces() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    log.create(OTHER, "{}");
    assertThat(
            log.append(List.of(new Scribe(DARYL).batch("a", 1), new Scribe(OTHER).batch("a", 1))))
        .containsExactly(COMMITTED, COMMITTED);
  }

  @Test
  void refusesWhatIsNoBatch() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    LogHead start = scribe.head();
    Update first = scribe.set("a", "/x", Json.of(1));
    Update second = scribe.set("b", "/x", Json.of(2));
    Update third = scribe.set("a", "/x", Json.of(3));
    for (List<Batch> wrong :
        List.of(
            List.of(new Batch(start, List.of(second))),
            List.of(new Batch(start, List.of(first, third))),
            List.of(new Batch(start, List.of(first, second, third))),
            List.of(new Batch(LogHead.ofNew(OTHER), List.of(first))),
            List.of(new Batch(start, List.of(first)), new Batch(start, List.of(first))))) {
      assertThatIllegalArgumentException().isThrownBy(() -> log.append(wrong));
    }
    assertThat(log.append(List.of())).isEmpty();
    assertThat(log.head(DARYL)).contains(start);
  }

  @Test
  void findsUpdatesById() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Batch batch = new Scribe(DARYL).batch("a", 4);
    log.append(List.of(batch));
    assertThat(
            log.find(
                    DARYL, List.of(new UpdateId("a2"), new UpdateId("a4"), new UpdateId("missing")))
                .updates())
        .containsOnly(
            Map.entry(new UpdateId("a2"), batch.updates().get(1)),
            Map.entry(new UpdateId("a4"), batch.updates().get(3)));
    assertThat(log.find(OTHER, List.of(new UpdateId("a2")))).isEqualTo(Found.NONE);
  }

  /** An object of so many million characters in leaves of the size that a leaf may have. */
  private static Json megabytes(int millions) {
    String leaf = "x".repeat(250_000);
    return Json.parse(
        IntStream.range(0, millions * 4)
            .mapToObj(each -> "\"%d\":\"%s\"".formatted(each, leaf))
            .collect(Collectors.joining(",", "{", "}")));
  }

  @Test
  void aLookUpAnswersSoManyBytesAndWhatIsLeft() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    List<UpdateId> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      LogHead head = scribe.head();
      Update large = scribe.set("l" + i, "/l" + i, megabytes(4));
      log.append(List.of(new Batch(head, List.of(large))));
      ids.add(large.id());
    }
    ids.add(1, new UpdateId("missing"));
    UpdateId[] four = {ids.get(0), ids.get(2), ids.get(3), ids.get(4)};
    Found first = log.find(DARYL, ids);
    assertThat(first.updates()).containsOnlyKeys(four);
    assertThat(first.left()).isEqualTo(ids.subList(5, 7));
    Found second = log.find(DARYL, first.left());
    assertThat(second.updates()).containsOnlyKeys(ids.get(5), ids.get(6));
    assertThat(second.left()).isEmpty();

    LogHead head = scribe.head();
    Scribe twin = new Scribe(scribe.snapshot());
    List<Update> again = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      again.add(twin.set("l" + i, "/again" + i, Json.of(i)));
    }
    assertThat(log.append(List.of(new Batch(head, again))))
        .singleElement()
        .isInstanceOfSatisfying(
            Appended.Known.class,
            known -> {
              assertThat(known.found().updates()).containsOnlyKeys(four);
              assertThat(known.found().left()).isEqualTo(ids.subList(5, 6));
            });
  }

  @Test
  void tellsTheVersionAtATime() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Batch batch = new Scribe(DARYL).batch("a", 9);
    log.append(List.of(batch));
    assertThat(log.versionAt(DARYL, Instant.EPOCH)).isZero();
    for (Update update : batch.updates()) {
      Instant committed = update.fields().committed();
      assertThat(log.versionAt(DARYL, committed)).isEqualTo(update.version());
      assertThat(log.versionAt(DARYL, committed.plusMillis(999))).isEqualTo(update.version());
      assertThat(log.versionAt(DARYL, committed.minusMillis(1))).isEqualTo(update.version() - 1);
    }
    assertThat(log.versionAt(OTHER, Instant.parse("2100-01-01T00:00:00Z"))).isZero();
  }

  @Test
  void listsLeafHashesInOrder() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Batch batch = new Scribe(DARYL).batch("a", 5);
    log.append(List.of(batch));
    List<Hash> all = batch.updates().stream().map(Update::leafHash).toList();
    assertThat(log.leafHashes(DARYL, 0, 5)).isEqualTo(all);
    assertThat(log.leafHashes(DARYL, 0, 3)).isEqualTo(all.subList(0, 3));
    assertThat(log.leafHashes(DARYL, 0, 0)).isEmpty();
    assertThat(log.leafHashes(DARYL, 2, 2)).isEqualTo(all.subList(2, 4));
    assertThat(log.leafHashes(DARYL, 3, 9)).isEqualTo(all.subList(3, 5));
    assertThat(log.leafHashes(DARYL, 5, 9)).isEmpty();
    assertThat(log.leafHashes(OTHER, 0, 5)).isEmpty();
    List<Hash> visited = new ArrayList<>();
    log.forEachLeafHash(DARYL, 1, 9, visited::add);
    assertThat(visited).isEqualTo(all.subList(1, 5));
  }

  @Test
  void readsAnyVersionExactlyAndNotFromTheBeginning() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    for (int i = 0; i < 40; i++) {
      log.append(List.of(scribe.batch("a", 5)));
      log.save(scribe.snapshot());
    }
    Random random = new Random(7);
    Snapshot replayed = Snapshot.ofNew(DARYL);
    long longest = 0;
    for (Update update : log.read(DARYL, 0, 200)) {
      replayed = replayed.plus(update);
      long version = update.version();
      long start = log.snapshot(DARYL, version).map(Snapshot::version).orElse(0L);
      assertThat(version - start)
          .as("replayed for version %d", version)
          .isLessThanOrEqualTo(Math.max(5, 200 - version));
      longest = Math.max(longest, version - start);
      if (random.nextInt(10) == 0) {
        assertThat(log.replay(DARYL, version).orElseThrow().toText()).isEqualTo(replayed.toText());
      }
    }
    assertThat(longest).as("something was dropped").isGreaterThan(5);
  }

  @Test
  void keepsTheNewestTwoSnapshots() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    assertThat(log.snapshot(DARYL, 100)).isEmpty();
    Scribe scribe = new Scribe(DARYL);
    List<Snapshot> saved = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      log.append(List.of(scribe.batch("a", 10)));
      log.save(scribe.snapshot());
      saved.add(scribe.snapshot());
    }
    assertThat(text(log, 100)).isEqualTo(saved.get(2).toText());
    assertThat(text(log, 29)).isEqualTo(saved.get(1).toText());
    log.save(saved.get(2));
    assertThat(text(log, 30)).isEqualTo(saved.get(2).toText());
  }

  private static String text(UpdateLog log, long atMost) {
    return log.snapshot(DARYL, atMost).orElseThrow().toText();
  }

  @Test
  void refusesTheSnapshotOfAnotherHistory() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    log.append(List.of(new Scribe(DARYL).batch("a", 2)));
    Scribe elsewhere = new Scribe(DARYL);
    elsewhere.batch("b", 2);
    assertThatIllegalArgumentException().isThrownBy(() -> log.save(elsewhere.snapshot()));
    assertThat(log.snapshot(DARYL, 100)).isEmpty();
  }

  @Test
  void keepsTombstonesOfEachPathApart() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    String odd = "/a/n\\u0000\u00fc\ud83d\ude00";
    append(log, scribe, "1", odd, "1");
    append(log, scribe, "2", "/a", "2"); // removes what stands below
    append(log, scribe, "3", "/a/b", "3"); // removes /a
    append(log, scribe, "4", "/b", "4");
    assertThat(log.remembered(DARYL)).isZero();
    assertThat(log.remember(scribe.snapshot())).isTrue();
    assertThat(log.remember(scribe.snapshot())).isTrue();
    assertThat(log.remembered(DARYL)).isEqualTo(4);

    Map<Pointer, Tag> standing = scribe.snapshot().state().tombstones();
    assertThat(standing).hasSize(2);
    Pointer top = Pointer.parse("/a");
    Pointer below = Pointer.parse("/a/n\u0000\u00fc\ud83d\ude00");
    assertThat(recall(log, 0, List.of(top, below, Pointer.parse("/b")), List.of()))
        .isEqualTo(standing);
    assertThat(recall(log, 0, List.of(), List.of(top))).isEqualTo(standing);
    assertThat(recall(log, 0, List.of(), List.of(Pointer.ROOT))).isEqualTo(standing);
    assertThat(recall(log, 0, List.of(), List.of(Pointer.parse("/a/b/c")))).containsOnlyKeys(top);
    assertThat(recall(log, 2, List.of(below), List.of(top))).containsOnlyKeys(top);
    assertThat(recall(log, 4, List.of(below), List.of(Pointer.ROOT))).isEmpty();

    append(log, scribe, "5", odd, "5");
    append(log, scribe, "6", "/a", "6");
    assertThat(log.remember(scribe.snapshot())).isTrue();
    assertThat(recall(log, 0, List.of(below), List.of()))
        .isEqualTo(Map.of(below, tombstone(scribe, below)))
        .isNotEqualTo(Map.of(below, standing.get(below)));
    assertThat(open().recall(DARYL, 0, List.of(below), List.of()).upTo()).isEqualTo(6);
  }

  private static void append(UpdateLog log, Scribe scribe, String id, String path, String value) {
    LogHead expected = scribe.head();
    Update update = scribe.set(id, path, Json.parse(value));
    assertThat(log.append(List.of(new Batch(expected, List.of(update)))))
        .containsExactly(COMMITTED);
  }

  private static Tag tombstone(Scribe scribe, Pointer path) {
    return Objects.requireNonNull(scribe.snapshot().state().tombstones().get(path));
  }

  private static Map<Pointer, Tag> recall(
      UpdateLog log, long since, List<Pointer> at, List<Pointer> around) {
    OldTombstones old = log.recall(DARYL, since, at, around);
    assertThat(old.isCut()).isFalse();
    return old.byPath();
  }

  @Test
  void keepsNoTombstonesOfAnotherHistory() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    append(log, new Scribe(DARYL), "1", "/a/b", "1");
    Scribe elsewhere = new Scribe(DARYL);
    elsewhere.set("2", "/a/b", Json.of(2));
    elsewhere.set("3", "/a", Json.of(3));
    assertThatIllegalArgumentException().isThrownBy(() -> log.remember(elsewhere.snapshot()));
    assertThat(log.remembered(DARYL)).isZero();
    assertThat(recall(log, 0, List.of(), List.of(Pointer.ROOT))).isEmpty();
  }

  @Test
  void fillsInFromTheLogWhatTheHeadForgot() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    append(log, scribe, "1", "/a/b", "1");
    append(log, scribe, "2", "/a", "2");
    Tag removed = tombstone(scribe, Pointer.parse("/a/b"));
    for (int i = 0; i < 4; i++) {
      log.append(List.of(scribe.batch("more", 2550)));
    }
    assertThat(scribe.snapshot().state().tombstones()).isEmpty();
    assertThat(log.remember(scribe.snapshot())).as("it no longer holds all").isFalse();
    assertThat(log.remembered(DARYL)).isZero();

    log.rememberAll(DARYL);
    assertThat(log.remembered(DARYL)).isEqualTo(scribe.head().version());
    assertThat(recall(log, 0, List.of(), List.of(Pointer.ROOT)))
        .isEqualTo(Map.of(Pointer.parse("/a/b"), removed));
    assertThat(text(log, Long.MAX_VALUE)).isEqualTo(scribe.snapshot().toText());

    append(log, scribe, "last", "/a/c", "1");
    assertThat(log.remember(scribe.snapshot())).as("nothing is missing now").isTrue();
    assertThat(recall(log, 0, List.of(), List.of(Pointer.ROOT)))
        .containsOnlyKeys(Pointer.parse("/a/b"), Pointer.parse("/a"));
  }

  @Test
  void findsEverythingAgainThroughAnotherHandle() throws Exception {
    UpdateLog log = open();
    log.create(DARYL, "{}");
    Scribe scribe = new Scribe(DARYL);
    log.append(List.of(scribe.batch("a", 7)));
    log.save(scribe.snapshot());

    UpdateLog again = open();
    assertThat(again.heads()).containsExactly(scribe.head());
    assertThat(again.read(DARYL, 0, 100)).isEqualTo(log.read(DARYL, 0, 100));
    assertThat(text(again, 7)).isEqualTo(scribe.snapshot().toText());
    assertThat(again.append(List.of(scribe.batch("b", 1)))).containsExactly(COMMITTED);
    assertThat(log.head(DARYL)).contains(scribe.head());
  }

  @Test
  void letsExactlyOneWriterWinEachVersion() throws Exception {
    List<UpdateLog> handles = List.of(open(), open());
    handles.getFirst().create(DARYL, "{}");
    int perThread = 40;
    List<Callable<Long>> writers = new ArrayList<>();
    for (int thread = 0; thread < 6; thread++) {
      UpdateLog log = handles.get(thread % 2);
      String name = "w" + thread + "-";
      writers.add(() -> appendInTurn(log, DARYL, name, perThread));
    }
    long committed = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(writers.size())) {
      for (Future<Long> writer : threads.invokeAll(writers)) {
        committed += writer.get();
      }
    }
    List<Update> all = handles.getFirst().read(DARYL, 0, Integer.MAX_VALUE);
    assertThat(committed).isEqualTo(6L * perThread);
    assertThat(all)
        .extracting(Update::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, committed).boxed().toList());
    Snapshot replayed = Snapshot.ofNew(DARYL);
    for (Update update : all) {
      replayed = replayed.plus(update);
    }
    assertThat(handles.getLast().head(DARYL)).contains(replayed.head());
  }

  /** Appends single updates, replaying what others appended first; returns how many stand. */
  public static long appendInTurn(UpdateLog log, SpaceName space, String name, int count) {
    Snapshot seen = Snapshot.ofNew(space);
    long committed = 0;
    while (committed < count) {
      for (Update update : log.read(space, seen.version(), Integer.MAX_VALUE)) {
        seen = seen.plus(update);
      }
      Scribe scribe = new Scribe(seen);
      LogHead head = scribe.head();
      Update update = scribe.set(name + committed, "/" + name, Json.of(committed));
      try {
        if (log.append(List.of(new Batch(head, List.of(update)))).equals(List.of(COMMITTED))) {
          committed++;
        }
      } catch (LogUnavailable e) {
        // it waited in vain for one that this machine held up
        assertThat(e.outcome()).isEqualTo(LogUnavailable.Outcome.NOT_APPLIED);
      }
    }
    return committed;
  }

  @Test
  void tellsTimeInMilliseconds() throws Exception {
    Instant now = open().now();
    assertThat(now).isEqualTo(now.truncatedTo(ChronoUnit.MILLIS));
  }
}
