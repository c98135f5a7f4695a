package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code set}: writes a value at a path. */
@Command(name = "set")
public final class SetCommand extends DeltaCommand {
  @Parameters(index = "1", paramLabel = "PATH", description = "/facts/hello or facts.hello")
  private String path = "";

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "VALUE",
      description =
          "JSON, or a text when it is no JSON; from standard input when it is left out or -."
              + " One that begins with - comes after --")
  private @Nullable String value;

  @Override
  Json changes() throws IOException {
    Json added = Json.object(Map.of("key", path(path), "value", value(text())));
    return Json.object(Map.of("added", new Json.Arr(List.of(added))));
  }

  private String text() throws IOException {
    String text =
        value == null || value.equals("-")
            ? Input.text(System.in).replaceFirst("\\R\\z", "")
            : value;
    if (text.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "VALUE is empty: an empty text is '\"\"'");
    }
    return text;
  }

  private static Json value(String text) {
    try {
      return ApiClient.json(text);
    } catch (JsonException e) {
      return Json.of(text);
    }
  }
}
