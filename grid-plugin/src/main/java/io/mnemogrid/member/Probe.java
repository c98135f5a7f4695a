package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Asks a part for its health when the part may fail or not answer. A part that does not answer in
 * {@link #PATIENCE} counts as down.
 */
record Probe(Executor executor) {
  private static final Duration PATIENCE = Duration.ofMillis(1500);

  GridHealth.Part ask(String name, Callable<GridHealth.Part> part) {
    try {
      return CompletableFuture.supplyAsync(
              () -> {
                try {
                  return part.call();
                } catch (Exception e) {
                  return down(name, String.valueOf(e.getMessage()));
                }
              },
              executor)
          .completeOnTimeout(
              down(name, "does not answer"), PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .join();
    } catch (RuntimeException e) {
      return down(name, String.valueOf(e.getMessage()));
    }
  }

  private static GridHealth.Part down(String name, String why) {
    return new GridHealth.Part(name, GridHealth.Status.DOWN, why);
  }
}
