package io.mnemogrid.state;

import org.pcollections.TreePMap;

/** What stands at a path of a document: an entry of the state trie (FORMATS §2, §3). */
public sealed interface Cell extends Trie.Entry {
  /** Where it stands. */
  Pointer path();

  @Override
  default Hash key() {
    return path().key();
  }

  /**
   * A value with the tag of the update that wrote it: a scalar, an array or {@code {}}, at most
   * {@link State#MAX_LEAF_BYTES} canonical bytes.
   *
   * @param sizeBytes of its path and its value, each as canonical JSON
   */
  record Leaf(Pointer path, Json value, Tag tag, Hash payloadHash, int sizeBytes) implements Cell {
    static Leaf of(Pointer path, Json value, Tag tag) {
      byte[] payload = value.canonicalBytes();
      return of(path, value, tag, Hash.sha256(payload), payload.length);
    }

    static Leaf of(Pointer path, Json value, Tag tag, Hash payloadHash, int valueBytes) {
      int pathBytes = (int) Json.sizeBytes(path.toString());
      return new Leaf(path, value, tag, payloadHash, pathBytes + valueBytes);
    }
  }

  /** A non-empty object: the places of its members by name. */
  record Branch(Pointer path, TreePMap<String, Pointer> members) implements Cell {
    private static final Hash PAYLOAD_HASH = Hash.sha256(new byte[] {0x03});

    @Override
    public Hash payloadHash() {
      return PAYLOAD_HASH;
    }
  }
}
