package io.mnemogrid.api.mcp;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Space;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Timestamps;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The five tools that OpenMemory had: {@code openmemory}. A memory is {@code /openmemory/ID}, its
 * text. Nothing is inferred here: the text is remembered as it is, whatever {@code infer} says.
 */
final class OpenMemoryTools {
  private static final Pointer PLACE = Pointer.ROOT.child("openmemory");
  private static final int MOST = 200;

  private static final Map<String, Tool.Handler> HANDLERS =
      Map.ofEntries(
          Map.entry("add_memories", OpenMemoryTools::add),
          Map.entry("search_memory", OpenMemoryTools::search),
          Map.entry("list_memories", OpenMemoryTools::list),
          Map.entry("delete_memories", OpenMemoryTools::delete),
          Map.entry("delete_all_memories", OpenMemoryTools::deleteAll));

  private OpenMemoryTools() {}

  /** The tools of this set. */
  static ToolSet set() {
    return ToolSet.read("openmemory", HANDLERS);
  }

  private static ToolResult add(ToolCall call) {
    String text = call.arguments().text("text");
    String id = DeltaBuilder.newId().text();
    Json.Obj result =
        Json.object(
            Map.of(
                "results",
                new Json.Arr(
                    List.of(
                        Json.object(
                            Map.of(
                                "event", Json.of("ADD"),
                                "id", Json.of(id),
                                "memory", Json.of(text)))))));
    return call.change(
        call.spaceToWrite(),
        "add_memories",
        _ ->
            new ToolCall.Change(
                new ToolCall.Edits().set(PLACE.child(id), Json.of(text)),
                ToolResult.ofText(result.canonical())));
  }

  private static Map<String, Json> item(Cell.Leaf leaf) {
    Map<String, Json> item = new TreeMap<>();
    item.put("id", Json.of(leaf.path().lastSegment()));
    item.put("memory", leaf.value());
    item.put("created_at", Json.of(Timestamps.format(leaf.tag().time())));
    item.put("author", Json.of(leaf.tag().author().name()));
    item.put("trust", Json.of(Quoted.CLAIMED));
    return item;
  }

  private static ToolResult search(ToolCall call) {
    String query = call.arguments().text("query", "q", "search", "text");
    Space space = call.spaceIfAny();
    Map<Cell.Leaf, Double> found = new LinkedHashMap<>();
    if (space != null) {
      for (Bm25.Hit hit : call.found(space, PLACE, query)) {
        found.put(hit.leaf(), hit.score());
      }
    }
    return shown(new ArrayList<>(found.keySet()), found);
  }

  private static ToolResult list(ToolCall call) {
    Space space = call.spaceIfAny();
    List<Cell.Leaf> all = new ArrayList<>();
    if (space != null) {
      State state = space.head().state();
      call.reading(
          state,
          () -> {
            state.forEachLeaf(PLACE, all::add);
            all.sort(Comparator.comparingLong((Cell.Leaf leaf) -> -leaf.tag().version()));
            return all;
          });
    }
    return shown(all, null);
  }

  private static ToolResult shown(List<Cell.Leaf> leaves, @Nullable Map<Cell.Leaf, Double> scores) {
    Page page = new Page();
    int shown = 0;
    for (Cell.Leaf leaf : leaves) {
      Map<String, Json> item = item(leaf);
      Double score = scores == null ? null : scores.get(leaf);
      if (score != null) {
        item.put("score", new Json.Num(Math.round(score * 1000) / 1000.0));
      }
      if (page.isFull(MOST) || !page.add(item)) {
        break;
      }
      shown++;
    }
    Map<String, Json> all = new TreeMap<>();
    all.put("results", new Json.Arr(page.items()));
    if (shown < leaves.size()) {
      all.put("truncated", Json.TRUE);
      all.put("left_out", Json.of(leaves.size() - shown));
    }
    return ToolResult.ofText(new Json.Obj(all).canonical()).and(Quoted.NOTE.strip());
  }

  private static ToolResult delete(ToolCall call) {
    Set<String> ids = new TreeSet<>(call.arguments().texts("memory_ids"));
    return deleting(
        call,
        state -> ids.stream().map(PLACE::child).filter(at -> state.cell(at) != null).toList());
  }

  private static ToolResult deleteAll(ToolCall call) {
    return deleting(call, state -> state.cell(PLACE) == null ? List.of() : List.of(PLACE));
  }

  private static ToolResult deleting(
      ToolCall call, java.util.function.Function<State, List<Pointer>> wanted) {
    return call.change(
        call.spaceToWrite(),
        "delete_memories",
        head -> {
          ToolCall.Edits edits = new ToolCall.Edits();
          List<Pointer> gone = wanted.apply(head.state());
          int[] count = new int[1];
          gone.forEach(at -> {
            head.state().forEachLeaf(at, _ -> count[0]++);
            edits.delete(at);
          });
          return new ToolCall.Change(
              edits, ToolResult.ofText("Successfully deleted " + count[0] + " memories"));
        });
  }
}
