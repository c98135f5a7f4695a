package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code import}: verifies all of an export, then brings it in. A file of the reference memory
 * server of MCP goes into the graph of a running grid.
 */
@Command(name = "import")
public final class ImportCommand extends StoreAction {
  @Parameters(paramLabel = "FILE", description = "what export wrote, or memory.jsonl")
  private Path file = Path.of("");

  @Option(
      names = "--as",
      paramLabel = "SPACE",
      description =
          "demand that it is this space; of a memory.jsonl, the space that gets the graph")
  private @Nullable String as;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "for a memory.jsonl: the API of a member (default as for mcp)")
  private @Nullable String url;

  @Override
  ExitCode play(PrintStream out, PrintStream err) throws IOException {
    NamedFile.refuseUnreadable(file); // before a store is made
    ProgressLine bar = new ProgressLine(err);
    if (GraphImport.is(file)) {
      ApiClient api = new ApiClient(url == null ? ApiClient.usual() : url, store.data());
      return new GraphImport(api, new SpaceName(as == null ? "memory" : as), bar).run(file, out);
    }
    try (Store opened = store.openOrMake()) {
      SpaceImport importer = new SpaceImport(file, opened.log(), quotas(), bar);
      SpaceImport.Result result = importer.run(as == null ? null : new SpaceName(as));
      bar.end();
      return switch (result) {
        case SpaceImport.Result.Done done -> {
          out.printf(
              "%s is at version %d; %d records written (%d/s), all of the file verified%n",
              done.space(), done.version(), done.written(), bar.rate(done.written()));
          yield ExitCode.OK;
        }
        case SpaceImport.Result.Refused refused -> {
          out.printf("refused: %s, line %d: %s%n", file, refused.line(), refused.why());
          yield ExitCode.DOES_NOT_HOLD;
        }
      };
    }
  }

  /** The quotas of the members, which read the same environment variables. */
  private static Quotas quotas() {
    Quotas usual = Quotas.DEFAULT;
    return usual
        .withMaxSpaces(Math.toIntExact(setting("MNEMOGRID_MAX_SPACES", usual.maxSpaces())))
        .withSpace(
            setting("MNEMOGRID_MAX_LEAVES", usual.maxLeaves()),
            setting("MNEMOGRID_MAX_BYTES", usual.maxBytes()));
  }

  private static long setting(String name, long usual) {
    String text = System.getenv(name);
    if (text == null || text.isBlank()) {
      return usual;
    }
    try {
      return Math.max(1, Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      throw new CommandFailure(ExitCode.USAGE, name + " is a whole number, got " + text);
    }
  }
}
