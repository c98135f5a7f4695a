package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A large request goes last in its space, and no other space waits for it. */
class CommitterLargeTest {
  private static final SpaceName LARGE = new SpaceName("large");
  private static final SpaceName OTHER = new SpaceName("other");
  private static final Instant NOW = Deltas.START.plus(Duration.ofMinutes(1));

  private final MemoryUpdateLog log = new MemoryUpdateLog(() -> NOW);
  private final Committer committer = new Committer();
  private final Map<Long, List<Answer>> told = new TreeMap<>();
  private final List<Aside> asides = new ArrayList<>();
  private long tickets;

  @BeforeEach
  void create() {
    log.create(LARGE, "{}");
    log.create(OTHER, "{}");
    commit(LARGE, Deltas.set("fill", 0, "/facts", object(Committer.LARGE + 1)));
    commit(OTHER, Deltas.set("first", 0, "/n", Json.of(0)));
    told.clear();
  }

  private static Json object(int leaves) {
    Map<String, Json> members = new TreeMap<>();
    for (int i = 0; i < leaves; i++) {
      members.put("m" + i, Json.of(i));
    }
    return Json.object(members);
  }

  private long submit(SpaceName space, Delta delta) {
    committer.submit(new Request(++tickets, space, List.of(delta), Long.MAX_VALUE / 2));
    return tickets;
  }

  private void commit(SpaceName space, Delta delta) {
    long ticket = submit(space, delta);
    settle(0);
    while (!asides.isEmpty()) {
      finish();
      settle(0);
    }
    assertThat(told).containsKey(ticket);
  }

  private void finish() {
    asides.removeFirst().resolve();
    perform(committer.resolved(LARGE));
  }

  private void settle(long nanos) {
    for (int i = 0; i < 6; i++) {
      perform(committer.step(NOW, nanos));
    }
  }

  private void perform(List<Action> actions) {
    for (Action action : actions) {
      switch (action) {
        case Action.Append append -> perform(committer.appended(log.append(append.batches())));
        case Action.Load load ->
            perform(committer.loaded(load.space(), log.replay(load.space(), Long.MAX_VALUE)));
        case Action.CatchUp catchUp ->
            perform(
                committer.caughtUp(
                    catchUp.space(),
                    log.head(catchUp.space()).orElseThrow(),
                    log.read(catchUp.space(), catchUp.since(), 100)));
        case Action.Check check ->
            perform(
                committer.checked(
                    check.space(), log.head(check.space()), log.find(check.space(), check.ids())));
        case Action.Resolve resolve -> asides.add(resolve.aside());
        case Action.ReadOld _ -> throw new AssertionError("nothing here is that old");
        case Action.Tell tell -> told.put(tell.ticket(), tell.answers());
        case Action.Publish _ -> {}
        case Action.Alarm alarm -> throw new AssertionError(alarm.what());
      }
    }
  }

  private Answer answer(long ticket) {
    return told.getOrDefault(ticket, List.of()).getFirst();
  }

  private Update accepted(long ticket) {
    return ((Answer.Accepted) answer(ticket)).update();
  }

  private Delta delete(String id) {
    return Delta.parse(
        Json.parseObject(
            """
            {"author":"bot-a","base":1,"changes":{"deleted":[{"key":"/facts"}]},\
            "timestamp":"2026-02-05T19:00:00Z","type":"t","update_id":"%s"}\
            """
                .formatted(id)));
  }

  @Test
  void otherSpacesGoOnWhileItIsResolved() {
    long large = submit(LARGE, delete("delete"));
    long light = submit(OTHER, Deltas.set("one", 1, "/n", Json.of(1)));
    settle(0);
    assertThat(asides).hasSize(1);
    assertThat(told).containsOnlyKeys(light);
    long later = submit(OTHER, Deltas.set("two", 2, "/n", Json.of(2)));
    long same = submit(LARGE, Deltas.set("three", 1, "/beside", Json.of(3)));
    settle(0);
    assertThat(told).as("its own space waits for it").containsOnlyKeys(light, later);

    finish();
    settle(0);
    assertThat(accepted(large).version()).isEqualTo(2);
    assertThat(accepted(same).version()).isEqualTo(3);
    assertThat(committer.isBusy()).isFalse();
  }

  @Test
  void itGoesBehindWhatElseWaitsForItsSpace() {
    long large = submit(LARGE, delete("delete"));
    long first = submit(LARGE, Deltas.set("a", 1, "/a", Json.of(1)));
    long second = submit(LARGE, Deltas.set("b", 1, "/b", Json.of(2)));
    settle(0);
    finish();
    settle(0);
    assertThat(accepted(first).version()).isEqualTo(2);
    assertThat(accepted(second).version()).isEqualTo(3);
    assertThat(accepted(large).version()).isEqualTo(4);
  }

  @Test
  void itIsResolvedAgainWhenTheHeadMovedMeanwhile() {
    long large = submit(LARGE, delete("delete"));
    settle(0);
    // another member commits while it is resolved here
    Committer there = new Committer();
    there.submit(
        new Request(1, LARGE, List.of(Deltas.set("x", 1, "/x", Json.of(1))), Long.MAX_VALUE / 2));
    there.step(NOW, 0);
    there.loaded(LARGE, log.replay(LARGE, Long.MAX_VALUE));
    List<Batch> batches = ((Action.Append) there.step(NOW, 0).getFirst()).batches();
    log.append(batches);

    while (!told.containsKey(large)) {
      if (!asides.isEmpty()) {
        finish();
      }
      settle(0);
    }
    assertThat(accepted(large).version()).isEqualTo(3);
    LogHead head = log.head(LARGE).orElseThrow();
    assertThat(head.version()).isEqualTo(3);
    assertThat(log.replay(LARGE, 3).orElseThrow().state().leaves()).isEqualTo(1);
  }

  @Test
  void itIsGivenUpWithTheOthersWhenItsTimeIsOver() {
    committer.submit(new Request(++tickets, LARGE, List.of(delete("late")), 10));
    long late = tickets;
    settle(20);
    assertThat(asides).isEmpty();
    assertThat(answer(late)).isInstanceOf(Answer.Unavailable.class);
    assertThat(committer.isBusy()).isFalse();
  }
}
