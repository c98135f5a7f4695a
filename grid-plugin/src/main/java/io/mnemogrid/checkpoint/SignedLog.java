package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.Function;

/**
 * The size and root of a space's log, signed so that the tooling of transparency logs can follow
 * it: a checkpoint as of c2sp.org/tlog-checkpoint in a note as of c2sp.org/signed-note (Ed25519).
 *
 * @param note the text: origin, size, root, an empty line, the signature's line
 * @param verifierKey {@code origin+hash+key}, by which tooling knows the signer
 */
public record SignedLog(String note, String verifierKey) implements Serializable {
  private static final byte ED25519 = 0x01;
  private static final int KEY_HASH_BYTES = 4;

  /** The origin of a space's log, which is also the name of the key. */
  public static String origin(SpaceName space) {
    return "mnemogrid/" + space.text();
  }

  /**
   * The head's log, signed.
   *
   * @param publicKey 32 bytes
   * @param sign makes the Ed25519 signature, 64 bytes, of a text's UTF-8
   */
  public static SignedLog of(Head head, byte[] publicKey, Function<String, byte[]> sign) {
    String origin = origin(head.space());
    Base64.Encoder base64 = Base64.getEncoder();
    String text =
        origin
            + "\n"
            + head.version()
            + "\n"
            + base64.encodeToString(head.logRoot().toBytes())
            + "\n";
    byte[] key = ByteBuffer.allocate(1 + publicKey.length).put(ED25519).put(publicKey).array();
    byte[] name = (origin + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] keyHash =
        Arrays.copyOf(
            Hash.sha256(ByteBuffer.allocate(name.length + key.length).put(name).put(key).array())
                .toBytes(),
            KEY_HASH_BYTES);
    byte[] signature = sign.apply(text);
    byte[] signed =
        ByteBuffer.allocate(KEY_HASH_BYTES + signature.length).put(keyHash).put(signature).array();
    return new SignedLog(
        text + "\n\u2014 " + origin + " " + base64.encodeToString(signed) + "\n",
        origin + "+" + HexFormat.of().formatHex(keyHash) + "+" + base64.encodeToString(key));
  }
}
