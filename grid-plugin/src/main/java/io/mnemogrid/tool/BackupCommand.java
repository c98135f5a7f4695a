package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.store.StoreCopy;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code backup}: a copy of the SQLite store as of one moment, while members run. */
@Command(name = "backup")
public final class BackupCommand extends StoreAction {
  @Parameters(paramLabel = "FILE", description = "where to write the copy")
  private Path file = Path.of("");

  @Override
  ExitCode play(PrintStream out, PrintStream err) throws IOException {
    if (store.isPostgres()) {
      throw new CommandFailure(ExitCode.USAGE, "a PostgreSQL store is backed up with pg_dump");
    }
    StoreCopy.write(store.file(), file);
    out.println("copied " + store.file() + " to " + file);
    return ExitCode.OK;
  }
}
