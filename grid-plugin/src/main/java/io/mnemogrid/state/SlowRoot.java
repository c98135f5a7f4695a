package io.mnemogrid.state;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The state root computed from a document alone, the slow obvious way: list the entries, sort them
 * by key, split at each bit (FORMATS §3). It shares nothing with {@link Trie} but the hash
 * function; the audit compares the committers' roots with it. Cost is the whole document.
 */
public final class SlowRoot {
  private static final byte[] OBJECT = {0x03};

  private record Entry(Hash key, Hash node) {}

  private SlowRoot() {}

  /** The root of {@code document}. */
  public static Hash of(Json.Obj document) {
    List<Entry> entries = new ArrayList<>();
    document.members().forEach((name, value) -> collect(Pointer.ROOT.child(name), value, entries));
    entries.sort(Comparator.comparing(Entry::key));
    return entries.isEmpty() ? Hash.sha256(new byte[0]) : root(entries, 0);
  }

  private static void collect(Pointer path, Json value, List<Entry> entries) {
    boolean object = value instanceof Json.Obj members && !members.isEmpty();
    Hash key = Hash.sha256(path.toString());
    Hash payload = Hash.sha256(object ? OBJECT : value.canonicalBytes());
    byte[] node = new byte[65];
    key.writeTo(node, 1);
    payload.writeTo(node, 33);
    entries.add(new Entry(key, Hash.sha256(node)));
    if (object) {
      ((Json.Obj) value)
          .members()
          .forEach((name, member) -> collect(path.child(name), member, entries));
    }
  }

  private static Hash root(List<Entry> entries, int from) {
    if (entries.size() == 1) {
      return entries.getFirst().node();
    }
    for (int bit = from; bit < 256; bit++) {
      int split = 0;
      while (split < entries.size() && entries.get(split).key().bit(bit) == 0) {
        split++;
      }
      if (split > 0 && split < entries.size()) {
        byte[] node = new byte[66];
        node[0] = 0x01;
        node[1] = (byte) bit;
        root(entries.subList(0, split), bit + 1).writeTo(node, 2);
        root(entries.subList(split, entries.size()), bit + 1).writeTo(node, 34);
        return Hash.sha256(node);
      }
    }
    throw new IllegalStateException("two places of a document have one key");
  }
}
