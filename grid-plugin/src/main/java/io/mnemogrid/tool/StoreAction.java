package io.mnemogrid.tool;

import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogUnavailable;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Mixin;

/** A command on a store itself (docs/backup.md); what the store throws gets its exit code here. */
abstract class StoreAction implements Action {
  @Mixin StoreOptions store = new StoreOptions();

  @Override
  public final int run(PrintStream out, PrintStream err) throws IOException {
    try {
      return play(out, err).code();
    } catch (BrokenHistory e) {
      throw new CommandFailure(ExitCode.DOES_NOT_HOLD, String.valueOf(e.getMessage()), e);
    } catch (LogUnavailable | AnchorUnavailable e) {
      throw new CommandFailure(ExitCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    }
  }

  abstract ExitCode play(PrintStream out, PrintStream err) throws IOException;
}
