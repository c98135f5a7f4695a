package io.mnemogrid.api.mcp;

import io.mnemogrid.state.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** What people choose in their client: one prompt, which brings a memory into a conversation. */
final class Prompts {
  private static final String NAME = "recall";

  private Prompts() {}

  static Map<String, Json> list() {
    Map<String, Json> result = new TreeMap<>();
    result.put(
        "prompts",
        new Json.Arr(
            List.of(
                Json.object(
                    Map.of(
                        "name", Json.of(NAME),
                        "title", Json.of("Recall"),
                        "description",
                            Json.of(
                                "Brings the summary and the policies of a memory into the"
                                    + " conversation, or what is remembered about some words"),
                        "arguments",
                            new Json.Arr(
                                List.of(
                                    argument("query", "words to look for; none for the summary"),
                                    argument("space", "name of the memory"))))))));
    return result;
  }

  private static Json argument(String name, String description) {
    return Json.object(
        Map.of(
            "name", Json.of(name),
            "description", Json.of(description),
            "required", Json.FALSE));
  }

  static Map<String, Json> get(
      String name, Json.Obj arguments, Function<Json.Obj, ToolCall> calls) {
    if (!name.equals(NAME)) {
      throw RpcException.invalidParams("there is no prompt " + name);
    }
    ToolCall call = calls.apply(arguments);
    ToolResult result =
        arguments.get("query") == null ? CoreTools.summary(call) : CoreTools.search(call);
    Map<String, Json> prompt = new TreeMap<>();
    prompt.put(
        "messages",
        new Json.Arr(
            List.of(
                Json.object(
                    Map.of(
                        "role", Json.of("user"),
                        "content",
                            Json.object(
                                Map.of(
                                    "type", Json.of("text"),
                                    "text", Json.of(String.join("\n", result.texts())))))))));
    return prompt;
  }
}
