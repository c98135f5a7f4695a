package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Launcher;
import io.mnemogrid.drill.CheckpointDrill;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code checkpoint-test} (docs/operate.md). */
@Command(name = "checkpoint-test")
public final class CheckpointTestCommand implements Action {
  @Option(names = "--checkpoints", paramLabel = "N", description = "how many (${DEFAULT-VALUE})")
  private int checkpoints = 1000;

  @Option(
      names = "--kills-every",
      paramLabel = "N",
      description = "after how many the leader is killed (${DEFAULT-VALUE})")
  private int killsEvery = 50;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "makes the choices of a run that printed it again")
  private @Nullable Long seed;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    if (checkpoints < 1 || killsEvery < 2) {
      throw new CommandFailure(ExitCode.USAGE, "at least 1 checkpoint, and kills every 2 or more");
    }
    Installation installation = Installation.here();
    Path anvil = installation.installAnvil("");
    Path verifier = Launcher.buildVerifier(installation);
    return Workplace.play(
        "checkpoint-test",
        null,
        err,
        folder -> {
          List<String> arguments = new ArrayList<>();
          arguments.add(installation.member().toString());
          arguments.add(anvil.toString());
          arguments.add(verifier.toString());
          arguments.add(folder.toString());
          arguments.add(Integer.toString(checkpoints));
          arguments.add(Integer.toString(killsEvery));
          if (seed != null) {
            arguments.add(seed.toString());
          }
          return CheckpointDrill.run(arguments);
        });
  }
}
