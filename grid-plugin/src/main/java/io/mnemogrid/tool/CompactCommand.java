package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Command;

/** {@code compact}: gives free pages of the SQLite store back to the disk; no member may run. */
@Command(name = "compact")
public final class CompactCommand extends StoreAction {
  @Override
  ExitCode play(PrintStream out, PrintStream err) throws IOException {
    if (store.isPostgres()) {
      throw new CommandFailure(ExitCode.USAGE, "a PostgreSQL store is compacted with VACUUM FULL");
    }
    long bytes = SqliteStore.compact(store.file());
    out.println("gave " + (bytes >> 20) + " MB of " + store.file() + " back to the disk");
    return ExitCode.OK;
  }
}
