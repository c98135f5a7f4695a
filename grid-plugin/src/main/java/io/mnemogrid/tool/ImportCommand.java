package io.mnemogrid.tool;

import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code import}: verifies all of an export, then brings it in. */
@Command(name = "import")
public final class ImportCommand extends StoreAction {
  @Parameters(paramLabel = "FILE", description = "what export wrote")
  private Path file = Path.of("");

  @Option(names = "--as", paramLabel = "SPACE", description = "demand that it is this space")
  private @Nullable String as;

  @Override
  ExitCode play(PrintStream out, PrintStream err) throws IOException {
    NamedFile.refuseUnreadable(file); // before a store is made
    ProgressLine bar = new ProgressLine(err);
    try (Store opened = store.openOrMake()) {
      SpaceImport importer = new SpaceImport(file, opened.log(), bar);
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
}
