package io.mnemogrid.signature;

import io.mnemogrid.state.Recent;
import java.io.Serializable;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * The public key of an author (Ed25519, RFC 8032). A key of low order, or one that is not its own
 * canonical encoding, is none.
 *
 * @param text unpadded base64url of 32 bytes, 43 characters
 */
public record AuthorKey(String text) implements Serializable {
  /** How many bytes it has. */
  public static final int BYTES = Ed25519.PUBLIC_KEY_SIZE;

  /** How many bytes a signature of one has. */
  public static final int SIGNATURE_BYTES = Ed25519.SIGNATURE_SIZE;

  /** Checking that a key is one costs as much as checking a signature, so it is done once. */
  private static final Recent<Ed25519.PublicPoint> KNOWN = new Recent<>(1 << 12, AuthorKey::decode);

  public AuthorKey {
    point(text);
  }

  /** The key with these bytes. */
  static AuthorKey of(byte[] bytes) {
    return new AuthorKey(Base64Url.encode(bytes));
  }

  /** Its bytes, a fresh array. */
  public byte[] toBytes() {
    return Base64Url.decode(text, BYTES, "a key");
  }

  private static Ed25519.PublicPoint point(String text) {
    return KNOWN.get(text);
  }

  private static Ed25519.PublicPoint decode(String text) {
    byte[] bytes = Base64Url.decode(text, BYTES, "a key");
    Ed25519.PublicPoint point = Ed25519.validatePublicKeyFullExport(bytes, 0);
    if (point == null) {
      throw new IllegalArgumentException(
          "a key is an Ed25519 public key: a point of the curve in its one spelling, of full order");
    }
    return point;
  }

  /**
   * Whether a signature of a message is of this key: S below the order of the group, R in its one
   * spelling, the equation without the cofactor (RFC 8032 §5.1.7). Some 100 µs.
   *
   * @param signature 64 bytes
   */
  public boolean verifies(byte[] message, byte[] signature) {
    // The library checks the equation with the cofactor. It so takes an R with a part of low order,
    // which the equation without it refuses. The key has no such part.
    return Ed25519.verify(signature, 0, point(text), message, 0, message.length)
        && PrimeOrderGroup.contains(signature);
  }

  @Override
  public String toString() {
    return text;
  }
}
