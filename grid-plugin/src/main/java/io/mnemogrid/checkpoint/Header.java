package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.io.Serializable;
import java.nio.ByteBuffer;

/** The 105 bytes whose SHA-256 goes on the chain (FORMATS §6). */
public record Header(long number, Hash previous, Hash forestRoot, Hash manifestDigest)
    implements Serializable {
  /** Length in bytes. */
  public static final int BYTES = 105;

  private static final byte PREFIX = 0x02;

  public Header {
    if (number < 1) {
      throw new IllegalArgumentException("checkpoints are numbered from 1, got " + number);
    }
  }

  /** Reads a header; refuses any length but 105 and any prefix but 0x02. */
  public static Header parse(byte[] bytes) {
    if (bytes.length != BYTES || bytes[0] != PREFIX) {
      throw new IllegalArgumentException("a header has 105 bytes and begins with 0x02");
    }
    return new Header(
        ByteBuffer.wrap(bytes, 1, 8).getLong(),
        Hash.at(bytes, 9),
        Hash.at(bytes, 41),
        Hash.at(bytes, 73));
  }

  /** 0x02 ‖ number ‖ previous checkpoint hash ‖ forest root ‖ manifest digest. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(BYTES)
        .put(PREFIX)
        .putLong(number)
        .put(previous.toBytes())
        .put(forestRoot.toBytes())
        .put(manifestDigest.toBytes())
        .array();
  }

  /** The checkpoint hash. */
  public Hash hash() {
    return Hash.sha256(toBytes());
  }
}
