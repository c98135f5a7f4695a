package io.mnemogrid.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** What an author signs of a delta, and whether it did (docs/authors.md). */
final class AuthorSignature {
  static final int BYTES = 64;

  private static final byte[] PREFIX = "mnemogrid-delta-1\0".getBytes(StandardCharsets.UTF_8);
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final Pattern GRID = Pattern.compile("[0-9a-f]{32}");

  private AuthorSignature() {}

  /** Whether a text is the id of a grid. */
  static boolean isGrid(String text) {
    return GRID.matcher(text).matches();
  }

  /** Refuses what is no id of a grid. */
  static String checkedGrid(String grid) {
    if (!isGrid(grid)) {
      throw new IllegalArgumentException("a grid id has 32 hex digits, lower case");
    }
    return grid;
  }

  /**
   * What is signed, 98 bytes.
   *
   * @param request the canonical text of the delta without its signature
   */
  static byte[] message(String grid, String space, String request) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(PREFIX);
    message.writeBytes(HexFormat.of().parseHex(checkedGrid(grid)));
    message.writeBytes(Hash.sha256(space.getBytes(StandardCharsets.UTF_8)).bytes());
    message.writeBytes(Hash.sha256(request.getBytes(StandardCharsets.UTF_8)).bytes());
    return message.toByteArray();
  }

  /**
   * Whether a key signed a request for that space of that grid.
   *
   * @throws IllegalArgumentException for a key, signature or grid of another spelling
   */
  static boolean holds(String key, String signature, String grid, String space, String request) {
    byte[] point = decode(key, EdwardsPoint.BYTES, "a key");
    byte[] value = decode(signature, BYTES, "a signature");
    return verifies(point, message(grid, space, request), value);
  }

  /**
   * Whether a signature is a key's: S below the order of the group, key and R in their one
   * spelling, a key of the full prime order, the equation without the cofactor. The JDK checks S
   * and the equation.
   */
  static boolean verifies(byte[] key, byte[] message, byte[] signature) {
    byte[] first = Arrays.copyOf(signature, EdwardsPoint.BYTES);
    if (EdwardsPoint.decode(key).filter(EdwardsPoint::hasPrimeOrder).isEmpty()
        || EdwardsPoint.decode(first).isEmpty()) {
      return false;
    }
    byte[] x509 = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + key.length);
    System.arraycopy(key, 0, x509, X509_PREFIX.length, key.length);
    Signature check;
    try {
      check = Signature.getInstance("Ed25519");
      check.initVerify(
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509)));
      check.update(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no Ed25519, which is in Java 15 and later", e);
    }
    try {
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      return false; // so the JDK says that S is too large
    }
  }

  /** Unpadded base64url. */
  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The bytes of unpadded base64url.
   *
   * @throws IllegalArgumentException when it is not the one spelling of {@code length} bytes
   */
  static byte[] decode(String text, int length, String what) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    if (bytes.length != length || !encode(bytes).equals(text)) {
      throw new IllegalArgumentException(
          what + " is unpadded base64url of " + length + " bytes (RFC 4648, section 5)");
    }
    return bytes;
  }
}
