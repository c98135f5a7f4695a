package io.mnemogrid.tool;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.state.Json;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code undo}: takes back what one author wrote and what still stands, as a new version; what
 * others have written since stays (docs/api.md).
 */
@Command(name = "undo")
public final class UndoCommand extends UseCommand {
  @Parameters(paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Option(
      names = "--author",
      paramLabel = "NAME",
      required = true,
      description = "whose writes go back")
  private String author = "";

  @Option(
      names = "--since",
      paramLabel = "VERSION",
      required = true,
      description = "those after this version; 0 for all")
  private long since;

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description = "the author of the new version (${DEFAULT-VALUE})")
  private String as = "undo";

  @Option(names = "--dry-run", description = "show it, and change nothing")
  private boolean isTrial;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "the id of the new version; the same again is applied once")
  private @Nullable String id;

  @Override
  Shown ask(ApiClient api) throws InterruptedException {
    Map<String, Json> wanted = new TreeMap<>();
    String update = id == null ? DeltaBuilder.newId().text() : id;
    wanted.put("author", Json.of(as));
    wanted.put("dry_run", Json.of(isTrial));
    wanted.put("of", Json.of(author));
    wanted.put("since", Json.of(since));
    wanted.put("update_id", Json.of(update));
    Json.Obj answer =
        new Sending(api, space, update, Sending.PATIENCE)
            .settle("POST", at(space) + "/undo", Map.of(), new Json.Obj(wanted));
    return Shown.of(answer, out -> print(answer, out));
  }

  private void print(Json.Obj answer, PrintStream out) {
    if (answer.get("duplicate") != null) {
      out.println("this undo was made before: version " + plain(answer, "version"));
      return;
    }
    for (Json.Obj place : Records.objects(answer, "places")) {
      out.println(
          Table.safe(
              plain(place, "path")
                  + "  "
                  + shown(place.get("stands"))
                  + " → "
                  + shown(place.get("before"))));
    }
    for (Json.Obj reader : Records.objects(answer, "readers")) {
      out.println(
          "read by "
              + plain(reader, "author")
              + " before version "
              + plain(reader, "version")
              + " (base "
              + plain(reader, "base")
              + ")");
    }
    if (answer.get("kept") instanceof Json.Arr kept) {
      for (Json path : kept.items()) {
        out.println(
            Table.safe(
                "does not come back, since something that stays stands there: " + shown(path)));
      }
    }
    out.println(
        plain(answer, "places_in_all")
            + " places go back, "
            + plain(answer, "readers_in_all")
            + " later updates had seen something of it");
    if (answer.get("commit") instanceof Json.Obj commit) {
      out.println("undone as version " + plain(commit, "version"));
    } else {
      out.println(isTrial ? "a trial: nothing was changed" : "nothing of it stands");
    }
  }

  private static String shown(@Nullable Json value) {
    return value == null ? "nothing" : value.canonical();
  }
}
