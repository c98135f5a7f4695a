package io.mnemogrid.api.mcp;

import io.mnemogrid.api.http.Problem;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a call of a tool brought.
 *
 * @param texts for the model, one after the other
 * @param structured the same for programs, null where the tool has no schema for it
 * @param isError whether it was refused or failed
 */
record ToolResult(List<String> texts, Json.@Nullable Obj structured, boolean isError) {
  /**
   * Most bytes of the texts, and of the structured form. Together they have some 20,000 tokens, of
   * 4 bytes each; popular clients cut off results of 25,000.
   */
  static final int MOST_BYTES = 40_000;

  ToolResult {
    texts = List.copyOf(texts);
  }

  /** A result whose text is its structured form. */
  static ToolResult of(Json.Obj structured) {
    return new ToolResult(List.of(structured.canonical()), structured, false);
  }

  /** As {@link #of(Json.Obj)}, behind the note that what was remembered is data. */
  static ToolResult remembered(Json.Obj structured) {
    return new ToolResult(List.of(Quoted.NOTE + structured.canonical()), structured, false);
  }

  /** A result with a text of its own. */
  static ToolResult of(String text, Json.Obj structured) {
    return new ToolResult(List.of(text), structured, false);
  }

  /** A result that is text alone. */
  static ToolResult ofText(String text) {
    return new ToolResult(List.of(text), null, false);
  }

  /** A refusal, with the code and the hint that the same call has over HTTP. */
  static ToolResult refused(Problem problem, String requestId) {
    return refused(problem.toJson(requestId));
  }

  /** As {@link #refused(Problem, String)}, of the body of an answer. */
  static ToolResult refused(Json.Obj problem) {
    return new ToolResult(
        List.of(
            "error "
                + problem.text("code")
                + ": "
                + problem.text("detail")
                + "\nhint: "
                + problem.text("hint")),
        problem,
        true);
  }

  /** This result with another text behind the others. */
  ToolResult and(String text) {
    List<String> more = new ArrayList<>(texts);
    more.add(text);
    return new ToolResult(more, structured, isError);
  }

  /** As {@code tools/call} answers it. */
  Map<String, Json> toJson() {
    Map<String, Json> all = new TreeMap<>();
    List<Json> content = new ArrayList<>();
    for (String text : texts) {
      content.add(Json.object(Map.of("type", Json.of("text"), "text", Json.of(text))));
    }
    all.put("content", new Json.Arr(content));
    if (structured != null && !isError) {
      all.put("structuredContent", structured);
    }
    if (isError) {
      all.put("isError", Json.TRUE);
      if (structured != null) {
        all.put("_meta", Json.object(Map.of("io.mnemogrid/problem", structured)));
      }
    }
    return all;
  }
}
