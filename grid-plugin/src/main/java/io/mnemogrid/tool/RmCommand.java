package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code rm}: deletes paths, all in one version. */
@Command(name = "rm")
public final class RmCommand extends DeltaCommand {
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "PATH",
      description = "/facts/hello or facts.hello, with all that is below it")
  private List<String> paths = new ArrayList<>();

  @Override
  Json changes() {
    List<Json> deleted = new ArrayList<>();
    for (String path : paths) {
      deleted.add(Json.object(Map.of("key", path(path))));
    }
    return Json.object(Map.of("deleted", new Json.Arr(deleted)));
  }
}
