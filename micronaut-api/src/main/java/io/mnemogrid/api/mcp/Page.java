package io.mnemogrid.api.mcp;

import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Items of a list, as many as a result holds, and how to ask for the next ones. */
final class Page {
  private final List<Json> items = new ArrayList<>();
  private long bytes;

  /** Whether there are {@code most} items. */
  boolean isFull(int most) {
    return items.size() >= most;
  }

  /** Takes an item, unless the result would be too large with it; takes at least one. */
  boolean add(Map<String, Json> item) {
    Json.Obj object = Json.object(item);
    long size = object.sizeBytes() + 1;
    if (!items.isEmpty() && bytes + size > ToolResult.MOST_BYTES) {
      return false;
    }
    bytes += size;
    items.add(object);
    return true;
  }

  /** The items so far. */
  List<Json> items() {
    return items;
  }

  /** Bytes of the items. */
  long bytes() {
    return bytes;
  }

  /** The items, and the cursor of the next page, null where there is none. */
  Json.Obj structured(@Nullable Json next) {
    Map<String, Json> all = new TreeMap<>();
    all.put("items", new Json.Arr(items));
    all.put("next", next == null ? Json.NULL : next);
    if (next != null) {
      all.put("truncated", Json.TRUE);
    }
    return new Json.Obj(all);
  }

  /** As {@link #structured}, whose JSON is the text too, behind the note that it is data. */
  ToolResult result(@Nullable Json next) {
    return ToolResult.remembered(structured(next));
  }
}
