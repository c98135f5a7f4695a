package io.mnemogrid.command;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sim}: the simulation stands among the tests, so Maven plays it (docs/testing.md). */
@Command(name = "sim")
public final class SimCommand implements Action {
  @Option(names = "--seeds", paramLabel = "N", description = "how many seeds (default 2000)")
  private @Nullable Long seeds;

  @Option(names = "--from", paramLabel = "N", description = "the first of them (default 1)")
  private @Nullable Long from;

  @Option(names = "--seed", paramLabel = "N", description = "that one alone, again")
  private @Nullable Long seed;

  @Option(
      names = "--about",
      paramLabel = "TEXT",
      description = "print what that seed says of an id or a path")
  private @Nullable String about;

  @Override
  public int run(PrintStream out, PrintStream err) throws IOException, InterruptedException {
    Installation installation = Installation.here();
    if (installation.isPackaged()) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED, "the simulation needs a checkout of the sources");
    }
    List<String> words = new ArrayList<>(List.of("with_build_lock", "maven", "-q"));
    words.addAll(List.of("-f", installation.root().resolve("pom.xml").toString()));
    words.addAll(List.of("-pl", "grid-plugin", "test", "-Dtest=GridSimTest"));
    words.add("-Dtest.timeout=30 d");
    add(words, "seeds", seeds);
    add(words, "from", from);
    add(words, "seed", seed);
    add(words, "about", about);
    return Launcher.call(installation, words) == 0
        ? ExitCode.OK.code()
        : ExitCode.DOES_NOT_HOLD.code();
  }

  private static void add(List<String> words, String name, @Nullable Object value) {
    if (value != null) {
      words.add("-Dmnemogrid.sim." + name + "=" + value);
    }
  }
}
