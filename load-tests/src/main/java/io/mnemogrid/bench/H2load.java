package io.mnemogrid.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads at a given rate, by the program h2load over HTTP/1.1. Its connections begin a millisecond
 * after each other, since each sends what is due at the ticks of a clock that began with it: had
 * all begun at once, all would send at once.
 *
 * <p>A time begins when its request is sent. A connection sends nothing while it waits for an
 * answer, so there are more of them than answers are under way, and whether the rate was held is
 * part of the result.
 */
final class H2load {
  private static final int CONNECTIONS = 128;

  /** From the first request: connections are opened, and the rate is reached. */
  private static final Duration BEGINS = Duration.ofSeconds(1);

  /** How many of the requests that were wanted must have been sent. */
  private static final double HELD = 0.9;

  private final Path folder;
  private final int port;

  /** Against the server of this machine on that port; output goes to the folder. */
  H2load(Path folder, int port) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.port = port;
  }

  /**
   * Reads fields of the document in turn at {@code rate} requests a second.
   *
   * @throws IllegalStateException when an answer is not 200
   */
  Paced.Result read(Duration time, double rate, String route, int fields)
      throws IOException, InterruptedException {
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < fields; i += 10) {
      String path = MnemogridPeer.path((int) (i * 7919L % fields));
      targets.add("http://127.0.0.1:" + port + route + "?path=" + path);
    }
    Files.write(folder.resolve("targets"), targets);
    Path log = folder.resolve("h2load.log");
    Files.deleteIfExists(log);
    long count = Math.max(CONNECTIONS, Math.round(rate * time.plus(BEGINS).toNanos() / 1e9));
    List<String> command =
        List.of(
            "h2load",
            "--h1",
            "-t1",
            "-c" + CONNECTIONS,
            "-n" + count,
            "-r1",
            "--rate-period=1ms",
            "--rps=" + rate / CONNECTIONS,
            "-i",
            "targets",
            "--log-file=" + log.getFileName());
    Tool.run(folder, time, command);
    return parse(log, time, rate);
  }

  private static Paced.Result parse(Path log, Duration time, double rate) throws IOException {
    List<long[]> lines = new ArrayList<>();
    long first = Long.MAX_VALUE;
    try (BufferedReader reader = Files.newBufferedReader(log)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String[] words = line.split("\t", -1);
        if (!words[1].equals("200")) {
          throw new IllegalStateException("a read was answered " + words[1]);
        }
        long[] one = {Long.parseLong(words[0]), Long.parseLong(words[2])};
        lines.add(one);
        first = Math.min(first, one[0]);
      }
    }
    long from = first + BEGINS.toNanos() / 1000;
    long to = from + time.toNanos() / 1000;
    long[] micros =
        lines.stream()
            .filter(line -> line[0] >= from && line[0] < to)
            .mapToLong(line -> line[1])
            .sorted()
            .toArray();
    double wanted = rate * time.toNanos() / 1e9;
    return Paced.Result.of(micros, micros.length >= HELD * wanted);
  }
}
