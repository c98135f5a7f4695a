package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.io.Serializable;

/** A header with its manifest; both are written once and never change. */
public record Checkpoint(Header header, Manifest manifest) implements Serializable {
  public Checkpoint {
    if (header.number() != manifest.number()
        || !header.previous().equals(manifest.previous())
        || !header.manifestDigest().equals(manifest.digest())) {
      throw new IllegalArgumentException("header and manifest are of two checkpoints");
    }
  }

  /** 1, 2, 3, … without a gap. */
  public long number() {
    return header.number();
  }

  /** The hash that goes on the chain. */
  public Hash hash() {
    return header.hash();
  }

  /** The content address of the header, which is the hash in another spelling. */
  public ContentAddress pointer() {
    return new ContentAddress(hash());
  }
}
