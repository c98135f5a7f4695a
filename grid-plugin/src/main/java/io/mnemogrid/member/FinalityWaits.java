package io.mnemogrid.member;

import io.mnemogrid.Finality;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits of this process for versions to become final. It asks about a version when somebody begins
 * to wait and when news of a checkpoint covers it. For news that was lost, and for a store that was
 * away, it also asks at long intervals, once for each space in which somebody waits. Safe for all
 * threads.
 */
final class FinalityWaits {
  /** How long a version whose news was lost counts as not final. */
  static final Duration EVERY = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(FinalityWaits.class);

  /** Who knows; both block, and may throw {@link LogUnavailable}. */
  interface Source {
    Finality finality(SpaceName space, long version);

    long finalizedVersion(SpaceName space);
  }

  private final Supplier<? extends Source> source;
  private final Executor executor;
  private final Duration every;

  /** By space and version, none of them empty; each space in it is asked about. Guarded by this. */
  private final Map<SpaceName, TreeMap<Long, CompletableFuture<Finality>>> waiting =
      new HashMap<>();

  /** Spaces about which it asks later. Guarded by this. */
  private final Set<SpaceName> asked = new HashSet<>();

  private boolean closed; // guarded by this

  /**
   * A watch on which nobody waits yet.
   *
   * @param executor runs what blocks, and what follows a wait, each on a thread of its own
   * @param every how often it asks besides
   */
  FinalityWaits(Supplier<? extends Source> source, Executor executor, Duration every) {
    this.source = source;
    this.executor = executor;
    this.every = every;
  }

  /** Completes when a version is final. Does not block. */
  CompletableFuture<Finality> await(SpaceName space, long version) {
    CompletableFuture<Finality> wait;
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(ended());
      }
      wait =
          waiting
              .computeIfAbsent(space, _ -> new TreeMap<>())
              .computeIfAbsent(version, _ -> new CompletableFuture<>());
      if (asked.add(space)) {
        askLater(space);
      }
    }
    run(() -> ask(space, version));
    return wait.copy(); // so that nobody who cancels it ends the wait of others
  }

  /** All versions of a space up to this one are final. Does not block. */
  void heard(SpaceName space, long upTo) {
    for (long version : waitedFor(space, upTo)) {
      run(() -> ask(space, version));
    }
  }

  private synchronized List<Long> waitedFor(SpaceName space, long upTo) {
    TreeMap<Long, CompletableFuture<Finality>> here = waiting.get(space);
    return here == null ? List.of() : List.copyOf(here.headMap(upTo, true).keySet());
  }

  private void ask(SpaceName space, long version) {
    try {
      Finality finality = source.get().finality(space, version);
      if (finality.isFinal()) {
        done(space, version).complete(finality);
      }
    } catch (LogUnavailable e) {
      LOG.debug("asked again about version {} of {}: {}", version, space, e.getMessage());
    } catch (RuntimeException e) { // asking again does not mend it
      done(space, version).completeExceptionally(e);
    }
  }

  /** Ends a wait; what is returned is nobody's where it had ended before. */
  private synchronized CompletableFuture<Finality> done(SpaceName space, long version) {
    TreeMap<Long, CompletableFuture<Finality>> here = waiting.get(space);
    CompletableFuture<Finality> wait = here == null ? null : here.remove(version);
    if (here != null && here.isEmpty()) {
      waiting.remove(space);
    }
    return wait == null ? new CompletableFuture<>() : wait;
  }

  private void askLater(SpaceName space) {
    CompletableFuture.delayedExecutor(every.toMillis(), TimeUnit.MILLISECONDS, this::run)
        .execute(() -> askBesides(space));
  }

  private void askBesides(SpaceName space) {
    try {
      heard(space, source.get().finalizedVersion(space));
    } catch (LogUnavailable e) {
      LOG.debug("asked again what is final of {}: {}", space, e.getMessage());
    } catch (RuntimeException e) { // a thread's border
      LOG.warn("what is final of {} could not be asked; it is asked again", space, e);
    }
    synchronized (this) {
      if (waiting.containsKey(space)) {
        askLater(space);
      } else {
        asked.remove(space);
      }
    }
  }

  private void run(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("this member closes", e);
    }
  }

  /** Fails all waits, on threads of the executor. */
  void close() {
    List<CompletableFuture<Finality>> all;
    synchronized (this) {
      closed = true;
      all = waiting.values().stream().flatMap(here -> here.values().stream()).toList();
      waiting.clear();
    }
    all.forEach(wait -> run(() -> wait.completeExceptionally(ended())));
  }

  private static IllegalStateException ended() {
    return new IllegalStateException("this member was closed before the version was final");
  }
}
