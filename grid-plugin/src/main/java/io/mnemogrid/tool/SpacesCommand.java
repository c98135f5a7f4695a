package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import io.mnemogrid.tool.ApiClient.Answer;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code spaces}: the memories that there are, or one more. */
@Command(name = "spaces")
public final class SpacesCommand extends UseCommand {
  @Option(
      names = "--create",
      paramLabel = "NAME",
      description = "makes this one, which may be there already, and shows it")
  private @Nullable String create;

  @Override
  Shown ask(ApiClient api) throws IOException {
    if (create != null) {
      return create(api, create);
    }
    List<Json.Obj> spaces = all(api);
    return Shown.of(
        Json.object(Map.of("items", new Json.Arr(List.copyOf(spaces)))), out -> print(spaces, out));
  }

  private static Shown create(ApiClient api, String name) {
    Answer answer;
    try {
      answer = api.call("PUT", at(name), Map.of(), new byte[0]);
    } catch (IOException e) { // a space that is made twice is made once: the user may try again
      throw api.unanswered(e);
    }
    if (answer.status() != 200 && answer.status() != 201) {
      throw api.failure(answer.status(), answer.text());
    }
    Json.Obj space = answer.object().orElse(Json.EMPTY_OBJECT);
    return Shown.of(space, out -> print(List.of(space), out));
  }

  /** All spaces that the key may read. */
  static List<Json.Obj> all(ApiClient api) {
    List<Json.Obj> spaces = new ArrayList<>();
    String cursor = "";
    do {
      Json.Obj page =
          api.getJson(
              "/v1/spaces?limit=500"
                  + (cursor.isEmpty() ? "" : "&cursor=" + ApiClient.encoded(cursor)));
      spaces.addAll(Records.objects(page, "items"));
      cursor = plain(page, "next");
    } while (!cursor.isEmpty());
    return spaces;
  }

  /** Prints a row a space. */
  static void print(List<Json.Obj> spaces, PrintStream out) {
    Table table = new Table("SPACE", "VERSION", "AUDITED", "FINAL", "LEAVES");
    for (Json.Obj space : spaces) {
      table.row(
          plain(space, "space"),
          plain(space, "version"),
          plain(space, "audited_version"),
          plain(space, "finalized_version"),
          plain(space, "leaves"));
    }
    table.print(out);
  }
}
