package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code patch}: plays a merge patch (RFC 7396) or a JSON Patch (RFC 6902) on the head. */
@Command(name = "patch")
public final class PatchCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "the patch; standard input when it is left out or -")
  private String file = "-";

  @Option(names = "--merge", description = "a merge patch: what it has is set, null removes")
  private boolean merge;

  @Option(names = "--json", description = "a JSON Patch: steps, all or none")
  private boolean json;

  @Mixin private WriteOptions options = new WriteOptions();

  @Override
  Shown ask(ApiClient api) throws IOException, InterruptedException {
    if (merge == json) {
      throw new CommandFailure(ExitCode.USAGE, "say which patch it is: --merge or --json");
    }
    String at = at(space);
    Json patch = read();
    Map<String, String> headers = options.headers(api, space);
    headers.put(
        "Content-Type", merge ? "application/merge-patch+json" : "application/json-patch+json");
    headers.put("Idempotency-Key", options.id());
    headers.put("Mnemogrid-Author", options.author());
    Sending sending = new Sending(api, space, options.id(), Sending.PATIENCE);
    return WriteOptions.shown(space, sending.settle("PATCH", at + "/state", headers, patch));
  }

  private Json read() throws IOException {
    String text;
    if (file.equals("-")) {
      text = Input.text(System.in);
    } else {
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        text = Input.text(in);
      }
    }
    try {
      return Json.parse(text);
    } catch (JsonException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "the patch is no JSON: " + String.valueOf(e.getMessage()), e);
    }
  }
}
