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
import java.nio.ByteBuffer;
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

  /** The stream ends because its next id would be longer than a client can send it. */
  static final byte[] TOO_WIDE =
      bytes(
          ": more spaces match now than one stream follows ("
              + Places.MOST
              + "), or their places take over "
              + Places.MOST_CHARACTERS
              + " characters, or this caller has no more streams; follow fewer\n\n");

  /** The place before the first version of a space. */
  static final HeadTag BEFORE_ALL = HeadTag.of(0, Hash.ZERO);

  private static final long MOST_BYTES = Math.min(16 << 20, Runtime.getRuntime().maxMemory() / 64);

  /** What an entry takes besides its bytes, roughly. */
  private static final int ENTRY_BYTES = 200;

  private final Cache<Key, Frame> made =
      Caffeine.newBuilder()
          .maximumWeight(MOST_BYTES)
          .weigher((Key _, Frame frame) -> frame.bytes.length + ENTRY_BYTES)
          .executor(Runnable::run)
          .build();

  /** A leaf hash stands for one record. */
  private record Key(Hash leafHash, boolean values) {}

  /** What an update is told as: the same bytes for all streams, but for the line of the id. */
  static final class Frame {
    private final byte[] bytes;
    private final int id; // where its line begins
    private final int afterId;

    private Frame(byte[] bytes, int id, int afterId) {
      this.bytes = bytes;
      this.id = id;
      this.afterId = afterId;
    }

    /** Adds it with the tag of its version as the id. */
    void addTo(List<ByteBuffer> out) {
      out.add(ByteBuffer.wrap(bytes));
    }

    /** Adds it with another id. */
    void addTo(List<ByteBuffer> out, String otherId) {
      if (id > 0) {
        out.add(ByteBuffer.wrap(bytes, 0, id));
      }
      out.add(ByteBuffer.wrap(bytes("id: " + otherId + "\n")));
      out.add(ByteBuffer.wrap(bytes, afterId, bytes.length - afterId));
    }
  }

  /** What holds a space up. */
  enum By {
    /** Its log is damaged where the stream stands, and the stream waits there. */
    LOG,
    /** The audit found something wrong. */
    AUDIT,
    /** It keeps its head of the checkpoint before. */
    CHECKPOINT
  }

  /**
   * Something that holds a space up.
   *
   * @param version at which it was found
   */
  record Trouble(By by, long version, String detail) {}

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What an update is told as. */
  Frame of(Update update, boolean values) {
    return made.get(new Key(update.leafHash(), values), _ -> make(update, values));
  }

  private static Frame make(Update update, boolean values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(update.sizeBytes() + ENTRY_BYTES);
    if (!update.fields().superseded().isEmpty()) {
      out.writeBytes(event("superseded", superseded(update)));
    }
    if (update.fields().changes().touch(Reserved.POLICY)) {
      out.writeBytes(event("policy", place(update)));
    }
    int id = out.size();
    out.writeBytes(bytes("id: " + HeadTag.of(update.version(), update.leafHash()) + "\n"));
    int afterId = out.size();
    out.writeBytes(bytes("event: commit\ndata: "));
    out.writeBytes(values ? update.toBytes() : withoutValues(update).canonicalBytes());
    out.writeBytes(bytes("\n\n"));
    return new Frame(out.toByteArray(), id, afterId);
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
    members.computeIfPresent(
        "signed",
        (_, signed) -> signed instanceof Json.Obj object ? without(object, "request") : signed);
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
  static byte[] begin(String id) {
    return bytes("retry: 1000\n" + passed(id));
  }

  /**
   * The stream has passed what its client does not want; that changes its place, and is no event.
   */
  static byte[] place(String id) {
    return bytes(passed(id));
  }

  private static String passed(String id) {
    return "id: " + id + "\n\n";
  }

  /** All versions of a space up to this one are final. */
  static byte[] checkpoint(SpaceName space, long version) {
    return event(
        "checkpoint",
        Json.object(Map.of("finalized_version", Json.of(version), "space", Json.of(space.text()))));
  }

  /** Something holds a space up, or does no longer. */
  static byte[] held(SpaceName space, Trouble what, boolean isEnded) {
    return event(
        "held",
        Json.object(
            Map.of(
                "by", Json.of(Json.word(what.by)),
                "detail", Json.of(what.detail),
                "ended", Json.of(isEnded),
                "space", Json.of(space.text()),
                "version", Json.of(what.version))));
  }

  /** The store has another history of a space; the client may go on from the id. */
  static byte[] reset(LogHead here, String id) {
    Json.Obj data =
        Conditions.current(here.version(), here.root(), here.leafHash())
            .with("code", Json.of("other-history"))
            .with("space", Json.of(here.space().text()));
    return bytes("id: " + id + "\nevent: reset\ndata: " + data.canonical() + "\n\n");
  }
}
