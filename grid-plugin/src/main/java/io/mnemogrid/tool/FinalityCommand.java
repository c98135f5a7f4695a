package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code finality}: how far a version has come towards the chain. */
@Command(name = "finality")
public final class FinalityCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VERSION",
      description = "the head when left out")
  private @Nullable Long version;

  @Override
  Shown ask(ApiClient api) {
    Json.Obj finality =
        api.getJson(at(space) + "/finality" + (version == null ? "" : "?version=" + version));
    return Shown.of(
        finality,
        out ->
            new Table("VERSION", "STATUS", "CHECKPOINT", "TRANSACTION")
                .row(
                    plain(finality, "version"),
                    plain(finality, "status"),
                    plain(finality, "checkpoint"),
                    plain(finality, "transaction"))
                .print(out));
  }
}
