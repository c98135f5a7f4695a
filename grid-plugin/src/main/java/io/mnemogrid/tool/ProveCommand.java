package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.store.Private;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code prove}: asks a member's API for a bundle (docs/proofs.md). */
@Command(name = "prove")
public final class ProveCommand implements Action {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "what stands there: a JSON pointer, or names with dots")
  private @Nullable String path;

  @Option(
      names = "--update",
      paramLabel = "VERSION",
      description = "or the record of that version, with its author where the author signed")
  private @Nullable String update;

  @Option(names = "--at", paramLabel = "VERSION", description = "as of an earlier version or time")
  private @Nullable String at;

  @Option(
      names = "--checkpoint",
      paramLabel = "N",
      description = "under that checkpoint instead of the newest final one")
  private @Nullable String checkpoint;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "the API of a member (default that of the run of ./data, else port 8080)")
  private @Nullable String url;

  @Option(names = "-o", paramLabel = "FILE", description = "where to write it (standard output)")
  private @Nullable Path file;

  @Override
  public int run(PrintStream out, PrintStream err) throws IOException {
    if ((path == null) == (update == null) || update != null && at != null) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "name one thing to prove: PATH, maybe --at VERSION, or --update VERSION (./mnemogrid help prove)");
    }
    String query =
        path != null
            ? "fact?path=" + ApiClient.encoded(path) + parameter("at", at)
            : "update?version=" + ApiClient.encoded(String.valueOf(update));
    if (file != null) {
      NamedFile.refuseUnwritable(file);
    }
    byte[] bundle =
        new ApiClient(url == null ? ApiClient.usual() : url)
            .get(
                "/v1/spaces/"
                    + ApiClient.encoded(space)
                    + "/proofs/"
                    + query
                    + parameter("checkpoint", checkpoint));
    if (file == null) {
      out.println(new String(bundle, StandardCharsets.UTF_8));
      return ExitCode.OK.code();
    }
    try (FileChannel channel = Private.open(file, StandardOpenOption.TRUNCATE_EXISTING)) {
      Channels.newOutputStream(channel).write(bundle);
    }
    err.println("wrote " + file + ", " + bundle.length + " bytes");
    return ExitCode.OK.code();
  }

  private static String parameter(String name, @Nullable String value) {
    return value == null ? "" : "&" + name + "=" + ApiClient.encoded(value);
  }
}
