package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.tool.ApiClient.Answer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code status}: how a member and its parts do, and the heads of its spaces. */
@Command(name = "status")
public final class StatusCommand extends UseCommand {
  private static final int DOWN = 503;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SPACE",
      description = "this space alone; all when left out")
  private @Nullable String space;

  @Override
  Shown ask(ApiClient api) {
    Answer answer;
    try {
      answer = api.call("GET", "/health", Map.of(), new byte[0]);
    } catch (IOException e) {
      throw api.unanswered(e);
    }
    Json.Obj health = answer.object().orElse(Json.EMPTY_OBJECT);
    boolean isHealth = answer.status() == 200 || answer.status() == DOWN;
    if (!isHealth || health.get("status") == null || health.get("code") != null) {
      throw api.failure(answer.status(), answer.text());
    }
    List<Json.Obj> spaces =
        space == null ? SpacesCommand.all(api) : List.of(api.getJson(at(space)));
    return new Shown(
        Json.object(Map.of("health", health, "spaces", new Json.Arr(List.copyOf(spaces)))),
        out -> {
          Table parts = new Table("PART", "STATUS", "DETAIL");
          parts.row("member", plain(health, "status"), "");
          for (Json.Obj part : Records.objects(health, "parts")) {
            parts.row(plain(part, "name"), plain(part, "status"), plain(part, "detail"));
          }
          parts.print(out);
          out.println();
          SpacesCommand.print(spaces, out);
        },
        answer.status() == DOWN ? down(health) : null);
  }

  private static CommandFailure down(Json.Obj health) {
    String parts =
        Records.objects(health, "parts").stream()
            .filter(part -> !plain(part, "status").equals("up"))
            .map(part -> plain(part, "name") + ": " + plain(part, "detail"))
            .collect(Collectors.joining("; "));
    String detail = "this member cannot take commits" + (parts.isEmpty() ? "" : ": " + parts);
    return new CommandFailure(ExitCode.UNAVAILABLE, detail, "down", detail, "");
  }
}
