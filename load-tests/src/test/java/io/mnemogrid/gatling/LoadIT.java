package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.gatling.Counts.What;
import io.mnemogrid.process.MemberProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * Short forms of {@code ./mnemogrid load}. A round in which nothing was wrong but that something
 * took too long is played again: what else the machine does only adds time.
 */
@NullMarked
class LoadIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final int ROUNDS = 2;

  private static Path folder(String name) throws IOException {
    Path folder = Path.of("target/drills", name).toAbsolutePath();
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(folder);
  }

  private static LoadRun.Report play(
      Load load, String name, int users, Duration time, int members, boolean kills)
      throws IOException {
    LoadRun.Report report = null;
    for (int round = 1; round <= ROUNDS && (report == null || !report.late().isEmpty()); round++) {
      Path folder = folder(name);
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
        report =
            LoadRun.play(
                new LoadRun.Wish(
                    load,
                    users,
                    time,
                    1,
                    folder,
                    new LoadRun.Target.Own(MemberProcess.packaged(ROOT), members, kills),
                    null),
                out);
        report.print(out);
      }
      System.out.println(said.toString(StandardCharsets.UTF_8));
      assertThat(report.verdict().sentences()).isEmpty();
      assertThat(report.flaws()).isEmpty();
      assertThat(report.page()).content().contains("<svg", "read if changed");
      assertThat(keysIn(folder)).as("no key in a log, a journal or a report").isEmpty();
    }
    assertThat(report).isNotNull();
    assertThat(report.late()).as("in the best round").isEmpty();
    return report;
  }

  /** Files with something that looks like a key. */
  private static List<Path> keysIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.startsWith(folder.resolve("data")))
          .filter(file -> {
            try {
              return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                  .matches("(?s).*mg_[A-Za-z0-9]{8}_.*");
            } catch (IOException e) {
              throw new AssertionError(file.toString(), e);
            }
          })
          .toList();
    }
  }

  @Test
  void aFleetIsAnsweredByOneMember() throws IOException {
    LoadRun.Report report = play(Load.fleet, "load-fleet", 40, Duration.ofSeconds(10), 1, false);
    assertThat(report.counts().count(What.READS)).isGreaterThan(200);
    assertThat(report.counts().count(What.NOT_MODIFIED)).isGreaterThan(10);
    assertThat(report.counts().count(What.WRITES)).isGreaterThan(20);
    assertThat(report.counts().count(What.READS_ASKED_AGAIN)).isZero();
  }

  /** 200 followers go on elsewhere, too; that none missed anything is one of the flaws. */
  @Test
  void nothingIsLostWhenOneOfThreeIsKilled() throws IOException {
    LoadRun.Report report = play(Load.events, "load-kill", 20, Duration.ofSeconds(16), 3, true);
    assertThat(report.counts().count(What.READS_ASKED_AGAIN)).isPositive();
    assertThat(report.counts().count(What.READS_FAILED_AGAIN)).isZero();
    assertThat(report.counts().count(What.READS_GIVEN_UP)).isZero();
    assertThat(report.counts().count(What.WRITES)).isGreaterThan(20);
  }

  /** What is packaged and what a bot embeds stand in these folders. */
  @Test
  void nothingOfGatlingIsShipped() throws IOException {
    for (String module : List.of("grid-plugin", "micronaut-api")) {
      try (Stream<Path> jars = Files.list(ROOT.resolve(module + "/target/lib"))) {
        List<String> names = jars.map(jar -> jar.getFileName().toString()).toList();
        assertThat(names).hasSizeGreaterThan(10).noneMatch(LoadIT::isOfGatling);
        assertThat(names).filteredOn(name -> name.startsWith("netty-common")).hasSizeLessThan(2);
      }
    }
    try (Stream<Path> jars = Files.list(ROOT.resolve("load-tests/target/lib"))) {
      assertThat(jars.map(jar -> jar.getFileName().toString())).anyMatch(LoadIT::isOfGatling);
    }
  }

  private static boolean isOfGatling(String jar) {
    return jar.matches("(gatling|scala|boopickle|Saxon|pebble|netty-tcnative).*");
  }
}
