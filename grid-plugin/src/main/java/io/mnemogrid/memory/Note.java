package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Hash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One numbered step of a writer: operations under one stamp, chained to the note before by its
 * hash. A note whose envelope is in order always takes its number; if its operations are not, it is
 * void.
 *
 * @param collective the id of the memory that it belongs to, 32 hex digits
 * @param previous the hash of the note before, {@link Hash#ZERO} at 1
 * @param operations none but the {@code join} when {@code fault} is set
 * @param fault why every log says that it is void, or null when none does
 * @param hash SHA-256 of {@code 0x04} and its bytes
 * @param text its canonical JSON
 */
public record Note(
    String collective,
    WriterId writer,
    long seq,
    Stamp stamp,
    Hash previous,
    List<Operation> operations,
    @Nullable Code fault,
    Hash hash,
    String text) {
  /** Bytes that a note has at most. */
  public static final int MAX_BYTES = 131_072;

  /** Operations that a note has at most. */
  public static final int MAX_OPERATIONS = 256;

  private static final byte PREFIX = 0x04;
  private static final byte[] SIGNED = "mnemogrid-note-1\0".getBytes(StandardCharsets.US_ASCII);

  public Note {
    operations = List.copyOf(operations);
  }

  /** The note hash of canonical bytes. */
  static Hash hash(byte[] utf8) {
    return Hash.sha256(PREFIX, utf8);
  }

  /** What a signature that covers this note and all before it is made of, 49 bytes. */
  public static byte[] signed(Hash hash) {
    return concat(SIGNED, hash.toBytes());
  }

  /** What the author of a writer signs: that this key writes to this collective for it. */
  public static byte[] joined(String collective, AuthorKey writer) {
    byte[] prefix = ("mnemogrid-join-1\0" + collective).getBytes(StandardCharsets.US_ASCII);
    return concat(prefix, writer.toBytes());
  }

  private static byte[] concat(byte[] one, byte[] other) {
    byte[] both = new byte[one.length + other.length];
    System.arraycopy(one, 0, both, 0, one.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  /** Its dot. */
  public Dot dot() {
    return new Dot(writer, seq);
  }

  /** The operation that makes the writer known, in note 1 alone. */
  public Operation.@Nullable Join join() {
    return !operations.isEmpty() && operations.getFirst() instanceof Operation.Join join
        ? join
        : null;
  }

  /**
   * The dots that must be seen before this note: births of the memories that it names, what its
   * tags replace, and the first note of a writer that it renews. None of its own number, and none
   * when it is void.
   */
  public List<Dot> needs() {
    if (fault != null) {
      return List.of();
    }
    List<Dot> needs = new ArrayList<>();
    Dot own = dot();
    for (Operation operation : operations) {
      MemoryId id = operation.id();
      if (id != null && !id.birth().equals(own)) {
        needs.add(id.birth());
      }
      switch (operation) {
        case Operation.Tag tag -> needs.addAll(tag.over());
        case Operation.Untag untag -> needs.addAll(untag.over());
        case Operation.Renew renew -> needs.add(new Dot(renew.writer(), 1));
        default -> {
          // needs nothing else
        }
      }
    }
    return needs;
  }
}
