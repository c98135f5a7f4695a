package io.mnemogrid.api.mcp;

import io.mnemogrid.Space;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import java.util.Map;

/** The two tools that connectors of ChatGPT are asked for: {@code chatgpt}. */
final class ChatGptTools {
  private static final int MOST = 20;

  private static final Map<String, Tool.Handler> HANDLERS =
      Map.ofEntries(
          Map.entry("search", ChatGptTools::search), Map.entry("fetch", ChatGptTools::fetch));

  private ChatGptTools() {}

  /** The tools of this set. */
  static ToolSet set() {
    return ToolSet.read("chatgpt", HANDLERS);
  }

  private static Json url(ToolCall call, Pointer path) {
    return Json.of("mnemogrid://" + call.spaceName() + "/state" + path);
  }

  private static ToolResult search(ToolCall call) {
    String query = call.arguments().text("query");
    Space space = call.spaceIfAny();
    Page results = new Page();
    if (space != null) {
      for (Bm25.Hit hit : call.found(space, Pointer.ROOT, query)) {
        Pointer path = hit.leaf().path();
        if (results.isFull(MOST)
            || !results.add(
                Map.of(
                    "id", Json.of(path.toString()),
                    "title", Json.of(String.join(" ", path.segments())),
                    "url", url(call, path)))) {
          break;
        }
      }
    }
    return ToolResult.of(Json.object(Map.of("results", new Json.Arr(results.items()))))
        .and(Quoted.NOTE.strip());
  }

  private static ToolResult fetch(ToolCall call) {
    Pointer path = call.arguments().path("id");
    Space space = call.spaceIfAny();
    Cell.Leaf leaf = space == null ? null : space.head().state().leaf(path);
    if (leaf == null) {
      throw new ProblemException(
          Problem.notFound("nothing-there", "there is no document " + path, "search finds ids"));
    }
    String text =
        leaf.value() instanceof Json.Str string ? string.value() : leaf.value().canonical();
    boolean isCut = false;
    if (text.length() > ToolResult.MOST_BYTES / 3) {
      int end = ToolResult.MOST_BYTES / 3;
      text = text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
      isCut = true;
    }
    Map<String, Json> metadata = Quoted.provenance(leaf.tag());
    if (isCut) {
      metadata.put("truncated", Json.TRUE);
    }
    return ToolResult.of(
            Json.object(
                Map.of(
                    "id", Json.of(path.toString()),
                    "title", Json.of(String.join(" ", path.segments())),
                    "text", Json.of(text),
                    "url", url(call, path),
                    "metadata", new Json.Obj(metadata))))
        .and(Quoted.NOTE.strip());
  }
}
