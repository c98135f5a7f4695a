package io.mnemogrid.tool;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands for people and scripts have in common: whom they ask, how they answer. */
final class UseOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "the API of a member (default that of the run of ./data, else port 8080)")
  private @Nullable String url;

  @Mixin private OutputOptions output = new OutputOptions();

  ApiClient api() {
    return new ApiClient(url == null ? ApiClient.usual() : url);
  }

  OutputOptions output() {
    return output;
  }
}
