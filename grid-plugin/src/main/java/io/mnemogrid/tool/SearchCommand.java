package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.tool.ApiClient.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code search}: finds by words, with the tool {@code search_memory} of a member (docs/mcp.md).
 */
@Command(name = "search")
public final class SearchCommand extends UseCommand {
  private static final int NOT_FOUND = 404;
  private static final String PROBLEM = "io.mnemogrid/problem";

  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "WORDS",
      description = "what is looked for, in paths and values")
  private List<String> words = new ArrayList<>();

  @Option(names = "--path", paramLabel = "PATH", description = "at or below this path alone")
  private @Nullable String path;

  @Option(names = "--limit", paramLabel = "N", description = "at most so many (${DEFAULT-VALUE})")
  private int limit = 10;

  @Override
  Shown ask(ApiClient api) {
    api.getJson(at(space)); // a space that is not there is no memory without a hit
    Map<String, Json> arguments = new TreeMap<>();
    arguments.put("limit", Json.of(limit));
    arguments.put("query", Json.of(String.join(" ", words)));
    arguments.put("space", Json.of(space));
    if (path != null) {
      arguments.put("path", Json.of(path));
    }
    Json.Obj found = found(call(api, new Json.Obj(arguments)));
    return Shown.of(
        found,
        out -> {
          Table table = new Table("PATH", "AUTHOR", "VERSION", "SCORE", "VALUE");
          for (Json.Obj item : Records.objects(found, "items")) {
            Json value = item.get("value");
            table.row(
                plain(item, "path"),
                plain(item, "author"),
                plain(item, "version"),
                plain(item, "score"),
                value == null ? "" : value.canonical());
          }
          table.print(out);
        });
  }

  private static Json.Obj call(ApiClient api, Json.Obj arguments) {
    Json message =
        Json.object(
            Map.of(
                "id", Json.of(1),
                "jsonrpc", Json.of("2.0"),
                "method", Json.of("tools/call"),
                "params",
                    Json.object(Map.of("arguments", arguments, "name", Json.of("search_memory")))));
    Answer answer;
    try {
      answer =
          api.call(
              "POST",
              "/mcp",
              Map.of("Accept", "application/json, text/event-stream"),
              message.canonicalBytes());
    } catch (IOException e) {
      throw api.unanswered(e);
    }
    if (answer.status() == NOT_FOUND) {
      throw new CommandFailure(
          ExitCode.NOTHING_THERE, "this member has no /mcp, which search needs");
    }
    if (answer.status() != 200) {
      throw api.failure(answer.status(), answer.text());
    }
    return answer.object().orElse(Json.EMPTY_OBJECT);
  }

  private static Json.Obj found(Json.Obj answer) {
    if (answer.get("result") instanceof Json.Obj result) {
      if (Json.TRUE.equals(result.get("isError"))) {
        throw refused(result);
      }
      if (result.get("structuredContent") instanceof Json.Obj found) {
        return found;
      }
    }
    String why =
        answer.get("error") instanceof Json.Obj error ? plain(error, "message") : "no result";
    throw new CommandFailure(ExitCode.CANNOT_TELL, "the search was not done: " + why);
  }

  private static CommandFailure refused(Json.Obj result) {
    if (result.get("_meta") instanceof Json.Obj meta
        && meta.get(PROBLEM) instanceof Json.Obj problem) {
      String detail = plain(problem, "detail");
      String hint = plain(problem, "hint");
      int status = problem.get("status") instanceof Json.Num number ? (int) number.value() : 0;
      return new CommandFailure(
          ApiClient.exit(status), detail + " (" + hint + ")", plain(problem, "code"), detail, hint);
    }
    return new CommandFailure(ExitCode.CANNOT_TELL, "the search was refused");
  }
}
