package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import org.jspecify.annotations.Nullable;

/**
 * Looks once at all blobs of a store and drops those of no checkpoint. An older store has many of
 * them: it kept documents as blobs, which now come from the log. One thread uses it.
 */
public final class BlobPruning {
  private final BlobStore blobs;
  private @Nullable Hash seen = Hash.ZERO; // null once all were looked at

  /** A look at all of {@code blobs}. */
  public BlobPruning(BlobStore blobs) {
    this.blobs = blobs;
  }

  /** Looks at a bounded number of blobs; does nothing once all were looked at. */
  public void step() {
    if (seen != null) {
      seen = blobs.dropUnnamed(seen).orElse(null);
    }
  }
}
