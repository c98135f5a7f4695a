package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.StepEvent;
import io.mnemogrid.commit.Leadership.Failure;
import io.mnemogrid.commit.Leadership.Renewal;
import io.mnemogrid.commit.Leadership.Status;
import io.mnemogrid.commit.Leadership.Work;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeadershipTest {
  private static final Duration TTL = Duration.ofSeconds(5);
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final SpaceName SPACE = SpaceName.of("daryl");

  private final Leadership one = new Leadership("one", TTL);
  private LeaseRow row = LeaseRow.NONE;
  private long now;

  /** Does what the lane of the lease asks for until it rests. */
  private void keepLease(Leadership member) {
    while (true) {
      switch (member.renewal(now)) {
        case Renewal.Rest _ -> {
          return;
        }
        case Renewal.Read _ -> member.read(row, now, now);
        case Renewal.Replace replace -> {
          assertThat(row).isEqualTo(replace.expected());
          row = replace.next();
          member.replaced(replace, true, now);
        }
      }
    }
  }

  private Work work() {
    return one.work(now);
  }

  /** Leads, with the anchor open. */
  private void lead() {
    keepLease(one);
    assertThat(work()).isEqualTo(new Work.Open());
    one.opened("chain");
    assertThat(work()).isEqualTo(new Work.Act(1, false));
  }

  private void pass(long nanos) {
    long until = now + nanos;
    while (now < until) {
      now += SECOND / 10;
      keepLease(one);
    }
  }

  @Test
  void restsUntilItLeads() {
    assertThat(work()).isInstanceOf(Work.Rest.class);
    lead();
    one.stepped(Pace.IDLE, now);
    assertThat(work()).isEqualTo(new Work.Rest(Duration.ofMillis(500)));
    assertThat(one.health().status()).isEqualTo(Status.UP);
  }

  @Test
  void anErrorInAStepGivesTheLeaseUp() {
    lead();
    one.failed(Failure.FATAL, "no memory", now);
    assertThat(one.epoch(now)).isZero();
    keepLease(one);
    assertThat(row).as("released").isEqualTo(new LeaseRow("", 1, 2));
    assertThat(one.health().status()).isEqualTo(Status.DOWN);
    assertThat(one.health().detail()).contains("no memory").contains("gave the lease up");
    Leadership two = new Leadership("two", TTL);
    keepLease(two);
    assertThat(two.epoch(now)).isEqualTo(2);
  }

  @Test
  void standsAgainAfterAWhileWhereNobodyElseLeads() {
    lead();
    one.failed(Failure.FATAL, "no memory", now);
    pass(29 * SECOND);
    assertThat(one.epoch(now)).as("a free lease is not taken back").isZero();
    pass(2 * SECOND);
    assertThat(one.epoch(now)).isEqualTo(2);
    assertThat(one.health().status()).as("until a step works").isEqualTo(Status.DOWN);
    assertThat(work()).isEqualTo(new Work.Open());
    one.opened("chain");
    one.stepped(Pace.IDLE, now);
    assertThat(one.health().status()).isEqualTo(Status.UP);
  }

  @Test
  void giveUpIsRepeatedUntilTheStoreHeardIt() {
    lead();
    one.failed(Failure.FATAL, "no memory", now);
    LeaseRow held = row;
    assertThat(one.renewal(now)).isInstanceOf(Renewal.Replace.class);
    one.leaseFailed("the store is away", now);
    assertThat(row).isEqualTo(held);
    pass(2 * SECOND);
    assertThat(row.holder()).isEmpty();
  }

  @Test
  void unexpectedExceptionsInARowGiveTheLeaseUp() {
    lead();
    one.failed(Failure.UNEXPECTED, "null", now);
    one.failed(Failure.UNEXPECTED, "null", now);
    one.stepped(Pace.IDLE, now);
    one.failed(Failure.UNEXPECTED, "null", now);
    one.failed(Failure.UNEXPECTED, "null", now);
    assertThat(one.epoch(now)).isEqualTo(1);
    assertThat(one.health().status()).isEqualTo(Status.DEGRADED);
    one.failed(Failure.UNEXPECTED, "null", now);
    assertThat(one.epoch(now)).isZero();
    assertThat(one.health().status()).isEqualTo(Status.DOWN);
  }

  @Test
  void preparesOnceWhileTheAnchorIsAwayAndTriesItAgainLaterEachTime() {
    lead();
    Duration before = Duration.ZERO;
    for (int i = 0; i < 6; i++) {
      one.failed(Failure.ANCHOR, "refused", now);
      assertThat(one.blocked()).isEqualTo("chain-unavailable");
      assertThat(one.health().status()).isEqualTo(Status.DEGRADED);
      assertThat(work()).isEqualTo(new Work.Prepare(1, false));
      one.prepared(now);
      Duration pause = ((Work.Rest) work()).pause();
      assertThat(pause).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofSeconds(15));
      before = pause;
      pass(pause.toNanos());
      assertThat(work()).isEqualTo(new Work.Open());
    }
    assertThat(before).isEqualTo(Duration.ofSeconds(15));
    assertThat(one.epoch(now)).as("another member would meet the same").isEqualTo(1);
  }

  @Test
  void saysWhatAStepToldUntilAStepTellsOtherwise() {
    lead();
    one.heard(new StepEvent.Blocked(7, "budget", "nothing is left"));
    one.stepped(Pace.LATER, now);
    assertThat(one.blocked()).isEqualTo("budget");
    assertHealth(Status.DEGRADED, "chain: checkpoint 7 waits, budget: nothing is left");
    one.failed(Failure.STORE, "the store is away", now);
    assertThat(one.blocked()).as("nothing says that it is not").isEqualTo("budget");

    one.heard(new StepEvent.Retried(7, "refused"));
    one.stepped(Pace.LATER, now);
    assertThat(one.blocked()).isNull();
    assertHealth(Status.DEGRADED, "chain: checkpoint failed: refused");

    one.heard(new StepEvent.Stopped("chain-ahead", "it holds 9"));
    one.stepped(Pace.STOPPED, now);
    assertThat(one.blocked()).isEqualTo("chain-ahead");
    assertHealth(Status.DOWN, "chain-ahead: it holds 9");
    assertThat(work()).isEqualTo(new Work.Rest(Duration.ofSeconds(15)));

    one.heard(new StepEvent.Waiting(7));
    one.stepped(Pace.SOON, now);
    assertThat(one.blocked()).isNull();
    assertHealth(Status.UP, "chain: checkpoint 7 under way");

    one.heard(new StepEvent.Blocked(7, "fee-cap", "blocks ask for more"));
    one.stepped(Pace.LATER, now);
    one.stepped(Pace.AT_ONCE, now);
    assertThat(one.blocked()).isNull();
    assertThat(work()).isEqualTo(new Work.Act(1, false));
    one.stepped(Pace.IDLE, now);
    assertHealth(Status.UP, "chain");
  }

  @Test
  void whatWaitsIsLookedAtSoonAndWhatFailsLaterEachTime() {
    lead();
    assertThat(restsAfter(Pace.SOON, 6)).containsExactly(200L, 300L, 450L, 675L, 1012L, 1518L);
    assertThat(restsAfter(Pace.SOON, 3)).as("at most").containsExactly(2000L, 2000L, 2000L);
    one.stepped(Pace.AT_ONCE, now);
    assertThat(restsAfter(Pace.LATER, 6))
        .containsExactly(1000L, 2000L, 4000L, 8000L, 15_000L, 15_000L);
  }

  private List<Long> restsAfter(Pace pace, int steps) {
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      one.stepped(pace, now);
      millis.add(((Work.Rest) work()).pause().toMillis());
    }
    return millis;
  }

  private void assertHealth(Status status, String detail) {
    assertThat(one.health()).isEqualTo(new Leadership.Health(status, detail));
  }

  @Test
  void aLeaseThatCannotBeReadIsSaidAndRunsOut() {
    lead();
    one.stepped(Pace.IDLE, now);
    for (int i = 0; i < 5; i++) {
      now += SECOND;
      assertThat(one.renewal(now)).isEqualTo(new Renewal.Read());
      one.leaseFailed("the store is away", now);
      assertThat(one.renewal(now)).isEqualTo(new Renewal.Rest(Duration.ofSeconds(1)));
    }
    assertThat(one.epoch(now)).isZero();
    assertThat(one.health().status()).isEqualTo(Status.DEGRADED);
    assertThat(one.health().detail()).contains("the store is away");
    now += SECOND;
    keepLease(one);
    assertThat(one.epoch(now)).as("nobody took it").isEqualTo(1);
    assertThat(one.health().status()).isEqualTo(Status.UP);
  }

  @Test
  void aDemandWaitsForTheAuditAndNotForEver() {
    lead();
    one.stepped(Pace.IDLE, now);
    one.demand(Map.of(SPACE, 7L), now);
    assertThat(work()).isEqualTo(new Work.Look());
    one.audited(Map.of(SPACE, 6L));
    assertThat(work()).isEqualTo(new Work.Act(1, false));
    one.stepped(Pace.IDLE, now);
    pass(4 * SECOND);
    one.demand(Map.of(SPACE, 8L), now);
    pass(2 * SECOND);
    assertThat(work()).isEqualTo(new Work.Look());
    one.audited(Map.of(SPACE, 6L));
    assertThat(work()).as("patience counts from the first").isEqualTo(new Work.Act(1, true));
    one.stepped(Pace.IDLE, now);
    one.wake();
    assertThat(work()).as("met").isEqualTo(new Work.Act(1, false));
  }

  @Test
  void aDemandIsMetByAStepThatBeganAfterIt() {
    lead();
    one.demand(Map.of(SPACE, 7L), now);
    assertThat(work()).isEqualTo(new Work.Look());
    one.audited(Map.of(SPACE, 7L));
    assertThat(work()).isEqualTo(new Work.Act(1, true));
    one.demand(Map.of(SPACE, 8L), now); // while the step is under way
    one.heard(new StepEvent.Prepared(1));
    one.stepped(Pace.AT_ONCE, now);
    assertThat(work()).as("the second stands").isEqualTo(new Work.Look());
  }

  @Test
  void aDeposedLeaderRestsUntilItHoldsTheLeaseAgain() {
    lead();
    row = new LeaseRow("two", 2, 9);
    one.stepped(Pace.DEPOSED, now);
    assertThat(one.epoch(now)).isZero();
    assertThat(work()).isInstanceOf(Work.Rest.class);
    pass(5 * SECOND);
    assertThat(one.holder()).isEqualTo("two");
    pass(2 * SECOND);
    assertThat(one.epoch(now)).isEqualTo(3);
  }
}
