package io.mnemogrid.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Gaps between events, whatever the order they were noted in. */
@NullMarked
class TimelineTest {
  private final Timeline timeline = new Timeline();

  private Duration gap(long from, long to) {
    return timeline.longestGap(from, to);
  }

  @Test
  void isTheWholeTimeWhenNothingHappened() {
    assertThat(gap(100, 400)).isEqualTo(Duration.ofNanos(300));
    timeline.add(50);
    timeline.add(450);
    assertThat(gap(100, 400)).isEqualTo(Duration.ofNanos(300));
  }

  @Test
  void countsBothEnds() {
    timeline.add(310);
    timeline.add(300);
    assertThat(gap(100, 400)).isEqualTo(Duration.ofNanos(200));
    assertThat(gap(290, 600)).isEqualTo(Duration.ofNanos(290));
    timeline.add(120);
    assertThat(gap(100, 400)).isEqualTo(Duration.ofNanos(180));
  }

  @Test
  void growsAsNeeded() {
    for (int i = 5000; i > 0; i--) {
      timeline.add(i * 10L);
    }
    assertThat(gap(10, 50_000)).isEqualTo(Duration.ofNanos(10));
    assertThat(gap(0, 50_007)).isEqualTo(Duration.ofNanos(10));
  }
}
