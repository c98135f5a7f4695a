package io.mnemogrid.command;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Plays what short commands do, while the JVM notes which classes they load: the next ones find
 * these ready in a file (JEP 514). What they answer is of no interest.
 */
public final class Training {
  private Training() {}

  /** Plays all of it. */
  public static void main(String[] args) {
    PrintStream none =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    for (String[] words :
        new String[][] {
          {"help"},
          {"help", "verify"},
          {"helpp"},
          {"verify", "/nonexistent", "--checkpoint", "0x" + "00".repeat(32)},
          {"prove", "space", "/path", "--url", "http://127.0.0.1:1"},
          {"audit", "--url", "http://127.0.0.1:1"}
        }) {
      int _ = Main.run(none, none, words);
    }
    System.exit(0);
  }
}
