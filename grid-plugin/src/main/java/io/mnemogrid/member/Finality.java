package io.mnemogrid.member;

import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process was told of final checkpoints. Checkpoints become final in the order of their
 * numbers. So a number that is not the next one shows that news was lost: the checkpoints between
 * are read, at most {@link Manifest#FULL_EVERY} of them, for every hundredth lists all spaces. Of
 * each space the versions are passed on in rising order. Safe for all threads.
 */
final class Finality {
  private static final Logger LOG = LoggerFactory.getLogger(Finality.class);

  private final LongFunction<Optional<Manifest>> find;
  private final Executor executor;
  private final ObjLongConsumer<SpaceName> tell;
  private final Map<SpaceName, Long> told = new ConcurrentHashMap<>();
  private final AtomicBoolean reading = new AtomicBoolean();
  private @Nullable Long newest; // all checkpoints up to it are told; guarded by this

  /**
   * Passes what became final on to {@code tell}, which must return quickly.
   *
   * @param find reads the manifest of a checkpoint; may block and throw {@link LogUnavailable}
   * @param executor runs tasks that may block
   */
  Finality(
      LongFunction<Optional<Manifest>> find, Executor executor, ObjLongConsumer<SpaceName> tell) {
    this.find = find;
    this.executor = executor;
    this.tell = tell;
  }

  /** Takes news of a checkpoint, which may have been taken before. Returns at once. */
  void heard(News.Final news) {
    if (isTold(news.checkpoint())) {
      return;
    }
    if (!news.versions().isEmpty() && isNext(news.checkpoint())) {
      news.versions().forEach(this::tell);
      told(news.checkpoint());
    } else if (reading.compareAndSet(false, true)) {
      try {
        executor.execute(() -> read(news.checkpoint()));
      } catch (RejectedExecutionException e) {
        LOG.debug("this member closes", e);
      }
    } // else the news is said again
  }

  private synchronized boolean isTold(long checkpoint) {
    return newest != null && checkpoint <= newest;
  }

  private synchronized boolean isNext(long checkpoint) {
    return newest == null || checkpoint == newest + 1;
  }

  private synchronized void told(long checkpoint) {
    newest = newest == null ? checkpoint : Math.max(newest, checkpoint);
  }

  /** The first checkpoint to read: what a process was never told of begins with the newest. */
  private synchronized long first(long last) {
    return newest == null ? last : Math.max(newest + 1, last - last % Manifest.FULL_EVERY);
  }

  private void read(long last) {
    try {
      for (long number = first(last); number <= last; number++) {
        find.apply(number)
            .ifPresent(manifest ->
                manifest
                    .spaces()
                    .forEach(entry -> tell(entry.head().space(), entry.head().version())));
        told(number);
      }
    } catch (LogUnavailable e) {
      LOG.debug("a final checkpoint is read when it is said again: {}", e.getMessage());
    } catch (RuntimeException | Error e) { // a thread's border
      LOG.warn("a final checkpoint could not be read; it is read when it is said again", e);
    } finally {
      reading.set(false);
    }
  }

  private void tell(SpaceName space, long version) {
    told.compute(
        space,
        (_, before) -> {
          if (before != null && before >= version) {
            return before;
          }
          tell.accept(space, version);
          return version;
        });
  }
}
