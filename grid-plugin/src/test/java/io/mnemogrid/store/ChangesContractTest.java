package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.AuditedChanges;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Heads and findings are told once they changed, and who polls misses none. */
abstract class ChangesContractTest {
  static final SpaceName A = SpaceName.of("a");
  static final SpaceName B = SpaceName.of("b");
  private static final SpaceName C = SpaceName.of("c");
  private static final int MANY = 20_000;
  private static final Instant THEN = Instant.parse("2026-02-05T19:00:00Z");

  /** Another handle on the store of this test, which the subclass closes. */
  protected abstract Store open() throws Exception;

  /** The connections of a store that {@link #open} answered with. */
  protected abstract Connections connections(Store store);

  /** A handle on a copy of the store as it is now, in another place. */
  protected abstract Store copy() throws Exception;

  /** Adds so many spaces by one statement. */
  protected abstract String many(int spaces);

  /** How the database finds what a statement reads, a line a step. */
  protected abstract List<String> plan(Session session, String sql, long value) throws Exception;

  static Scribe append(Store store, SpaceName space, int updates) {
    Scribe scribe = new Scribe(space);
    store.log().create(space, "{}");
    append(store, scribe, updates);
    return scribe;
  }

  static void append(Store store, Scribe scribe, int updates) {
    assertThat(store.log().append(List.of(scribe.batch("u", updates))))
        .containsExactly(new Appended.Committed());
  }

  @Test
  void tellsHeadsOnceTheyWereCreatedOrAppendedTo() throws Exception {
    Store store = open();
    HeadChanges none = store.log().headsSince(0);
    assertThat(none.heads()).isEmpty();
    assertThat(none.isAll()).isTrue();
    Scribe a = append(store, A, 2);
    Scribe b = append(store, B, 1);
    HeadChanges first = store.log().headsSince(none.mark());
    assertThat(first.heads()).containsExactlyInAnyOrder(a.head(), b.head());
    assertThat(first.isAll()).isFalse();

    store.log().create(C, "{}");
    append(store, b, 3);
    HeadChanges second = store.log().headsSince(first.mark());
    assertThat(second.heads()).containsExactlyInAnyOrder(b.head(), LogHead.ofNew(C));
    assertThat(second.isAll()).isFalse();

    HeadChanges all = open().log().headsSince(0);
    assertThat(all.heads()).containsExactlyInAnyOrder(a.head(), b.head(), LogHead.ofNew(C));
    assertThat(all.isAll()).isTrue();
    assertThat(all.mark())
        .as("a database may count what others do")
        .isGreaterThanOrEqualTo(second.mark());
  }

  @Test
  void anIdlePollAnswersNothing() throws Exception {
    Store store = open();
    append(store, A, 1);
    store.audited().publish(audited(A, 1, null));
    HeadChanges heads = store.log().headsSince(0);
    AuditedChanges found = store.audited().newestSince(0);
    for (int i = 0; i < 3; i++) {
      HeadChanges idle = store.log().headsSince(heads.mark());
      assertThat(idle).isEqualTo(new HeadChanges(List.of(), idle.mark(), false));
      assertThat(idle.mark()).as("others may write").isGreaterThanOrEqualTo(heads.mark());
      AuditedChanges none = open().audited().newestSince(found.mark());
      assertThat(none).isEqualTo(new AuditedChanges(List.of(), none.mark(), false));
    }
  }

  @Test
  void tellsHeadsByNamePageByPage() throws Exception {
    Store store = open();
    SpaceName dash =
        SpaceName.of("a-1"); // '-' comes before letters in every order but a language's
    for (SpaceName space : List.of(C, B, dash, A)) {
      store.log().create(space, "{}");
    }
    assertThat(store.log().headsAfter("", 3))
        .containsExactly(LogHead.ofNew(A), LogHead.ofNew(dash), LogHead.ofNew(B));
    assertThat(store.log().headsAfter("b", 3)).containsExactly(LogHead.ofNew(C));
    assertThat(store.log().headsAfter("aa", 1)).containsExactly(LogHead.ofNew(B));
    assertThat(store.log().headsAfter("c", 3)).isEmpty();
    assertThat(store.log().spaces()).isEqualTo(4);
  }

  @Test
  void tellsTheProblemsAmongTheNewestFindings() throws Exception {
    Store store = open();
    for (SpaceName space : List.of(A, B, C)) {
      append(store, space, 2);
    }
    store.audited().publish(audited(A, 1, null));
    store.audited().publish(audited(B, 1, "a problem that a newer finding is without"));
    store.audited().publish(audited(B, 2, null));
    assertThat(store.audited().problems()).isEmpty();
    store.audited().publish(audited(C, 2, "another root"));
    store.audited().publish(audited(A, 1, "found later"));
    assertThat(store.audited().problems())
        .extracting(AuditedHead::problem)
        .containsExactly("found later", "another root");
  }

  @Test
  void anAppendThatIsRefusedChangesNothing() throws Exception {
    Store store = open();
    Scribe a = append(store, A, 1);
    long mark = store.log().headsSince(0).mark();
    assertThat(store.log().append(List.of(new Scribe(A).batch("other", 1))))
        .containsExactly(new Appended.Moved(a.head()));
    assertThat(store.log().create(A, "{}")).isFalse();
    assertThat(store.log().headsSince(mark).heads()).isEmpty();
  }

  /** As a person may do who repairs a store. */
  @Test
  void tellsWhatWasWrittenPastTheLog() throws Exception {
    Store store = open();
    append(store, A, 1);
    append(store, B, 1);
    store.audited().publish(audited(A, 1, "a problem"));
    long heads = store.log().headsSince(0).mark();
    long found = store.audited().newestSince(0).mark();
    connections(store)
        .write(session ->
            session.update(
                    "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), leaf_hash = ? WHERE name = ?",
                    Hash.ZERO,
                    A)
                + session.update("UPDATE verified_head SET problem = NULL"));
    assertThat(store.log().headsSince(heads).heads())
        .extracting(LogHead::leafHash)
        .containsExactly(Hash.ZERO);
    assertThat(store.audited().newestSince(found).heads()).containsExactly(audited(A, 1, null));
  }

  @Test
  void aHeadThatCannotBeReadIsLeftOutUntilItCan() throws Exception {
    Store store = open();
    append(store, A, 1);
    Scribe b = append(store, B, 1);
    long mark = store.log().headsSince(0).mark();
    Connections connections = connections(store);
    connections.write(session ->
        session.update(
            "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), name = '' WHERE name = ?",
            B));
    HeadChanges spoilt = store.log().headsSince(mark);
    assertThat(spoilt.heads()).isEmpty();
    assertThat(store.leftOut()).singleElement().asString().startsWith("table space, name \"\"");
    assertThat(store.log().headsSince(spoilt.mark()).heads()).isEmpty();
    assertThat(store.leftOut()).as("another poll says nothing of it").hasSize(1);
    connections.write(session ->
        session.update(
            "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), name = ? WHERE name = ''",
            B));
    assertThat(store.log().headsSince(spoilt.mark()).heads()).containsExactly(b.head());
    assertThat(store.leftOut()).isEmpty();
  }

  @Test
  void aStoreThatWasRestoredFromAnOlderCopyAnswersWithAll() throws Exception {
    Store store = open();
    Scribe a = append(store, A, 2);
    Scribe b = append(store, B, 2);
    store.audited().publish(audited(A, 1, null));
    LogHead before = a.head();
    Store older = copy();
    append(store, a, 5);
    append(store, a, 5);
    store.audited().publish(audited(A, 2, null));
    store.audited().publish(audited(A, 3, null));
    HeadChanges heads = older.log().headsSince(store.log().headsSince(0).mark());
    assertThat(heads.isAll()).isTrue();
    assertThat(heads.heads()).containsExactlyInAnyOrder(before, b.head());
    assertThat(heads.mark()).isEqualTo(older.log().headsSince(0).mark());
    AuditedChanges found = older.audited().newestSince(store.audited().newestSince(0).mark());
    assertThat(found.isAll()).isTrue();
    assertThat(found.heads()).containsExactly(audited(A, 1, null));
  }

  @Test
  void tellsTheNewestFindingOfASpaceOnce() throws Exception {
    Store store = open();
    AuditedChanges none = store.audited().newestSince(0);
    assertThat(none).isEqualTo(new AuditedChanges(List.of(), none.mark(), true));
    store.audited().publish(audited(A, 1, null));
    store.audited().publish(audited(A, 2, null));
    store.audited().publish(audited(B, 7, "a problem"));
    AuditedChanges first = store.audited().newestSince(none.mark());
    assertThat(first.heads())
        .containsExactlyInAnyOrder(audited(A, 2, null), audited(B, 7, "a problem"));
    assertThat(first.isAll()).isFalse();
    store.audited().publish(audited(A, 1, null)); // again, after a restart of the audit
    assertThat(store.audited().newestSince(first.mark()).heads()).isEmpty();
    store.audited().publish(audited(A, 2, "found later"));
    assertThat(store.audited().newestSince(first.mark()).heads())
        .containsExactly(audited(A, 2, "found later"));
  }

  static AuditedHead audited(SpaceName space, long version, @Nullable String problem) {
    return new AuditedHead(
        new Head(space, version, Hash.sha256("state " + version), Hash.sha256("log" + version)),
        Hash.sha256("leaf"),
        new ContentAddress(Hash.sha256("blob")),
        1,
        THEN,
        THEN,
        problem);
  }

  @Test
  void answersTheHeadsThatAreAskedForAndHowManyThereAre() throws Exception {
    Store store = open();
    assertThat(store.log().spaces()).isZero();
    connections(store).write(session -> session.update(many(250)));
    append(store, A, 3);
    assertThat(store.log().spaces()).isEqualTo(251);
    List<SpaceName> asked =
        new ArrayList<>(IntStream.range(1, 206).mapToObj(i -> SpaceName.of("many-" + i)).toList());
    asked.addAll(List.of(A, A, B));
    assertThat(store.log().heads(asked))
        .hasSize(206)
        .doesNotHaveDuplicates()
        .containsAll(store.log().head(A).stream().toList());
    assertThat(store.log().heads(List.of())).isEmpty();
  }

  @Test
  void answersTheNewestFindingsThatAreAskedFor() throws Exception {
    Store store = open();
    store.audited().publish(audited(A, 1, null));
    store.audited().publish(audited(A, 2, null));
    store.audited().publish(audited(B, 1, "a problem"));
    assertThat(store.audited().newest(List.of(A, C))).containsExactly(audited(A, 2, null));
    assertThat(store.audited().newest(List.of(A, B)))
        .containsExactlyInAnyOrder(audited(A, 2, null), audited(B, 1, "a problem"));
  }

  @Test
  void anIdlePollReadsNoRowsOfManySpaces() throws Exception {
    Store store = open();
    Connections connections = connections(store);
    connections.write(session ->
        session.update(many(MANY))
            + session.update(
                """
                INSERT INTO verified_head (space, version, state_root, log_root, leaf_hash,
                  snapshot, snapshot_version, committed, checked)
                SELECT name, 1, root, root, leaf_hash, root, 1, 0, 0 FROM space
                """));
    Scribe a = append(store, A, 1);
    store.audited().publish(audited(A, 1, null));
    connections.write(session -> {
      session.once("ANALYZE");
      return 0;
    });
    HeadChanges all = store.log().headsSince(0);
    assertThat(all.heads()).hasSize(MANY + 1);
    assertThat(store.log().headsSince(all.mark()).heads()).isEmpty();
    append(store, a, 1);
    assertThat(store.log().headsSince(all.mark()).heads()).containsExactly(a.head());

    for (Changed.Statements statements :
        List.of(
            ((JdbcUpdateLog) store.log()).changed(),
            ((JdbcAuditedHeads) store.audited()).changed())) {
      long known =
          connections.read(
              session -> session.first(statements.at(), row -> row.getLong("next")).orElseThrow());
      List<String> plan =
          connections.read(session -> {
            try {
              return plan(session, statements.since(), known);
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      assertThat(plan).anyMatch(step -> step.contains(statements.table().name() + "_changed"));
      assertThat(plan)
          .as("no step reads the whole table")
          .noneMatch(step ->
              step.contains("Seq Scan on " + statements.table().name())
                  || step.matches("SCAN t\\b.*"));
    }
  }

  @Test
  void whoPollsWhileTwoWriteMissesNothing() throws Exception {
    List<Store> writers = List.of(open(), open());
    Store reader = open();
    Map<SpaceName, LogHead> told = new HashMap<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(writers.size())) {
      List<Future<?>> writing = new ArrayList<>();
      for (int i = 0; i < writers.size(); i++) {
        int writer = i;
        writing.add(
            threads.submit(() -> {
              for (int space = 0; space < 10; space++) {
                Scribe scribe =
                    append(writers.get(writer), SpaceName.of("w" + writer + "-" + space), 1);
                for (int more = 0; more < 10; more++) {
                  append(writers.get(writer), scribe, 1);
                }
              }
            }));
      }
      long mark = reader.log().headsSince(0).mark();
      boolean writes = true;
      while (writes) {
        writes = writing.stream().anyMatch(one -> !one.isDone());
        HeadChanges changes = reader.log().headsSince(mark);
        assertThat(changes.isAll()).isFalse();
        changes.heads().forEach(head -> told.put(head.space(), head));
        mark = changes.mark();
      }
      for (Future<?> one : writing) {
        one.get();
      }
    }
    assertThat(told.values()).containsExactlyInAnyOrderElementsOf(reader.log().heads());
    assertThat(told).hasSize(20);
  }
}
