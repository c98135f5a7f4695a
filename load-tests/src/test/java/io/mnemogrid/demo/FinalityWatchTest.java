package io.mnemogrid.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.Finality;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@NullMarked
class FinalityWatchTest {
  /** Runs what is scheduled when the test says so; counts the time that would have passed. */
  private static final class ManualClock extends ScheduledThreadPoolExecutor {
    private @Nullable Runnable next;
    private long delayMillis;
    private long nowMillis;

    ManualClock() {
      super(1);
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    @SuppressWarnings("NullAway") // the watch never cancels, so nobody asks for the future
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      next = task;
      delayMillis = unit.toMillis(delay);
      return null;
    }

    boolean pass() {
      Runnable task = next;
      next = null;
      if (task == null) {
        return false;
      }
      nowMillis += delayMillis;
      task.run();
      return true;
    }
  }

  private static List<String> watch(long finalAtMillis) {
    List<String> told = new ArrayList<>();
    try (ManualClock clock = new ManualClock()) {
      FinalityWatch.begin(
          () ->
              clock.nowMillis >= finalAtMillis
                  ? new Finality(Status.FINALIZED, 3, "0x1")
                  : new Finality(Status.SENT, 3, "0x1"),
          news ->
              told.add(
                  clock.nowMillis / 1000
                      + " "
                      + switch (news) {
                        case FinalityWatch.News.Asked _ -> "asked";
                        case FinalityWatch.News.WentOn _ -> "went on";
                        case FinalityWatch.News.Final done -> done.late() ? "late" : "final";
                      }),
          clock);
      while (clock.pass()) {
        // until the watch schedules nothing more
      }
    }
    return told;
  }

  @Test
  void asksAtOnceAndEveryFiveSeconds() {
    assertThat(watch(0)).containsExactly("0 final");
    assertThat(watch(12_000)).containsExactly("0 asked", "5 asked", "10 asked", "15 final");
  }

  @Test
  void isInTimeAtTheLimit() {
    assertThat(watch(30_000)).endsWith("25 asked", "30 final");
  }

  @Test
  void goesOnAfterThirtySecondsAndIsToldLater() {
    assertThat(watch(41_000)).endsWith("25 asked", "30 went on", "35 asked", "40 asked", "45 late");
  }
}
