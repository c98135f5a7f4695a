package io.mnemogrid.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A turn that has ended; what it set is durable. */
public final class Turned {
  private final Space space;
  private final Summary seen;
  private final Optional<Committed> committed;

  Turned(Space space, Summary seen, Optional<Committed> committed) {
    this.space = space;
    this.seen = seen;
    this.committed = committed;
  }

  /** What it saw. */
  public Summary seen() {
    return seen;
  }

  /** What became of its delta; empty where it set nothing. */
  public Optional<Committed> committed() {
    return committed;
  }

  /** The version that it made, or where it set nothing the one that it saw. */
  public long version() {
    return committed.map(Committed::version).orElse(seen.version());
  }

  /** Completes when {@link #version} is final. Nobody has to wait for it. */
  public CompletableFuture<Finality> finality() {
    return space.whenFinal(version());
  }
}
