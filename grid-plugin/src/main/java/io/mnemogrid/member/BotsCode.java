package io.mnemogrid.member;

import io.mnemogrid.GridListener;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.replica.Replicas;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * The part that runs the code of bots: their listeners, and what they do after a commit or when a
 * version is final.
 */
final class BotsCode {
  private static final Duration LAST_TASKS = Duration.ofMillis(500);

  private final List<Listening> listeners = new CopyOnWriteArrayList<>();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final FinalityWaits finals;

  /**
   * The code of this process's bots.
   *
   * @param find reads the manifest of a checkpoint whose news was lost
   * @param source who says what is final
   */
  BotsCode(
      Replicas replicas,
      Subscriptions news,
      LongFunction<Optional<Manifest>> find,
      Supplier<? extends FinalityWaits.Source> source) {
    this.finals = new FinalityWaits(source, executor, FinalityWaits.EVERY);
    replicas.listen(head -> listeners.forEach(listener -> listener.advanced(head)));
    replicas.listenForOthers(space -> listeners.forEach(listener -> listener.heard(space)));
    replicas.listenForTheGone(space -> listeners.forEach(listener -> listener.gone(space)));
    Finality finality =
        new Finality(
            find,
            executor,
            (space, version) -> {
              finals.heard(space, version);
              listeners.forEach(listener -> listener.finalized(space, version));
            });
    news.hear(News.Final.class, finality::heard);
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("the bot's code").closes(this::close);
  }

  /** Runs each task on a thread of its own; for tasks that may block. */
  ExecutorService executor() {
    return executor;
  }

  /** Who waits for versions to become final. */
  FinalityWaits finals() {
    return finals;
  }

  void listen(GridListener listener) {
    listeners.add(new Listening(listener));
  }

  void checkpointed(CheckpointEvent event) {
    listeners.forEach(listener -> listener.checkpointed(event));
  }

  /**
   * Ends. A bot's code that follows a commit may take for ever, so it is waited for only a moment.
   */
  private void close() {
    listeners.forEach(Listening::close);
    finals.close();
    executor.shutdown();
    try {
      if (!executor.awaitTermination(LAST_TASKS.toMillis(), TimeUnit.MILLISECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
