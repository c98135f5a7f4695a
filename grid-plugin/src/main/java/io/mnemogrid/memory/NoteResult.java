package io.mnemogrid.memory;

import io.mnemogrid.state.Json;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of one note of a push.
 *
 * @param version under which a note that was known stands; null for another one, and where that is
 *     not kept any more
 * @param isKnown whether it was seen before
 * @param code why it is void, or null when it is not
 * @param offset how far its stamp is ahead of the log's clock in milliseconds; null unless that is
 *     why it is void
 * @param absent memories that it names and that do not stand
 */
public record NoteResult(
    long seq,
    boolean isKnown,
    @Nullable Long version,
    @Nullable Code code,
    @Nullable Long offset,
    List<String> absent) {
  public NoteResult {
    absent = List.copyOf(absent);
  }

  /** As answers spell it. */
  public Json.Obj toJson() {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("seq", Json.of(seq));
    members.put("outcome", Json.of(isKnown ? "known" : code == null ? "applied" : "void"));
    if (version != null) {
      members.put("version", Json.of(version));
    }
    if (code != null) {
      members.put("code", Json.of(code.text()));
    }
    if (offset != null) {
      members.put("offset", Json.of(offset));
    }
    if (!absent.isEmpty()) {
      members.put("absent", Json.ofStrings(absent));
    }
    return new Json.Obj(members);
  }
}
