package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.drill.RaceDrill;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code race-test} (docs/operate.md). */
@Command(name = "race-test")
public final class RaceTestCommand implements Action {
  private static final int MOST_ROUNDS = 1_000_000;
  private static final int MOST_CLIENTS = 1_000;
  private static final int MOST_MINUTES = 24 * 60;

  /** The store that the members share. */
  public enum Store {
    sqlite,
    postgres
  }

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "how many versions are made (${DEFAULT-VALUE})")
  private int rounds = 10_000;

  @Option(
      names = "--clients",
      paramLabel = "N",
      description = "how many race for each (${DEFAULT-VALUE})")
  private int clients = 64;

  @Option(
      names = "--kills",
      paramLabel = "N",
      description = "how often the member that commits is killed (${DEFAULT-VALUE})")
  private int kills = 5;

  @Option(
      names = "--in-step",
      description = "all clients wait for each other, so that each version has all of them")
  private boolean inStep;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "ends a race that is longer; what was made until then is judged")
  private int minutes = MOST_MINUTES;

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
  private Store store = Store.sqlite;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where to put everything, instead of a temporary folder")
  private @Nullable Path data;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    want("--rounds", rounds, 1, MOST_ROUNDS);
    want("--clients", clients, 2, MOST_CLIENTS);
    want("--kills", kills, 0, rounds - 1);
    want("--minutes", minutes, 1, MOST_MINUTES);
    return Workplace.play(
        "race-test",
        data,
        err,
        folder ->
            RaceDrill.run(
                Installation.here().member(),
                folder,
                store == Store.postgres,
                clients,
                rounds,
                kills,
                inStep,
                Duration.ofMinutes(minutes)));
  }

  private static void want(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new CommandFailure(
          ExitCode.USAGE, "%s wants a number from %d to %d".formatted(name, least, most));
    }
  }
}
