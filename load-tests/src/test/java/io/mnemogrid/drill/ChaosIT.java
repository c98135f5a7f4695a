package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.fault.Fault;
import io.mnemogrid.fault.Faults;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.StartCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The short form of {@code ./mnemogrid chaos}: fixed seeds, every kind of fault at least once. On
 * PostgreSQL the members hold few of many spaces.
 */
@NullMarked
class ChaosIT {
  private static final Duration TOO_LONG = Duration.ofMinutes(9);

  /** Runs it, and once more when nothing was wrong but that a close took too long. */
  private static String play(String name, String... options) throws IOException {
    String text = playOnce(name, options);
    if (Drills.wasOnlyLate(text)) {
      text = playOnce(name, options);
    }
    assertThat(Drills.wasOnlyLate(text)).as(text).isFalse();
    return text;
  }

  /**
   * Runs it as the launcher does, and returns what it printed. Members start as a user's do: how
   * long they take to close is judged.
   */
  private static String playOnce(String name, String... options) throws IOException {
    Path folder = Drills.folder(name);
    Path said = folder.resolve("said.txt");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--jar",
                Drills.member().toString(),
                "--anvil",
                AnvilProcess.binary(Drills.ROOT).toString(),
                "--folder",
                folder.resolve("run").toString(),
                "--brief",
                "yes"));
    arguments.addAll(List.of(options));
    try (MemberProcess process =
        Launch.main(ChaosMain.class, arguments).flags("-Xmx1g", StartCache.NONE).start(said)) {
      int exit = process.exit(TOO_LONG);
      String text = Files.readString(said);
      System.out.println(text);
      assertThat(exit == 0 || Drills.wasOnlyLate(text)).as(text).isTrue();
      return text;
    }
  }

  private static void assertPlayed(String text, Collection<Fault> faults) {
    for (Fault fault : faults) {
      if (!text.contains("not played: " + fault.text())) {
        assertThat(text.lines()).anyMatch(line -> line.matches(fault.text() + " +[1-9].*"));
      }
    }
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void keepsItsPromisesOnSqlite() throws IOException {
    String text =
        play(
            "chaos-sqlite",
            "--seed",
            "20261127",
            "--faults",
            String.valueOf(Faults.ALL.size()),
            "--commits",
            "1000");
    assertPlayed(text, Faults.ALL);
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void keepsItsPromisesOnPostgresqlWhileSpacesAreEvictedAndLoaded() throws IOException {
    String only = "kill-owner,store-gone,store-slow,split";
    String text =
        play(
            "chaos-postgresql",
            "--store",
            "postgres",
            "--seed",
            "5",
            "--only",
            only,
            "--faults",
            "4",
            "--commits",
            "2000",
            "--spaces",
            "100");
    assertPlayed(text, Faults.parse(only));
    assertThat(text.lines())
        .anyMatch(line ->
            line.matches("100 spaces: at least [0-9]+ loads and [1-9][0-9]* evictions; .*"));
  }
}
