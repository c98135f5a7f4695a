package io.mnemogrid.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * As many requests as a server answers, by the program wrk: one thread, so many connections, each
 * of which sends its next request when the last one is answered.
 */
final class Wrk {
  private static final String TIMEOUT = "20s"; // what takes longer counts as a fault

  private final Path folder;
  private final int port;
  private final int connections;

  /** Against the server of this machine on that port; scripts and output go to the folder. */
  Wrk(Path folder, int port, int connections) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.port = port;
    this.connections = connections;
    script("read.lua");
    script("commit.lua");
  }

  /**
   * What one run did.
   *
   * @param bytes of all answers, with their headers
   * @param refused answers with a status from 400 on
   */
  record Result(long requests, Duration time, long bytes, long refused) {
    double perSecond() {
      return requests / (time.toNanos() / 1e9);
    }
  }

  /**
   * Reads fields of the document.
   *
   * @param route what answers, to which {@code ?path=} is added
   * @param group how the names of the groups begin
   * @param headers names and values
   */
  Result read(Duration time, String route, String group, int fields, List<String> headers)
      throws IOException, InterruptedException {
    List<String> words = List.of(route, String.valueOf(fields), group);
    return run(time, "read.lua", Tool.words(words, headers));
  }

  /**
   * Commits to a route, as many writers as there are connections.
   *
   * @param base the newest version, from which they begin
   */
  Result commit(Duration time, String route, long base, int fields, List<String> headers)
      throws IOException, InterruptedException {
    List<String> words =
        List.of(
            route,
            String.valueOf(fields),
            String.valueOf(connections),
            String.valueOf(base),
            ids(),
            Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    return run(time, "commit.lua", Tool.words(words, headers));
  }

  /**
   * The beginning of a UUID of version 7, as this moment has it: what follows is counted up, so the
   * ids are in the order of time, as those of other clients.
   */
  static String ids() {
    String millis = String.format(Locale.ROOT, "%012x", System.currentTimeMillis());
    return millis.substring(0, 8) + "-" + millis.substring(8) + "-7000-8000-";
  }

  private Result run(Duration time, String script, List<String> words)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            "wrk",
            "-t1",
            "-c" + connections,
            "-d" + Math.max(1, time.toSeconds()) + "s",
            "--timeout",
            TIMEOUT,
            "-s",
            script,
            "http://127.0.0.1:" + port + "/",
            "--");
    return parse(Tool.run(folder, time, Tool.words(command, words)));
  }

  /** Reads the line that done.lua prints. */
  static Result parse(String printed) {
    String line =
        printed
            .lines()
            .filter(each -> each.startsWith("done "))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("wrk did not end well: " + printed));
    String[] words = line.split(" ", -1);
    if (words.length != 6) {
      throw new IllegalStateException("wrk ended with '" + line + "'");
    }
    long broken = Long.parseLong(words[5]);
    if (broken > 0) {
      throw new IllegalStateException(broken + " connections broke or timed out: " + printed);
    }
    return new Result(
        Long.parseLong(words[1]),
        Duration.ofNanos(Long.parseLong(words[2]) * 1000),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]));
  }

  private void script(String name) throws IOException {
    Files.writeString(folder.resolve(name), resource(name) + resource("done.lua"));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(Wrk.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
