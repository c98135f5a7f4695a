package io.mnemogrid.api.mcp;

import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Tools that are offered together.
 *
 * @param name as settings and addresses choose the set
 * @param tools in the order in which clients get them
 */
record ToolSet(String name, List<Tool> tools) {
  ToolSet {
    tools = List.copyOf(tools);
  }

  /**
   * Reads a set from {@code /mcp/NAME.json}, where each tool stands as {@code tools/list} tells it.
   *
   * @param handlers one for each tool of the file, by name
   * @throws IllegalStateException when file and handlers do not fit
   */
  static ToolSet read(String name, Map<String, Tool.Handler> handlers) {
    Json described;
    try (InputStream file = ToolSet.class.getResourceAsStream("/mcp/" + name + ".json")) {
      if (file == null) {
        throw new IllegalStateException("/mcp/" + name + ".json is missing");
      }
      described = Json.parse(file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Tool> tools = new ArrayList<>();
    for (Json one : ((Json.Arr) described).items()) {
      Json.Obj tool = (Json.Obj) one;
      Tool.Handler handler = handlers.get(tool.text("name"));
      if (handler == null) {
        throw new IllegalStateException("nobody handles the tool " + tool.text("name"));
      }
      tools.add(new Tool(tool, handler));
    }
    if (tools.size() != handlers.size()) {
      throw new IllegalStateException(
          name + ": " + handlers.size() + " handlers and " + tools.size() + " tools");
    }
    return new ToolSet(name, tools);
  }
}
