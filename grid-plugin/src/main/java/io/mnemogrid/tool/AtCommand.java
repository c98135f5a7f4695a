package io.mnemogrid.tool;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code at}: the document, or what stood at a path of it, as of a version or time. */
@Command(name = "at")
public final class AtCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION|TIME",
      description = "a version, or a time (the last version committed by then)")
  private String at = "";

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "PATH",
      description = "/facts/hello or facts.hello; all of it when left out")
  private @Nullable String path;

  @Override
  Shown ask(ApiClient api) {
    return StateAnswer.read(api, space, path, at);
  }
}
