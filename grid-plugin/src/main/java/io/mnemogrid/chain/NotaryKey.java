package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The notary's Ed25519 key pair (RFC 8032) in two PEM files: {@code notary.key} (PKCS #8, mode 600)
 * and {@code notary.pub} (X.509), which is all that a verifier needs.
 */
final class NotaryKey {
  private static final String ALGORITHM = "Ed25519";
  private static final String PRIVATE_FILE = "notary.key";
  private static final String PUBLIC_FILE = "notary.pub";
  private static final String PRIVATE_LABEL = "PRIVATE KEY";
  private static final String PUBLIC_LABEL = "PUBLIC KEY";
  private static final int RAW_BYTES = 32;
  private static final int ADDRESS_DIGITS = 40;

  /** What stands before the 32 bytes in X.509 (RFC 8410 §4). */
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private final @Nullable PrivateKey privateKey;
  private final PublicKey publicKey;

  private NotaryKey(@Nullable PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** Whether the folder holds a key pair. */
  static boolean existsIn(Path folder) {
    // The private file is written last.
    return Files.exists(folder.resolve(PRIVATE_FILE));
  }

  /** The public half alone, which verifies and cannot sign; refuses what is no 32 bytes of hex. */
  static NotaryKey ofPublic(String hex) {
    if (!hex.matches("[0-9a-fA-F]{64}")) {
      throw new IllegalArgumentException("a notary's key has 64 hex digits, not '" + hex + "'");
    }
    try {
      byte[] raw = HexFormat.of().parseHex(hex);
      byte[] encoded =
          ByteBuffer.allocate(X509_PREFIX.length + RAW_BYTES).put(X509_PREFIX).put(raw).array();
      return new NotaryKey(
          null, KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded)));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("no Ed25519 key: " + hex, e);
    }
  }

  /** Makes a pair and writes it, durable when this returns. */
  static NotaryKey create(Path folder) throws IOException {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      write(folder, PUBLIC_FILE, pem(PUBLIC_LABEL, pair.getPublic().getEncoded()), "rw-r--r--");
      write(folder, PRIVATE_FILE, pem(PRIVATE_LABEL, pair.getPrivate().getEncoded()), "rw-------");
      return new NotaryKey(pair.getPrivate(), pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform since 15 has Ed25519", e);
    }
  }

  /** Reads the pair; stops when a file is unreadable or the two are not one pair. */
  static NotaryKey read(Path folder) throws IOException {
    try {
      KeyFactory factory = KeyFactory.getInstance(ALGORITHM);
      NotaryKey key =
          new NotaryKey(
              factory.generatePrivate(
                  new PKCS8EncodedKeySpec(bytes(folder.resolve(PRIVATE_FILE), PRIVATE_LABEL))),
              factory.generatePublic(
                  new X509EncodedKeySpec(bytes(folder.resolve(PUBLIC_FILE), PUBLIC_LABEL))));
      if (!key.verifies("pair", key.sign("pair"))) {
        throw new IllegalStateException(
            PRIVATE_FILE + " and " + PUBLIC_FILE + " in " + folder + " are not one pair");
      }
      return key;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the notary's key in " + folder + " cannot be read", e);
    }
  }

  private static String pem(String label, byte[] bytes) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
        + "\n-----END "
        + label
        + "-----\n";
  }

  private static byte[] bytes(Path file, String label) throws IOException {
    String text =
        Files.readString(file, StandardCharsets.US_ASCII)
            .replace("-----BEGIN " + label + "-----", "")
            .replace("-----END " + label + "-----", "");
    try {
      return Base64.getMimeDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(file + " is not a PEM file of a " + label, e);
    }
  }

  /** Writes a file whole or not at all, whatever crashes. */
  static void write(Path folder, String name, String text, String mode) throws IOException {
    Path draft = folder.resolve(name + ".new");
    Files.deleteIfExists(draft);
    try (FileChannel channel =
        FileChannel.open(
            draft,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)))) {
      ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    syncFolder(folder);
  }

  /** Makes the names in a folder durable. */
  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private byte[] rawPublic() {
    byte[] encoded = publicKey.getEncoded();
    return Arrays.copyOfRange(encoded, encoded.length - RAW_BYTES, encoded.length);
  }

  /** The 32 bytes of the public key, 64 hex digits. */
  String publicHex() {
    return HexFormat.of().formatHex(rawPublic());
  }

  /** The first 20 bytes of SHA-256 of the public key. */
  Address address() {
    return new Address(
        Hash.sha256(rawPublic()).toString().substring(0, "0x".length() + ADDRESS_DIGITS));
  }

  /** The signature over the UTF-8 bytes, 128 hex digits. */
  String sign(String text) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(Objects.requireNonNull(privateKey, "the public half does not sign"));
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("an Ed25519 key signs everything", e);
    }
  }

  /** Whether {@code signature} is this key's over {@code text}; false also for what is no hex. */
  boolean verifies(String text, String signature) {
    try {
      Signature verifier = Signature.getInstance(ALGORITHM);
      verifier.initVerify(publicKey);
      verifier.update(text.getBytes(StandardCharsets.UTF_8));
      return verifier.verify(HexFormat.of().parseHex(signature));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false; // a signature of another length or form is none
    }
  }
}
