package io.mnemogrid.api.mcp;

import io.mnemogrid.state.Json;

/**
 * What a model may call.
 *
 * @param described name, description, schemas and hints, as {@code tools/list} tells them
 * @param handler answers a call
 */
record Tool(Json.Obj described, Handler handler) {
  /** Answers calls. */
  interface Handler {
    /**
     * Answers a call, on a virtual thread.
     *
     * @throws io.mnemogrid.api.http.ProblemException when it is refused
     */
    ToolResult call(ToolCall call);
  }

  /** Unique in a set. */
  String name() {
    return described.text("name");
  }

  /** Whether it changes nothing, as its hint says. */
  boolean isRead() {
    return described.get("annotations") instanceof Json.Obj hints
        && Json.TRUE.equals(hints.get("readOnlyHint"));
  }
}
