package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.drill.Adversary;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code greed-test} (docs/operate.md). */
@Command(name = "greed-test")
public final class GreedTestCommand implements Action {
  @Option(names = "--minutes", paramLabel = "N", description = "how long (${DEFAULT-VALUE})")
  private int minutes = 10;

  @Option(
      names = "--clients",
      paramLabel = "N",
      description = "how many ask at once (${DEFAULT-VALUE})")
  private int clients = 64;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "heap of the member (${DEFAULT-VALUE})")
  private String heap = "512m";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where to put everything, instead of a temporary folder")
  private @Nullable Path data;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    if (minutes < 1 || clients < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--minutes and --clients want numbers from 1 on");
    }
    return Workplace.play(
        "greed-test",
        data,
        err,
        folder ->
            Adversary.run(
                List.of(
                    Installation.here().member().toString(),
                    folder.toString(),
                    Integer.toString(60 * minutes),
                    Integer.toString(clients),
                    heap)));
  }
}
