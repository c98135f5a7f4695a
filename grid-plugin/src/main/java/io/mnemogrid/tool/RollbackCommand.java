package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rollback}: makes the document that of an earlier version, as a new version. */
@Command(name = "rollback")
public final class RollbackCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION",
      description = "the version to come back to; 0 is the empty document")
  private long version;

  @Mixin private WriteOptions options = new WriteOptions();

  @Override
  Shown ask(ApiClient api) throws IOException, InterruptedException {
    Json body =
        Json.object(
            Map.of(
                "author", Json.of(options.author()),
                "to", Json.of(version),
                "update_id", Json.of(options.id())));
    Map<String, String> headers = options.headers(api, space);
    Sending sending = new Sending(api, space, options.id(), Sending.PATIENCE);
    return WriteOptions.shown(
        space, sending.settle("POST", at(space) + "/rollback", headers, body));
  }
}
