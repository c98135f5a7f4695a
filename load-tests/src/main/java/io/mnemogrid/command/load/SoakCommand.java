package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.drill.Soak;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code soak} (docs/operate.md). */
@Command(name = "soak")
public final class SoakCommand implements Action {
  @Option(names = "--minutes", paramLabel = "N", description = "how long (${DEFAULT-VALUE})")
  private int minutes = 10;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where to put everything, instead of a temporary folder")
  private @Nullable Path data;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    if (minutes < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--minutes wants a number from 1 on");
    }
    Path folder = Workplace.make("soak", data);
    out.println("its data, soak.svg and soak.csv stand in " + folder);
    return Soak.run(
        List.of(
            Installation.here().member().toString(), folder.toString(), Integer.toString(minutes)));
  }
}
