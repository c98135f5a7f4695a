package io.mnemogrid.command;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** What the launcher does itself, because it calls the build: here for help and completion. */
public final class LauncherCommands {
  private LauncherCommands() {}

  /** Done by the launcher; Java is asked for its help alone. */
  private abstract static class ByLauncher implements Action {
    @Override
    public final int run(PrintStream out, PrintStream err) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED, "only the launcher of a checkout can do that: ./mnemogrid");
    }
  }

  /** {@code build}. */
  @Command(name = "build")
  public static final class Build extends ByLauncher {}

  /** {@code test}. */
  @Command(name = "test", customSynopsis = "mnemogrid test [Maven's arguments]")
  public static final class Test extends ByLauncher {
    @Unmatched private List<String> more = new ArrayList<>();
  }
}
