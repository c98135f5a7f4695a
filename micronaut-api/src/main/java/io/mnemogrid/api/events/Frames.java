package io.mnemogrid.api.events;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Events as the bytes of a stream (WHATWG HTML, section 9.2). What an update is told as is made
 * once for all streams; the newest of them are kept, 16 MiB or a 64th of the heap. Safe for all
 * threads.
 *
 * <p>Only the event {@code commit} has an id, and it comes last of what a version is told as. So a
 * client that goes on after an id has had all of that version.
 */
@Singleton
final class Frames {
  /** A comment: the connection lives. */
  static final byte[] BEAT = bytes(":\n\n");

  /** The stream ends because nobody asks with this key any more. */
  static final byte[] KEY_ENDED = bytes(": the key of this stream has ended\n\n");

  /** The stream ends because the member does. */
  static final byte[] CLOSING = bytes(": this member ends; go on at any other\n\n");

  private static final long MOST_BYTES = Math.min(16 << 20, Runtime.getRuntime().maxMemory() / 64);

  /** What an entry takes besides its bytes, roughly. */
  private static final int ENTRY_BYTES = 200;

  private final Cache<Key, byte[]> made =
      Caffeine.newBuilder()
          .maximumWeight(MOST_BYTES)
          .weigher((Key _, byte[] frame) -> frame.length + ENTRY_BYTES)
          .executor(Runnable::run)
          .build();

  /** A leaf hash stands for one record. */
  private record Key(Hash leafHash, boolean values) {}

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What an update is told as. */
  byte[] of(Update update, boolean values) {
    return made.get(new Key(update.leafHash(), values), _ -> make(update, values));
  }

  private static byte[] make(Update update, boolean values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(update.sizeBytes() + ENTRY_BYTES);
    if (!update.fields().superseded().isEmpty()) {
      out.writeBytes(event("superseded", superseded(update)));
    }
    if (update.fields().changes().touch(Reserved.POLICY)) {
      out.writeBytes(event("policy", place(update)));
    }
    out.writeBytes(
        bytes(
            "id: " + HeadTag.of(update.version(), update.leafHash()) + "\nevent: commit\ndata: "));
    out.writeBytes(values ? update.toBytes() : withoutValues(update).canonicalBytes());
    out.writeBytes(bytes("\n\n"));
    return out.toByteArray();
  }

  private static byte[] event(String name, Json.Obj data) {
    return bytes("event: " + name + "\ndata: " + data.canonical() + "\n\n");
  }

  private static Json.Obj place(Update update) {
    return Json.object(
        Map.of(
            "space", Json.of(update.space().text()),
            "update_id", Json.of(update.id().text()),
            "version", Json.of(update.version())));
  }

  private static Json.Obj superseded(Update update) {
    List<Json> lost =
        update.fields().superseded().stream()
            .map(each -> (Json) without(Update.toJson(each), "value"))
            .toList();
    return place(update)
        .with("author", Json.of(update.fields().author().name()))
        .with("superseded", new Json.Arr(lost));
  }

  /** The record without what was set, deleted, lost or beaten: places and names stay. */
  static Json.Obj withoutValues(Update update) {
    Json.Obj record = Json.parseObject(update.text());
    TreeMap<String, Json> members = new TreeMap<>(record.members());
    if (members.get("changes") instanceof Json.Obj changes) {
      TreeMap<String, Json> lists = new TreeMap<>(changes.members());
      lists.replaceAll((_, list) -> valueless(list));
      members.put("changes", new Json.Obj(lists));
    }
    members.computeIfPresent("superseded", (_, list) -> valueless(list));
    members.computeIfPresent("overrode", (_, list) -> valueless(list));
    return new Json.Obj(members);
  }

  private static Json valueless(Json list) {
    return list instanceof Json.Arr items
        ? new Json.Arr(
            items.items().stream()
                .map(item ->
                    item instanceof Json.Obj object
                        ? (Json) without(object, "value", "new_value", "old_value")
                        : item)
                .toList())
        : list;
  }

  private static Json.Obj without(Json.Obj object, String... names) {
    TreeMap<String, Json> members = new TreeMap<>(object.members());
    for (String name : names) {
      members.remove(name);
    }
    return new Json.Obj(members);
  }

  /** The beginning of a stream: how soon a client comes again, and the place where it stands. */
  static byte[] begin(HeadTag at) {
    return bytes("retry: 1000\n" + passed(at));
  }

  /**
   * The stream has passed what its client does not want; that changes its place, and is no event.
   */
  static byte[] place(HeadTag at) {
    return bytes(passed(at));
  }

  private static String passed(HeadTag at) {
    return "id: " + at + "\n\n";
  }

  /** All versions of a space up to this one are final. */
  static byte[] checkpoint(SpaceName space, long version) {
    return event(
        "checkpoint",
        Json.object(Map.of("finalized_version", Json.of(version), "space", Json.of(space.text()))));
  }

  /** The log of a space cannot be read from that version on. */
  static byte[] held(SpaceName space, long version, String what) {
    return event(
        "held",
        Json.object(
            Map.of(
                "detail", Json.of(what),
                "space", Json.of(space.text()),
                "version", Json.of(version))));
  }

  /** The store has another history; the id is its head, from which the client may go on. */
  static byte[] reset(LogHead here) {
    Json.Obj data =
        Conditions.current(here.version(), here.root(), here.leafHash())
            .with("code", Json.of("other-history"))
            .with("space", Json.of(here.space().text()));
    return bytes(
        "id: "
            + HeadTag.of(here.version(), here.leafHash())
            + "\nevent: reset\ndata: "
            + data.canonical()
            + "\n\n");
  }
}
