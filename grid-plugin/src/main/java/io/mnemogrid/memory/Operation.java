package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of a note. Bounds and spellings are those of docs/formats.md, checked by the reader. */
public sealed interface Operation {
  /** The memory that it names, or null. A {@code learn} names none: its place is its id. */
  default @Nullable MemoryId id() {
    return null;
  }

  /**
   * Makes the writer known; only and always the first of note 1.
   *
   * @param authorSignature by the author's own key over the writer's, 64 bytes in unpadded
   *     base64url, or null when the author is claimed
   */
  record Join(Author author, AuthorKey key, @Nullable String authorSignature)
      implements Operation {}

  /**
   * Makes a memory.
   *
   * @param content a text or a sealed value
   * @param subject a subject's tag, or empty
   * @param source where it came from, or empty
   * @param ref an id that it has elsewhere, or null
   * @param created null for the note's stamp
   */
  record Learn(
      String type,
      Json content,
      String memoryType,
      double importance,
      double confidence,
      String subject,
      String source,
      List<String> tags,
      List<String> evidence,
      List<String> related,
      List<String> parents,
      Json ref,
      @Nullable Stamp created)
      implements Operation {}

  /** Registers that {@code write} names. */
  enum Field {
    CONTENT,
    MEMORY_TYPE,
    REF
  }

  /** Writes a register. */
  record Write(MemoryId id, Field field, Json value) implements Operation {}

  /**
   * Writes the embedding.
   *
   * @param data unpadded base64url, {@code cid:…} or a sealed value
   */
  record Vector(MemoryId id, String model, long dimensions, Hash textHash, Json data)
      implements Operation {
    /** The value of the register. */
    Json value() {
      return new Json.Arr(
          List.of(Json.of(model), Json.of(dimensions), Json.of(textHash.toString()), data));
    }
  }

  /** Raises importance or confidence, or begins an epoch. */
  record Score(MemoryId id, boolean isImportance, io.mnemogrid.memory.Score value)
      implements Operation {}

  /** Sets a tag in place of the dots that the author saw under it. */
  record Tag(MemoryId id, String tag, List<Dot> over) implements Operation {}

  /** Takes the dots of a tag away, at least one. */
  record Untag(MemoryId id, String tag, List<Dot> over) implements Operation {}

  /** Sets that only grow. */
  enum Grown {
    EVIDENCE,
    RELATED,
    PARENTS
  }

  /** Adds an element. */
  record Add(MemoryId id, Grown set, String element) implements Operation {}

  /** Counts uses: this writer's own, all in all. */
  record Use(MemoryId id, long total) implements Operation {}

  /** Removes a memory for ever. */
  record Forget(MemoryId id, String reason) implements Operation {}

  /** Removes all memories of a subject for ever. */
  record Wipe(String subject, String reason) implements Operation {}

  /** Takes the place of another writer of the same author. */
  record Renew(WriterId writer, long last, Standing state) implements Operation {}
}
