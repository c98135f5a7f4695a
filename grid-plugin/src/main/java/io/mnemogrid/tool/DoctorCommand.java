package io.mnemogrid.tool;

import io.mnemogrid.command.ExitCode;
import io.mnemogrid.store.Safeguard;
import io.mnemogrid.store.Store;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code doctor}: what the durability of an answer rests on, a line each. */
@Command(name = "doctor")
public final class DoctorCommand extends StoreAction {
  @Override
  ExitCode play(PrintStream out, PrintStream err) {
    try (Store opened = store.openToRead()) {
      List<Safeguard> safeguards = opened.safeguards();
      safeguards.forEach(out::println);
      return safeguards.stream().allMatch(Safeguard::holds) ? ExitCode.OK : ExitCode.DOES_NOT_HOLD;
    }
  }
}
