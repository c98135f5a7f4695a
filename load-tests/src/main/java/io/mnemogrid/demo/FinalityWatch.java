package io.mnemogrid.demo;

import io.mnemogrid.Finality;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * How a bot waits for its version to be final, as the draft says: it asks at once and then every
 * {@link #EVERY}. After {@link #LIMIT} it goes on as if the version were final, and learns later
 * when it is. It never blocks the bot's own work.
 *
 * <p>It learns that by asking on, so a lost notice costs one interval and nothing else.
 */
final class FinalityWatch {
  static final Duration EVERY = Duration.ofSeconds(5);
  static final Duration LIMIT = Duration.ofSeconds(30);

  /** What this watch reports to the bot. */
  sealed interface News {
    /** Not final yet. */
    record Asked(Finality finality, int times) implements News {}

    /** Not final within the limit; the bot goes on as if it were. */
    record WentOn(Finality finality) implements News {}

    /** Final; {@code late} when the bot had gone on before. Nothing follows. */
    record Final(Finality finality, int times, boolean late) implements News {}
  }

  private final Supplier<Finality> ask;
  private final Consumer<News> tell;
  private final ScheduledExecutorService clock;
  private int times;

  private FinalityWatch(
      Supplier<Finality> ask, Consumer<News> tell, ScheduledExecutorService clock) {
    this.ask = ask;
    this.tell = tell;
    this.clock = clock;
  }

  /** Begins to ask on a thread of {@code clock}. */
  static void begin(Supplier<Finality> ask, Consumer<News> tell, ScheduledExecutorService clock) {
    clock.execute(new FinalityWatch(ask, tell, clock)::once);
  }

  private void once() {
    Finality finality = ask.get();
    times++;
    long asksInLimit = LIMIT.dividedBy(EVERY);
    if (finality.isFinal()) {
      tell.accept(new News.Final(finality, times, times > asksInLimit + 1));
      return;
    }
    tell.accept(
        times == asksInLimit + 1 ? new News.WentOn(finality) : new News.Asked(finality, times));
    clock.schedule(this::once, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }
}
