package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.io.Serializable;
import java.nio.ByteBuffer;

/** What a checkpoint says of one space: an entry of the forest (FORMATS §6). */
public record Head(SpaceName space, long version, Hash stateRoot, Hash logRoot)
    implements Trie.Entry, Serializable {
  /** Length of the payload in bytes. */
  public static final int PAYLOAD_BYTES = 72;

  public Head {
    if (version < 1) {
      throw new IllegalArgumentException("a space is in the forest from version 1 on");
    }
  }

  /** version (8 bytes) ‖ state root ‖ log root. */
  public byte[] payload() {
    return ByteBuffer.allocate(PAYLOAD_BYTES)
        .putLong(version)
        .put(stateRoot.toBytes())
        .put(logRoot.toBytes())
        .array();
  }

  @Override
  public Hash key() {
    return Hash.sha256(space.text());
  }

  @Override
  public Hash payloadHash() {
    return Hash.sha256(payload());
  }
}
