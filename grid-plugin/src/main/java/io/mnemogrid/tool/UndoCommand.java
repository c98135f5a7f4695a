package io.mnemogrid.tool;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.command.Action;
import io.mnemogrid.command.ExitCode;
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
 * others have written since stays (docs/conflicts.md).
 */
@Command(name = "undo")
public final class UndoCommand implements Action {
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

  @Option(names = "--url", paramLabel = "URL", description = "the API of a member")
  private @Nullable String url;

  @Override
  public int run(PrintStream out, PrintStream err) {
    ApiClient api = new ApiClient(url == null ? ApiClient.usual() : url);
    Map<String, Json> wanted = new TreeMap<>();
    wanted.put("author", Json.of(as));
    wanted.put("dry_run", Json.of(isTrial));
    wanted.put("of", Json.of(author));
    wanted.put("since", Json.of(since));
    wanted.put("update_id", Json.of(id == null ? DeltaBuilder.newId().text() : id));
    Json.Obj answer =
        api.postJson("/v1/spaces/" + ApiClient.encoded(space) + "/undo", new Json.Obj(wanted));
    if (answer.get("duplicate") != null) {
      out.println("this undo was made before: version " + plain(answer, "version"));
      return ExitCode.OK.code();
    }
    each(
        answer,
        "places",
        place ->
            out.println(
                ApiClient.text(place, "path")
                    + "  "
                    + shown(place.get("stands"))
                    + " → "
                    + shown(place.get("before"))));
    each(
        answer,
        "readers",
        reader ->
            out.println(
                "read by "
                    + ApiClient.text(reader, "author")
                    + " before version "
                    + plain(reader, "version")
                    + " (base "
                    + plain(reader, "base")
                    + ")"));
    if (answer.get("kept") instanceof Json.Arr kept) {
      kept.items()
          .forEach(path -> out.println("kept, since somebody else wrote there: " + shown(path)));
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
    return ExitCode.OK.code();
  }

  private static void each(Json.Obj of, String name, java.util.function.Consumer<Json.Obj> task) {
    if (of.get(name) instanceof Json.Arr items) {
      items.items().forEach(item -> task.accept((Json.Obj) item));
    }
  }

  private static String plain(Json.Obj of, String name) {
    Json value = of.get(name);
    return value == null ? "?" : value.canonical();
  }

  private static String shown(@Nullable Json value) {
    return value == null ? "nothing" : value.canonical();
  }
}
