package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code diff}: what makes one version the other, as a JSON Patch (RFC 6902). */
@Command(name = "diff")
public final class DiffCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(index = "1", paramLabel = "FROM", description = "a version")
  private long from;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "TO",
      description = "a version, before or after it; the head when left out")
  private @Nullable Long to;

  @Override
  Shown ask(ApiClient api) {
    byte[] body = api.get(at(space) + "/diff?from=" + from + (to == null ? "" : "&to=" + to));
    Json patch;
    try {
      patch = Json.parse(body);
    } catch (JsonException e) {
      throw new CommandFailure(ExitCode.CANNOT_TELL, "what answers is no JSON", e);
    }
    return Shown.of(
        patch,
        out -> {
          for (Json.Obj step : Records.objects(Json.object(Map.of("steps", patch)), "steps")) {
            String sign =
                switch (plain(step, "op")) {
                  case "add" -> "+ ";
                  case "remove" -> "- ";
                  default -> "~ ";
                };
            Json value = step.get("value");
            out.println(
                Table.safe(
                    sign + plain(step, "path") + (value == null ? "" : "  " + value.canonical())));
          }
        });
  }
}
