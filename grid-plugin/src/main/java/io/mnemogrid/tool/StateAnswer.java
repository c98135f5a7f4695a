package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.tool.UseCommand.Shown;
import java.io.PrintStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands in a document or at a path of it. */
final class StateAnswer {
  private StateAnswer() {}

  /**
   * Reads it.
   *
   * @param at a version or a time; null for the head
   */
  static Shown read(ApiClient api, String space, @Nullable String path, @Nullable String at) {
    StringBuilder address = new StringBuilder(UseCommand.at(space)).append("/state");
    char mark = '?';
    if (path != null && !path.isEmpty()) {
      address.append(mark).append("path=").append(ApiClient.encoded(path));
      mark = '&';
    }
    if (at != null) {
      address.append(mark).append("at=").append(ApiClient.encoded(at));
    }
    byte[] body = api.get(address.toString());
    Json value;
    try {
      value = ApiClient.json(body);
    } catch (JsonException e) {
      throw new CommandFailure(ExitCode.CANNOT_TELL, "what answers is no JSON", e);
    }
    return Shown.of(value, out -> print(value, path, out));
  }

  /** A text as it is, an object as its leaves, anything else as JSON. */
  private static void print(Json value, @Nullable String path, PrintStream out) {
    switch (value) {
      case Json.Str text -> out.println(Table.safe(text.value(), "\n\t"));
      case Json.Obj object when !object.isEmpty() -> {
        Table table = new Table("PATH", "VALUE");
        leaves(object, path == null ? "" : Pointer.parsePath(path).toString(), table);
        table.print(out);
      }
      default -> out.println(Table.safe(value.canonical()));
    }
  }

  private static void leaves(Json.Obj object, String above, Table table) {
    for (Map.Entry<String, Json> member : object.members().entrySet()) {
      String path = above + "/" + member.getKey().replace("~", "~0").replace("/", "~1");
      if (member.getValue() instanceof Json.Obj below && !below.isEmpty()) {
        leaves(below, path, table);
      } else {
        table.row(path, member.getValue().canonical());
      }
    }
  }
}
