package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.commit.LeaseKeeper.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
  private static final Duration TTL = Duration.ofNanos(100);
  private final LeaseKeeper a = new LeaseKeeper("a", TTL);
  private final LeaseKeeper b = new LeaseKeeper("b", TTL);
  private LeaseRow row = LeaseRow.NONE;

  /** Does what a keeper wants; whether it wanted and got the row. */
  private boolean beat(LeaseKeeper keeper, long nanos) {
    if (keeper.observe(row, nanos, nanos) instanceof Step.Replace replace) {
      row = replace.next();
      keeper.replaced(replace.next(), true, nanos);
      return true;
    }
    return false;
  }

  @Test
  void takesAFreeLeaseAtOnce() {
    assertThat(beat(a, 0)).isTrue();
    assertThat(row).isEqualTo(new LeaseRow("a", 1, 1));
    assertThat(a.epoch(99)).isEqualTo(1);
    assertThat(b.epoch(0)).isZero();
  }

  @Test
  void renewsWithinItsEpoch() {
    beat(a, 0);
    assertThat(beat(a, 50)).isTrue();
    assertThat(row).isEqualTo(new LeaseRow("a", 1, 2));
    assertThat(a.epoch(149)).isEqualTo(1);
    assertThat(a.epoch(150)).isZero();
  }

  @Test
  void takesOverOnlyAfterATimeToLiveWithoutChange() {
    beat(a, 0);
    assertThat(beat(b, 1000)).as("the first look says nothing").isFalse();
    assertThat(beat(b, 1099)).isFalse();
    beat(a, 50);
    assertThat(beat(b, 1100)).as("it was renewed").isFalse();
    assertThat(beat(b, 1199)).isFalse();
    assertThat(beat(b, 1200)).isTrue();
    assertThat(row).isEqualTo(new LeaseRow("b", 2, 3));
  }

  /** The row stood at some moment of each read, so only what lies between the two is certain. */
  @Test
  void countsFromTheEndOfTheFirstReadToTheBeginningOfTheLast() {
    beat(a, 0);
    assertThat(b.observe(row, 1000, 1060)).isEqualTo(new Step.Follow());
    assertThat(b.observe(row, 1159, 1200)).as("99 from read to read").isEqualTo(new Step.Follow());
    assertThat(b.observe(row, 1160, 1161)).isInstanceOf(Step.Replace.class);
  }

  @Test
  void noticesThatAnotherTookOver() {
    beat(a, 0);
    beat(b, 0);
    beat(b, 100);
    assertThat(a.epoch(99)).as("by its own clock it may still believe").isEqualTo(1);
    assertThat(a.epoch(100)).as("paused, it notices before it asks").isZero();
    assertThat(a.observe(row, 120, 120)).isEqualTo(new Step.Follow());
    assertThat(a.held()).isNull();
  }

  @Test
  void losesARaceForTheRow() {
    LeaseRow mine = ((Step.Replace) a.observe(row, 0, 0)).next();
    LeaseRow theirs = ((Step.Replace) b.observe(row, 0, 0)).next();
    row = theirs;
    b.replaced(theirs, true, 0);
    a.replaced(mine, false, 0);
    assertThat(a.epoch(0)).isZero();
    assertThat(b.epoch(0)).isEqualTo(1);
  }

  @Test
  void releasesForTheNextEpochAtOnce() {
    assertThat(a.released()).isNull();
    beat(a, 0);
    LeaseRow released = a.released();
    assertThat(released).isEqualTo(new LeaseRow("", 1, 2));
    row = new LeaseRow("", 1, 2);
    assertThat(beat(b, 1)).isTrue();
    assertThat(row).isEqualTo(new LeaseRow("b", 2, 3));
  }

  @Test
  void anUnansweredRenewalCostsItsTenureAndNoMore() {
    beat(a, 0);
    row = ((Step.Replace) a.observe(row, 50, 50)).next(); // written, and the answer was lost
    assertThat(a.observe(row, 60, 60)).isEqualTo(new Step.Follow());
    assertThat(a.epoch(60)).isZero();
    assertThat(beat(a, 160)).isTrue();
    assertThat(row.epoch()).isEqualTo(2);
  }
}
