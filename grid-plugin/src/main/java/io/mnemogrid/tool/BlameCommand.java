package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code blame}: the newest update of those that set what stands at or below a path. */
@Command(name = "blame")
public final class BlameCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(index = "1", paramLabel = "PATH", description = "/facts/hello or facts.hello")
  private String path = "";

  @Override
  Shown ask(ApiClient api) {
    Json.Obj blame = api.getJson(at(space) + "/blame?path=" + ApiClient.encoded(path));
    return Shown.of(
        blame,
        out -> {
          Json.Obj update =
              blame.get("update") instanceof Json.Obj record ? record : Json.EMPTY_OBJECT;
          new Table("PATH", "AUTHOR", "VERSION", "COMMITTED", "TYPE")
              .row(
                  plain(blame, "leaf"),
                  plain(update, "author"),
                  plain(update, "version"),
                  plain(update, "committed"),
                  plain(update, "type"))
              .print(out);
        });
  }
}
