package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is kept, while a space grows by random steps; the seed is the test's name. */
class SnapshotRetentionLawTest {
  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void boundsBothTheirNumberAndEveryReplay(long seed) {
    Random random = new Random(seed);
    int narrowest = 1 + random.nextInt(50);
    int widest = narrowest + random.nextInt(50);
    TreeSet<Long> kept = new TreeSet<>();
    long head = 0;
    long second = 0;
    for (int i = 0; i < 1000; i++) {
      second = head;
      head += narrowest + random.nextInt(widest - narrowest + 1);
      kept.add(head);
      SnapshotRetention.dropped(kept).forEach(kept::remove);
      assertThat(SnapshotRetention.dropped(kept)).as("what is kept is kept").isEmpty();
      assertThat(kept).contains(head);
      if (second > 0) {
        assertThat(kept).contains(second);
      }
      assertThat(kept.size())
          .as("of %d versions, %d apart", head, narrowest)
          .isLessThanOrEqualTo((int) (2 * Math.log(1 + head / narrowest) / Math.log(2)) + 3);
      for (int look = 0; look < 20; look++) {
        long version = 1 + random.nextLong(head);
        Long start = kept.floor(version);
        assertThat(version - (start == null ? 0 : start))
            .as("replayed for version %d of %d", version, head)
            .isLessThanOrEqualTo(Math.max(widest, head - version));
      }
    }
  }

  @Test
  void thinsWhatIsOld() {
    TreeSet<Long> kept = new TreeSet<>();
    for (long version = 1; version <= 64; version++) {
      kept.add(version);
      SnapshotRetention.dropped(kept).forEach(kept::remove);
    }
    assertThat(kept).hasSizeBetween(6, 15).contains(64L, 63L);
    assertThat(kept.first()).as("the oldest half has one at most").isGreaterThan(16);
  }
}
