package io.mnemogrid;

import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Delta;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A turn that has ended. Safe for all threads. */
public final class Turned {
  private final Space space;
  private final Summary seen;
  private final @Nullable Delta delta;
  private final @Nullable CommitResult result;

  Turned(Space space, Summary seen, @Nullable Delta delta, @Nullable CommitResult result) {
    this.space = space;
    this.seen = seen;
    this.delta = delta;
    this.result = result;
  }

  /** What it saw. */
  public Summary seen() {
    return seen;
  }

  /** What it set; empty where it set nothing. */
  public Optional<Delta> delta() {
    return Optional.ofNullable(delta);
  }

  /**
   * What became of its delta; empty where it set nothing. After {@link CommitResult.NotApplied} and
   * {@link CommitResult.Unknown} the same {@link #delta} may be committed later, any number of
   * times: it is applied once.
   */
  public Optional<CommitResult> result() {
    return Optional.ofNullable(result);
  }

  /** What it committed; empty where it set nothing, or {@link #result} is another one. */
  public Optional<CommitResult.Committed> committed() {
    return result instanceof CommitResult.Committed done ? Optional.of(done) : Optional.empty();
  }

  /** The version that it made, or where it made none the one that it saw. */
  public long version() {
    return committed().map(CommitResult.Committed::version).orElse(seen.version());
  }

  /**
   * A sentence with the size for each summary of over 2,000 characters that was read, or set whole.
   */
  public List<String> warnings() {
    return Stream.concat(seen.warning().stream(), written().stream()).toList();
  }

  private Optional<String> written() {
    if (!(delta instanceof Delta.Edit edit)) {
      return Optional.empty();
    }
    return edit.changes().stream()
        .filter(change -> change.path().equals(Summary.SUMMARY))
        .flatMap(change ->
            change instanceof Change.Put put
                ? Summary.warning("set", put.value()).stream()
                : Stream.empty())
        .findFirst();
  }

  /**
   * As {@link Space#whenFinal} of {@link #version}. Nobody has to wait for it. Where its delta was
   * not committed it fails at once with an {@link IllegalStateException}, which has the result.
   */
  public CompletableFuture<Finality> finality() {
    if (result == null || result instanceof CommitResult.Committed) {
      return space.whenFinal(version());
    }
    return CompletableFuture.failedFuture(
        new IllegalStateException("the turn made no version that could become final: " + result));
  }
}
