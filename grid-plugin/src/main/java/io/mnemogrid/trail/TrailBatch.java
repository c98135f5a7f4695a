package io.mnemogrid.trail;

import io.mnemogrid.state.CanonicalText;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * Entries that are written together and have no place in the chain yet. Its body is a text of
 * lines: the salt in hex digits, then for each entry a mark, a space, and the entry as canonical
 * JSON.
 *
 * <pre>
 * d(0) = SHA-256("mnemogrid-trail-1" ‖ 0x00 ‖ salt)
 * d(i) = SHA-256(d(i-1) ‖ canonical JSON of entry i)      mark(i) = first 16 hex digits of d(i)
 * digest = d(n)
 * </pre>
 *
 * The salt has 32 random bytes and goes with the body. So the digest of a body that is gone tells
 * nothing, not even to somebody who tries all addresses. The marks name the entry that was altered;
 * the digest is what proves it.
 *
 * @param entries how many
 * @param acts how many of them are no refusals
 * @param time of the newest entry
 * @param utf8 the body; nobody may change it
 */
@SuppressWarnings("ArrayRecordComponent") // on its way to the store, never compared
public record TrailBatch(int entries, int acts, Instant time, Hash digest, byte[] utf8) {
  /** Bytes of a salt. */
  public static final int SALT_BYTES = 32;

  static final int MARK = 16;
  private static final int TYPICAL_BYTES = 384;
  private static final byte[] FORMAT = "mnemogrid-trail-1\0".getBytes(StandardCharsets.US_ASCII);

  /**
   * A batch of at least one entry.
   *
   * @param salt 32 bytes of a cryptographic source, never used before
   */
  public static TrailBatch of(List<TrailLine> entries, Hash salt) {
    CanonicalText body = new CanonicalText(entries.size() * TYPICAL_BYTES);
    CanonicalText line = new CanonicalText(TYPICAL_BYTES);
    body.ascii(salt.toString().substring(2));
    Hash digest = first(salt);
    Instant newest = entries.getFirst().time();
    int acts = 0;
    for (TrailLine entry : entries) {
      line.clear();
      digest = line.raw(digest).raw(entry.utf8()).sha256();
      body.ascii("\n").ascii(mark(digest)).ascii(" ").raw(entry.utf8());
      newest = entry.time().isAfter(newest) ? entry.time() : newest;
      acts += entry.isRefusal() ? 0 : 1;
    }
    return new TrailBatch(entries.size(), acts, newest, digest, body.toBytes());
  }

  /** The lines. */
  public String body() {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  static Hash first(Hash salt) {
    byte[] all = new byte[FORMAT.length + Hash.BYTES];
    System.arraycopy(FORMAT, 0, all, 0, FORMAT.length);
    salt.writeTo(all, FORMAT.length);
    return Hash.sha256(all);
  }

  static Hash next(Hash digest, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[Hash.BYTES + utf8.length];
    digest.writeTo(all, 0);
    System.arraycopy(utf8, 0, all, Hash.BYTES, utf8.length);
    return Hash.sha256(all);
  }

  static String mark(Hash digest) {
    return HexFormat.of().toHexDigits(digest.a());
  }

  /** An entry of the product's own, about the trail itself. */
  public static TrailEntry note(Instant time, String member, String outcome, long count) {
    return new TrailEntry.Draft()
        .with(TrailEntry.MEMBER, member)
        .with(TrailEntry.OUTCOME, outcome)
        .with(TrailEntry.COUNT, Json.of(count))
        .at(time);
  }
}
