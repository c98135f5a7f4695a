package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit trail of a member with a store. One thread writes what was recorded, twice a second,
 * and forgets what is too old; another names the head, since a commit may take long.
 */
final class TrailPart {
  private static final Logger LOG = LoggerFactory.getLogger(TrailPart.class);
  private static final Duration EVERY = Duration.ofMillis(500);
  private static final Duration FORGETS_EVERY = Duration.ofMinutes(10);

  private final MemberTrail trail;
  private final TrailKeeper keeper;
  private final Duration namesEvery;
  private final ScheduledExecutorService writer = thread("mnemogrid-trail");
  private final ScheduledExecutorService namer = thread("mnemogrid-trail-head");
  private volatile boolean open = true;

  /**
   * The part.
   *
   * @param namesEvery how often a new head is named at most
   */
  TrailPart(MemberTrail trail, TrailKeeper keeper, Duration namesEvery) {
    this.trail = trail;
    this.keeper = keeper;
    this.namesEvery = namesEvery.compareTo(EVERY) < 0 ? EVERY : namesEvery;
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name(name).factory());
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("the audit trail")
        .opens(this::start)
        .drains(this::end)
        .tells(this::health);
  }

  private void start() {
    every(writer, EVERY, trail::write);
    every(writer, FORGETS_EVERY, () -> keeper.forget(trail::write));
    every(namer, namesEvery, keeper::name);
  }

  private void every(ScheduledExecutorService thread, Duration pace, Runnable step) {
    thread.scheduleWithFixedDelay(
        () -> {
          try {
            step.run();
          } catch (Throwable e) { // a thread's border
            if (open) {
              LOG.debug("the audit trail goes on later", e);
            }
          }
        },
        pace.toMillis(),
        pace.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** Writes what is left, and waits for that up to two seconds. */
  private void end() {
    open = false;
    namer.shutdownNow();
    writer.shutdown();
    try {
      writer.awaitTermination(1, TimeUnit.SECONDS);
      writer.shutdownNow();
      if (writer.awaitTermination(1, TimeUnit.SECONDS)) {
        trail.write();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<GridHealth.Part> health() {
    if (!trail.isUsed()) {
      return List.of();
    }
    return List.of(
        keeper
            .trouble()
            .map(why -> new GridHealth.Part("trail", GridHealth.Status.DEGRADED, why))
            .orElseGet(trail::health));
  }
}
