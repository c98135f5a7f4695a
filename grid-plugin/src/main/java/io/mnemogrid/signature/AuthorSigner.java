package io.mnemogrid.signature;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * The private key of an author. It never travels: what it signed does. Its text form is PKCS #8 in
 * PEM, as {@code openssl genpkey -algorithm ed25519} writes it.
 */
public final class AuthorSigner {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  /** What stands before the 32 bytes (RFC 8410 §7). */
  private static final byte[] PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

  private final byte[] seed;
  private final byte[] point;
  private final AuthorKey key;

  private AuthorSigner(byte[] seed) {
    this.seed = seed;
    this.point = new byte[Ed25519.PUBLIC_KEY_SIZE];
    Ed25519.generatePublicKey(seed, 0, point, 0);
    this.key = AuthorKey.of(point);
  }

  /** A new key, of the platform's secure random numbers. */
  public static AuthorSigner create() {
    byte[] seed = new byte[Ed25519.SECRET_KEY_SIZE];
    new SecureRandom().nextBytes(seed);
    return new AuthorSigner(seed);
  }

  /**
   * The key with this seed (RFC 8032 §5.1.5).
   *
   * @param seed 32 bytes, which are copied
   */
  public static AuthorSigner ofSeed(byte[] seed) {
    if (seed.length != Ed25519.SECRET_KEY_SIZE) {
      throw new IllegalArgumentException("a private key has 32 bytes, got " + seed.length);
    }
    return new AuthorSigner(seed.clone());
  }

  /**
   * Reads PEM.
   *
   * @throws IllegalArgumentException when it is no unencrypted Ed25519 key in PKCS #8; its text is
   *     not repeated
   */
  public static AuthorSigner parsePem(String pem) {
    int from = pem.indexOf(BEGIN);
    int to = pem.indexOf(END);
    if (from >= 0 && to > from) {
      try {
        byte[] der = Base64.getMimeDecoder().decode(pem.substring(from + BEGIN.length(), to));
        if (der.length == PREFIX.length + Ed25519.SECRET_KEY_SIZE
            && Arrays.equals(der, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
          return new AuthorSigner(Arrays.copyOfRange(der, PREFIX.length, der.length));
        }
      } catch (IllegalArgumentException e) {
        // the refusal below does not repeat the key
      }
    }
    throw new IllegalArgumentException(
        "an author's private key is Ed25519 in PKCS #8 PEM, without a password: ./mnemogrid authors"
            + " new-key makes one");
  }

  /** The private key in PEM. */
  public String toPem() {
    byte[] der = Arrays.copyOf(PREFIX, PREFIX.length + seed.length);
    System.arraycopy(seed, 0, der, PREFIX.length, seed.length);
    return BEGIN + "\n" + Base64.getEncoder().encodeToString(der) + "\n" + END + "\n";
  }

  /** Its public half. */
  public AuthorKey key() {
    return key;
  }

  /** Signs the request with that hash for that space of that grid. Some 30 µs. */
  public AuthorSignature sign(GridId grid, SpaceName space, Hash request) {
    byte[] message = AuthorSignature.message(grid, space, request);
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    Ed25519.sign(seed, 0, point, 0, message, 0, message.length, signature, 0);
    return new AuthorSignature(key, Base64Url.encode(signature));
  }

  /** The public half alone. */
  @Override
  public String toString() {
    return "signer " + key;
  }
}
