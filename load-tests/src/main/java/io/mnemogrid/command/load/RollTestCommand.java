package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.Installation;
import io.mnemogrid.drill.RollDrill;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code roll-test} (docs/operate.md). */
@Command(name = "roll-test")
public final class RollTestCommand implements Action {
  /** How a member is ended. */
  public enum Close {
    sigterm,
    embedded,
    both
  }

  /** The store that the members share. */
  public enum Store {
    sqlite,
    postgres,
    both
  }

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "how often all are restarted (${DEFAULT-VALUE})")
  private int rounds = 5;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "how long that goes on at least (${DEFAULT-VALUE})")
  private int minutes = 0;

  @Option(
      names = "--close",
      paramLabel = "WAY",
      description =
          "${COMPLETION-CANDIDATES}: by a signal to the process, or by close() of the member in it"
              + " (${DEFAULT-VALUE})")
  private Close close = Close.both;

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
  private Store store = Store.both;

  @Option(
      names = "--kills",
      paramLabel = "N",
      description = "how many kills it is held against (${DEFAULT-VALUE})")
  private int kills = 3;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where to put everything, instead of a temporary folder")
  private @Nullable Path data;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    return Workplace.play(
        "roll-test",
        data,
        err,
        folder ->
            RollDrill.run(
                Map.of(
                    "--jar", Installation.here().member().toString(),
                    "--folder", folder.toString(),
                    "--rounds", Integer.toString(rounds),
                    "--minutes", Integer.toString(minutes),
                    "--close", close.name(),
                    "--store", store.name(),
                    "--kills", Integer.toString(kills))));
  }
}
