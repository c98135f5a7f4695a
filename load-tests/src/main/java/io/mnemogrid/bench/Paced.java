package io.mnemogrid.bench;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Commits at a given rate, each with an id of its own, in a process of its own. A commit is due at
 * a time that does not depend on earlier answers, and its time begins then: a commit that finds all
 * connections waiting for answers is sent late, and that counts.
 *
 * <p>Answers leave out what was missed. The base of each commit is the newest version that was
 * answered to any of the connections.
 */
final class Paced {
  private static final int CONNECTIONS = 64;
  private static final String CREATED = "HTTP/1.1 201";

  private static final String HEAD =
      "POST %s HTTP/1.1\r\n"
          + "Host: 127.0.0.1:%d\r\n"
          + "Content-Type: application/json\r\n"
          + "Prefer: return=minimal\r\n"
          + "Content-Length: %d\r\n\r\n";

  /** The same as commit.lua has. */
  private static final String BODY =
      "{\"author\":\"writer-%d\",\"base\":%d,"
          + "\"changes\":{\"added\":[{\"key\":\"%s\",\"value\":%d}]},"
          + "\"timestamp\":\"%s\",\"type\":\"update\",\"update_id\":\"%s%012x\"}";

  /**
   * Before commits count: connections are opened, and the code of this process is compiled. Half as
   * many commits are sent meanwhile, so that what is late by then is sent before the first counts.
   */
  private static final Duration MOST_BEGINS = Duration.ofSeconds(6);

  private static final int MOST_ANSWER = 1 << 14;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final int port;
  private final String route;
  private final int fields;
  private final double rate;
  private final long began = System.nanoTime();
  private final long countsFrom;
  private final long end;
  private final String ids = Wrk.ids();
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong newest;

  private Paced(int port, String route, long base, int fields, double rate, Duration time) {
    this.port = port;
    this.route = route;
    this.fields = fields;
    this.rate = rate;
    this.newest = new AtomicLong(base);
    this.countsFrom = began + Math.min(MOST_BEGINS.toNanos(), 3 * time.toNanos());
    this.end = countsFrom + time.toNanos();
  }

  /**
   * What a stretch of paced load did.
   *
   * @param isHeld whether nearly all requests of the rate were sent
   */
  record Result(long requests, long p50Micros, long p99Micros, long longestMicros, boolean isHeld) {
    /** Of times in microseconds, ascending. */
    static Result of(long[] micros, boolean isHeld) {
      if (micros.length == 0) {
        throw new IllegalStateException("nothing was answered");
      }
      return new Result(
          micros.length,
          micros[micros.length / 2],
          micros[(int) (micros.length * 0.99)],
          micros[micros.length - 1],
          isHeld);
    }
  }

  /**
   * Bytes of answers, medians.
   *
   * @param body without headers
   * @param whole with them
   */
  record Sizes(long body, long whole) {}

  /** Both of what one run of commits found. */
  record Commits(Result times, Sizes sizes) {}

  /**
   * Commits to the space of a member at {@code rate} a second for a time.
   *
   * @throws IllegalStateException with what it printed when a commit is not answered 201
   */
  static Commits commit(Path folder, HttpPeer peer, Duration time, double rate, int fields)
      throws Exception {
    Path printed = Files.createDirectories(folder).resolve("paced.out");
    Files.deleteIfExists(printed);
    List<String> arguments =
        List.of(
            String.valueOf(peer.port()),
            HttpPeer.SPACE + "/updates",
            String.valueOf(peer.head()),
            String.valueOf(fields),
            String.format(Locale.ROOT, "%.3f", rate),
            String.valueOf(time.toMillis()));
    try (MemberProcess process = Launch.main(Paced.class, arguments).heap("256m").start(printed)) {
      int code = process.exit(time.plus(MOST_BEGINS).plus(PATIENCE));
      if (code != 0) {
        throw new IllegalStateException("it ended with " + code + process.tail());
      }
    }
    String line =
        Files.readAllLines(printed, StandardCharsets.UTF_8).stream()
            .filter(each -> each.startsWith("paced "))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no figures in " + printed));
    long[] numbers =
        Arrays.stream(line.split(" ", -1)).skip(1).mapToLong(Long::parseLong).toArray();
    return new Commits(
        new Result(numbers[0], numbers[1], numbers[2], numbers[3], true),
        new Sizes(numbers[4], numbers[5]));
  }

  /** The process: port, route, base, fields, rate, milliseconds. */
  public static void main(String[] arguments) throws Exception {
    Paced paced =
        new Paced(
            Integer.parseInt(arguments[0]),
            arguments[1],
            Long.parseLong(arguments[2]),
            Integer.parseInt(arguments[3]),
            Double.parseDouble(arguments[4]),
            Duration.ofMillis(Long.parseLong(arguments[5])));
    List<Answers> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        Answers answers = new Answers();
        int writer = i;
        all.add(answers);
        writers.add(
            threads.submit(() -> {
              paced.write(writer, answers);
              return null;
            }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    long[] micros = sorted(all, 0);
    Result times = Result.of(micros, true);
    System.out.printf(
        Locale.ROOT,
        "paced %d %d %d %d %d %d%n",
        times.requests(),
        times.p50Micros(),
        times.p99Micros(),
        times.longestMicros(),
        middle(sorted(all, 1)),
        middle(sorted(all, 2)));
  }

  private static long[] sorted(List<Answers> all, int column) {
    return all.stream()
        .flatMap(answers -> answers.rows.stream())
        .mapToLong(row -> row[column])
        .sorted()
        .toArray();
  }

  private static long middle(long[] sorted) {
    return sorted[sorted.length / 2];
  }

  /** What one connection was answered: microseconds, bytes of the body, bytes in all. */
  private static final class Answers {
    final List<long[]> rows = new ArrayList<>();
  }

  private void write(int writer, Answers answers) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[MOST_ANSWER];
      OutputStream out = socket.getOutputStream();
      while (true) {
        long count = next.getAndIncrement();
        long due = due(count);
        if (due >= end) {
          return;
        }
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        out.write(request(writer, count));
        long[] row = answer(in, buffer);
        row[0] = (System.nanoTime() - due) / 1000;
        if (due >= countsFrom) {
          answers.rows.add(row);
        }
      }
    }
  }

  private byte[] request(int writer, long count) {
    int field = (int) (count * 7919 % fields);
    String body =
        BODY.formatted(
            writer,
            newest.get(),
            MnemogridPeer.path(field),
            count,
            Instant.now().truncatedTo(ChronoUnit.MILLIS),
            ids,
            count);
    String head = HEAD.formatted(route, port, body.length());
    return (head + body).getBytes(StandardCharsets.US_ASCII);
  }

  /** At which time of {@link System#nanoTime} a commit is due. */
  private long due(long count) {
    double perNano = rate / 1e9;
    double before = (countsFrom - began) * perNano / 2;
    return count < before
        ? began + (long) (2 * count / perNano)
        : countsFrom + (long) ((count - before) / perNano);
  }

  /** Reads one answer, which must be a 201 with a length, and takes note of its version. */
  private long[] answer(InputStream in, byte[] buffer) throws IOException {
    int have = 0;
    int begin = -1;
    int length = 0;
    while (begin < 0 || have < begin + length) {
      int read = in.read(buffer, have, buffer.length - have);
      if (read <= 0) {
        throw new IOException("the connection ended after: " + text(buffer, 0, have));
      }
      have += read;
      if (begin < 0) {
        String head = text(buffer, 0, have);
        int end = head.indexOf("\r\n\r\n");
        if (end >= 0) {
          begin = end + 4;
          length = length(head.substring(0, end));
        }
      }
    }
    if (!text(buffer, 0, CREATED.length()).equals(CREATED)) {
      throw new IOException("a commit was answered: " + text(buffer, 0, have));
    }
    newest.accumulateAndGet(
        HttpPeer.number(text(buffer, begin, length), "\"version\":"), Math::max);
    return new long[] {0, length, have};
  }

  private static String text(byte[] buffer, int from, int length) {
    return new String(buffer, from, length, StandardCharsets.ISO_8859_1);
  }

  private static int length(String head) throws IOException {
    String name = "content-length:";
    for (String line : head.split("\r\n", -1)) {
      if (line.regionMatches(true, 0, name, 0, name.length())) {
        return Integer.parseInt(line.substring(name.length()).strip());
      }
    }
    throw new IOException("an answer without a length: " + head);
  }
}
