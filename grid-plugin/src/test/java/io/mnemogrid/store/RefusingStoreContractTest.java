package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Deltas;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A database that takes some records and refuses others, under the commit loop as it runs: what it
 * refuses is refused alone, with its reason, and all else that waited is committed.
 */
abstract class RefusingStoreContractTest {
  /** How a database refuses a row. */
  enum Way {
    /** A trigger raises. */
    RAISES,
    /** A trigger lets the row fall and says nothing. */
    DROPS,
    /** A constraint, or a trigger that keeps what the statement has done so far. */
    CONSTRAINT,
    /** The whole transaction falls with it: at COMMIT, or at once. */
    TAKES_ALL_BACK
  }

  private static final String REASON = "writes nothing here";
  private static final SpaceName DARYL = new SpaceName("daryl");
  private static final SpaceName BAD = new SpaceName("bad");
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(60);

  private UpdateLog log;
  private Replicas replicas;
  private CommitLoop loop;

  /** A store that nobody has opened. */
  protected abstract Store open();

  /** Statements after which records that hold {@code text} are refused, for {@code reason}. */
  protected abstract List<String> refuse(Way way, String text, String reason);

  /** A statement after which they are taken. */
  protected abstract String take(Way way, String reason);

  /** Runs a statement by another connection. */
  protected abstract void execute(String sql) throws Exception;

  @BeforeEach
  void start() {
    log = open().log();
    log.create(DARYL, "{}");
    log.create(BAD, "{}");
    replicas = new Replicas(log);
    loop = new CommitLoop(log, replicas, (_, _) -> {});
  }

  @AfterEach
  void stop() {
    loop.close();
    replicas.close();
  }

  private void refuse(Way way, String text) throws Exception {
    for (String sql : refuse(way, text, REASON)) {
      execute(sql);
    }
  }

  private CompletableFuture<List<Answer>> commit(SpaceName space, Delta... deltas) {
    return loop.commit(space, List.of(deltas), TIMEOUT);
  }

  private static Delta set(String id) {
    return Deltas.set(id, 0, "/" + id, Json.TRUE);
  }

  private static Delta by(String author, String id) {
    return Delta.parse(
        Deltas.request(id, 0, Deltas.START, "/" + id, Json.TRUE).with("author", Json.of(author)));
  }

  private static void isAccepted(CompletableFuture<List<Answer>> answers) {
    assertThat(answers).succeedsWithin(SOON);
    assertThat(answers.join()).allMatch(Answer.Accepted.class::isInstance);
  }

  private static void isRefused(Way way, CompletableFuture<List<Answer>> answers) {
    assertThat(answers).succeedsWithin(SOON);
    assertThat(answers.join().getFirst())
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused ->
                assertThat(refused.refusal())
                    .isInstanceOfSatisfying(
                        Refusal.StoreRefused.class,
                        it ->
                            assertThat(it.reason())
                                .contains(way == Way.DROPS ? "gave no reason" : REASON)));
    assertThat(answers.join().subList(1, answers.join().size()))
        .allMatch(new Answer.RefusedWith(0)::equals);
  }

  private List<String> ids(SpaceName space) {
    return log.read(space, 0, 1000).stream().map(Update::id).map(id -> id.text()).toList();
  }

  @ParameterizedTest
  @EnumSource
  void aSpaceThatIsRefusedHoldsUpNoOther(Way way) throws Exception {
    refuse(way, "\"space\":\"bad\"");
    List<CompletableFuture<List<Answer>>> good = new ArrayList<>();
    List<CompletableFuture<List<Answer>>> bad = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      good.add(commit(DARYL, set("g" + i)));
      if (i % 10 == 0) {
        bad.add(commit(BAD, set("b" + i)));
      }
    }
    loop.start(); // all of them in one append
    good.forEach(RefusingStoreContractTest::isAccepted);
    bad.forEach(answers -> isRefused(way, answers));
    assertThat(ids(DARYL)).hasSize(100);
    assertThat(ids(BAD)).isEmpty();

    execute(take(way, REASON));
    isAccepted(commit(BAD, set("b0"))); // the id is free
    assertThat(ids(BAD)).containsExactly("b0");
    assertThat(loop.isRunning()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aListIsRefusedWholeAndNothingElseIs(Way way) throws Exception {
    refuse(way, "\"author\":\"mallory\"");
    Map<String, CompletableFuture<List<Answer>>> good = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      good.put("before" + i, commit(DARYL, set("before" + i)));
    }
    Delta[] list = new Delta[40];
    for (int i = 0; i < list.length; i++) {
      list[i] = by(i == 20 ? "mallory" : "bot-a", "list" + i);
    }
    CompletableFuture<List<Answer>> guilty = commit(DARYL, list);
    CompletableFuture<List<Answer>> alone = commit(DARYL, by("mallory", "alone"));
    CompletableFuture<List<Answer>> repeated = commit(DARYL, by("mallory", "alone"));
    good.put("whole", commit(DARYL, set("w1"), set("w2"), set("w3")));
    for (int i = 0; i < 20; i++) {
      good.put("after" + i, commit(i % 2 == 0 ? DARYL : BAD, set("after" + i)));
    }
    loop.start();
    good.values().forEach(RefusingStoreContractTest::isAccepted);
    isRefused(way, guilty);
    isRefused(way, alone);
    isRefused(way, repeated);
    assertThat(ids(DARYL)).hasSize(16).doesNotContain("alone").noneMatch(id -> id.startsWith("l"));
    assertThat(ids(BAD)).hasSize(10);
    isAccepted(commit(DARYL, set("next")));
  }

  /** Several versions of one request stand or fall together. */
  @Test
  void aLargeDeleteIsRefusedWhole() throws Exception {
    loop.start();
    Json large = Json.of("x".repeat(250_000));
    for (int i = 0; i < 40; i++) {
      isAccepted(commit(DARYL, Deltas.set("f" + i, i, "/facts/f" + i, large)));
    }
    String delete =
        """
        {"update_id":"gone","base":40,"author":"mallory","timestamp":"2026-02-05T19:00:00Z",
        "type":"test","changes":{"deleted":[{"key":"/facts"}]}}
        """;
    Delta gone = Delta.parse((Json.Obj) Json.parse(delete));
    refuse(Way.RAISES, "\"author\":\"mallory\"");
    CompletableFuture<List<Answer>> refused = commit(DARYL, gone);
    List<CompletableFuture<List<Answer>>> others = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      others.add(commit(BAD, set("o" + i)));
      others.add(commit(DARYL, set("d" + i)));
    }
    others.forEach(RefusingStoreContractTest::isAccepted);
    isRefused(Way.RAISES, refused);
    assertThat(log.head(DARYL).orElseThrow().version()).isEqualTo(60);

    execute(take(Way.RAISES, REASON));
    isAccepted(commit(DARYL, gone));
    assertThat(log.head(DARYL).orElseThrow().version()).as("cut in two").isEqualTo(62);
  }
}
