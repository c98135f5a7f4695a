package io.mnemogrid.tool;

import io.mnemogrid.command.Terminal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the commands for people and scripts have in common: whom they ask, how they answer. */
final class UseOptions {
  /** How an answer is written. */
  enum Format {
    json,
    table
  }

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "the API of a member (default that of the run of ./data, else port 8080)")
  private @Nullable String url;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES} (default table on a terminal, json otherwise)")
  private @Nullable Format format;

  @Option(
      names = "--agent",
      description = "one JSON object on standard output, whatever happens (docs/cli.md)")
  private boolean agent;

  private final long began = System.nanoTime();

  ApiClient api() {
    return new ApiClient(url == null ? ApiClient.usual() : url);
  }

  boolean isAgent() {
    return agent;
  }

  boolean isTable() {
    return format == null ? Terminal.isRead() : format == Format.table;
  }

  /** {@link System#nanoTime} when the command began. */
  long began() {
    return began;
  }
}
