package io.mnemogrid.bench;

import io.mnemogrid.command.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that make load, each in a process of its own. */
final class Tool {
  /** A program, and the Debian package that has it. */
  private record Wanted(String program, String debian) {}

  private static final List<Wanted> WANTED =
      List.of(new Wanted("wrk", "wrk"), new Wanted("h2load", "nghttp2-client"));

  /** What a program may take beside the time that it was told to run. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Tool() {}

  /** What is missing and how it is installed, in a sentence; empty where all is there. */
  static String missing() {
    List<Wanted> missing =
        WANTED.stream().filter(wanted -> !Processes.isOnPath(wanted.program)).toList();
    return missing.isEmpty()
        ? ""
        : "the benchmark needs "
            + String.join(" and ", missing.stream().map(Wanted::program).toList())
            + ": apt-get install "
            + String.join(" ", missing.stream().map(Wanted::debian).toList());
  }

  /**
   * Runs a program to its end and returns what it printed.
   *
   * @param folder where it runs
   * @param time that it was told to take
   * @throws IllegalStateException with its last lines when it fails or does not end
   */
  static String run(Path folder, Duration time, List<String> command)
      throws IOException, InterruptedException {
    Path printed = folder.resolve(Path.of(command.getFirst()).getFileName() + ".out");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    Thread endsWithUs = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(endsWithUs);
    try {
      boolean ended = process.waitFor(time.plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
      String text = Files.readString(printed, StandardCharsets.UTF_8);
      if (!ended || process.exitValue() != 0) {
        throw new IllegalStateException(
            String.join(" ", command)
                + (ended ? " ended with " + process.exitValue() : " does not end")
                + ": "
                + text.substring(Math.max(0, text.length() - 2000)));
      }
      return text;
    } finally {
      process.destroyForcibly();
      Runtime.getRuntime().removeShutdownHook(endsWithUs);
    }
  }

  /** Names and values of headers, each name in front of its value. */
  static List<String> words(List<String> first, List<String> more) {
    List<String> all = new ArrayList<>(first);
    all.addAll(more);
    return all;
  }
}
