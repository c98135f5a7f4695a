package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.Installation;
import io.mnemogrid.drill.KillRestart;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kill-test}. */
@Command(name = "kill-test")
public final class KillTestCommand implements Action {
  @Option(names = "--rounds", paramLabel = "N", description = "how often (${DEFAULT-VALUE})")
  private int rounds = 20;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "makes the writers' choices of a run that printed it again")
  private @Nullable Long seed;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    return Workplace.play(
        "kill-test",
        null,
        err,
        folder -> {
          List<String> arguments = new ArrayList<>();
          arguments.add(Installation.here().member().toString());
          arguments.add(folder.toString());
          arguments.add(Integer.toString(rounds));
          if (seed != null) {
            arguments.add(seed.toString());
          }
          return KillRestart.run(arguments);
        });
  }
}
