package io.mnemogrid.tool;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code get}: what stands in a space, or at a path of it. */
@Command(name = "get")
public final class GetCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "/facts/hello or facts.hello; all of it when left out")
  private @Nullable String path;

  @Option(
      names = "--at",
      paramLabel = "V|TIME",
      description = "as of a version, or of a time (the last version committed by then)")
  private @Nullable String at;

  @Override
  Shown ask(ApiClient api) {
    return StateAnswer.read(api, space, path, at);
  }
}
