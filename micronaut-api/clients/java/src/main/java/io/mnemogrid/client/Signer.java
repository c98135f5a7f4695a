package io.mnemogrid.client;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The private key of an author, which signs what that author writes (docs/authors.md). Only what it
 * signed travels. Thread-safe.
 */
public final class Signer {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final int SEED_BYTES = 32;

  /** What stands before the 32 bytes (RFC 8410 §7). */
  private static final byte[] PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

  private final PrivateKey secret;
  private final String key;

  private Signer(byte[] seed) {
    byte[] der = Arrays.copyOf(PREFIX, PREFIX.length + SEED_BYTES);
    System.arraycopy(seed, 0, der, PREFIX.length, SEED_BYTES);
    try {
      secret = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(seed);
      BigInteger scalar = EdwardsPoint.number(Arrays.copyOf(digest, SEED_BYTES));
      for (int bit : new int[] {0, 1, 2, 255}) {
        scalar = scalar.clearBit(bit);
      }
      key = AuthorSignature.encode(EdwardsPoint.base(scalar.setBit(254)).encode());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no Ed25519, which is in Java 15 and later", e);
    }
  }

  /**
   * The key of 32 bytes (RFC 8032 §5.1.5), which are copied. Its public half is computed here, and
   * not in constant time; signing is the JDK's.
   *
   * @throws IllegalArgumentException when they are not 32
   */
  public static Signer ofSeed(byte[] seed) {
    if (seed.length != SEED_BYTES) {
      throw new IllegalArgumentException("a private key has 32 bytes, got " + seed.length);
    }
    return new Signer(seed.clone());
  }

  /**
   * Reads PEM, as {@code openssl genpkey -algorithm ed25519} writes it.
   *
   * @throws IllegalArgumentException when it is no Ed25519 key in PKCS #8 without a password; its
   *     text is not repeated
   */
  public static Signer ofPem(String pem) {
    int from = pem.indexOf(BEGIN);
    int to = pem.indexOf(END);
    if (from >= 0 && to > from) {
      try {
        byte[] der = Base64.getMimeDecoder().decode(pem.substring(from + BEGIN.length(), to));
        if (der.length == PREFIX.length + SEED_BYTES
            && Arrays.equals(der, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
          return new Signer(Arrays.copyOfRange(der, PREFIX.length, der.length));
        }
      } catch (IllegalArgumentException e) {
        // the refusal below does not repeat the key
      }
    }
    throw new IllegalArgumentException(
        "an author's private key is Ed25519 in PKCS #8 PEM, without a password");
  }

  /** The public key, 43 characters, as {@code POST /v1/authors} takes it. */
  public String key() {
    return key;
  }

  /** The signature of a request's canonical text, for that space of that grid; 86 characters. */
  String sign(String grid, String space, String request) {
    return AuthorSignature.encode(signBytes(AuthorSignature.message(grid, space, request)));
  }

  byte[] signBytes(byte[] message) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(secret);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot sign", e);
    }
  }

  /** The public half alone. */
  @Override
  public String toString() {
    return "signer " + key;
  }
}
