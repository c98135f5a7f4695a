package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.Installation;
import io.mnemogrid.drill.ChaosMain;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chaos} (docs/chaos.md). */
@Command(name = "chaos")
public final class ChaosCommand implements Action {
  /** The store that the members share. */
  public enum Store {
    sqlite,
    postgres
  }

  @Option(
      names = "--commits",
      paramLabel = "N",
      description = "how many commits at least (default 5000)")
  private @Nullable Long commits;

  @Option(
      names = "--faults",
      paramLabel = "N",
      description = "how many faults at least (default 24)")
  private @Nullable Integer faults;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "makes the schedule of a run that printed it again")
  private @Nullable Long seed;

  @Option(names = "--members", paramLabel = "N", description = "how many (default 3)")
  private @Nullable Integer members;

  @Option(
      names = "--spaces",
      paramLabel = "N",
      description =
          "how many (default 3); with more, members hold few of them, and load and evict all the"
              + " time")
  private @Nullable Integer spaces;

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description = "${COMPLETION-CANDIDATES}; PostgreSQL it starts itself (default sqlite)")
  private Store store = Store.sqlite;

  @Option(names = "--only", paramLabel = "FAULT,…", description = "these faults alone")
  private @Nullable String only;

  @Option(names = "--brief", description = "each fault as short as it can be")
  private boolean brief;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where to put everything, instead of a temporary folder")
  private @Nullable Path data;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    Installation installation = Installation.here();
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--jar", installation.member().toString()));
    options.addAll(List.of("--anvil", installation.installAnvil("").toString()));
    options.addAll(List.of("--store", store.name()));
    add(options, "--commits", commits);
    add(options, "--faults", faults);
    add(options, "--seed", seed);
    add(options, "--members", members);
    add(options, "--spaces", spaces);
    add(options, "--only", only);
    add(options, "--brief", brief ? "yes" : null);
    return Workplace.play(
        "chaos",
        data,
        err,
        folder -> {
          options.addAll(List.of("--folder", folder.toString()));
          return ChaosMain.run(options);
        });
  }

  private static void add(List<String> options, String name, @Nullable Object value) {
    if (value != null) {
      options.addAll(List.of(name, value.toString()));
    }
  }
}
