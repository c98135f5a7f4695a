package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code log}: records, oldest first. Without {@code --since} they are the last ones, as {@code
 * tail} shows them; with it the first ones after that version.
 */
@Command(name = "log")
public final class LogCommand extends UseCommand {
  private static final int MOST_PAGE = 500;

  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "those that changed something at, above or below it")
  private @Nullable String path;

  @Option(
      names = "--since",
      paramLabel = "V",
      description = "the first ones after this version (default the last ones)")
  private @Nullable Long since;

  @Option(names = "--limit", paramLabel = "N", description = "at most so many (${DEFAULT-VALUE})")
  private int limit = 20;

  @Override
  Shown ask(ApiClient api) {
    if (limit < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--limit wants at least 1");
    }
    String at = at(space);
    boolean isTail = since == null;
    long from = since != null ? since : path != null ? 0 : Math.max(0, head(api, at) - limit);
    Deque<Json.Obj> records = new ArrayDeque<>();
    String next = Long.toString(from);
    do {
      int wanted = isTail ? MOST_PAGE : Math.min(MOST_PAGE, limit - records.size());
      Json.Obj page =
          api.getJson(
              path == null
                  ? at + "/updates?since=" + next + "&limit=" + wanted
                  : at
                      + "/history?path="
                      + ApiClient.encoded(path)
                      + "&cursor="
                      + next
                      + "&limit="
                      + wanted);
      records.addAll(Records.objects(page, "items"));
      while (records.size() > limit) {
        records.removeFirst();
      }
      next = plain(page, "next");
    } while (!next.isEmpty() && (isTail || records.size() < limit));
    List<Json.Obj> items = new ArrayList<>(records);
    Json more = next.isEmpty() ? Json.NULL : Json.of(Long.parseLong(next));
    return Shown.of(
        Json.object(Map.of("items", new Json.Arr(List.copyOf(items)), "next", more)),
        out -> Records.print(items, out));
  }

  private static long head(ApiClient api, String at) {
    return api.getJson(at).get("version") instanceof Json.Num number ? (long) number.value() : 0;
  }
}
