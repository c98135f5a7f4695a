package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Main;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The short form of {@code ./mnemogrid roll-test}; in each the bot becomes the oldest member. */
@NullMarked
class RollDrillIT {
  private static final Duration TOO_LONG = Duration.ofMinutes(5);

  /** The best play counts: whatever else the machine does only makes gaps and closes longer. */
  private static void play(String store, String close, int rounds) throws IOException {
    String text = playOnce(store, close, rounds);
    for (int again = 0; again < 2 && Drills.wasOnlyLate(text); again++) {
      text = playOnce(store, close, rounds);
    }
    assertThat(text).contains("kill -9 of m", "round " + rounds, ": nobody noticed");
  }

  private static String playOnce(String store, String close, int rounds) throws IOException {
    Path folder = Drills.folder("roll-" + store + "-" + close);
    Path said = folder.resolve("said.txt");
    List<String> arguments =
        new ArrayList<>(List.of("roll-test", "--data", folder.resolve("run").toString()));
    arguments.addAll(List.of("--store", store, "--close", close));
    arguments.addAll(List.of("--rounds", String.valueOf(rounds), "--kills", "1"));
    Launch launch =
        Launch.main(Main.class, arguments)
            .flags("-Xmx512m", "-D" + Installation.ROOT + "=" + Drills.ROOT);
    try (MemberProcess process = launch.start(said)) {
      int exit = process.exit(TOO_LONG);
      String text = Files.readString(said);
      System.out.println(text);
      assertThat(exit == 0 || Drills.wasOnlyLate(text)).as(text).isTrue();
      return text;
    }
  }

  @Test
  void nobodyNoticesServersThatAreSentSigterm() throws IOException {
    play("sqlite", "sigterm", 1);
  }

  @Test
  void nobodyNoticesEmbeddedMembersThatAreClosed() throws IOException {
    play("postgres", "embedded", 2);
  }
}
