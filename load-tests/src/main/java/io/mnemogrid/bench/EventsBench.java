package io.mnemogrid.bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * How soon clients that follow a space over HTTP are told of a commit, whether each gets every
 * version once, and what they cost: the memory of their member, and the time of its writer. The
 * writer works at the same rate alone, with the clients, with further clients that never read, and
 * alone again. Member and clients are two processes on the same machine.
 *
 * <p>An event's time begins when its commit is sent, so the commit itself is in it. A version that
 * did not come, that came twice, and a stream that ended are counted.
 */
public final class EventsBench {
  private static final int WRITERS = 4;
  private static final int LEAVES = 100;
  private static final int WARM_UP_SECONDS = 5;

  private EventsBench() {}

  /** Measures and prints. */
  public static void main(String[] args) throws Exception {
    List<String> options = List.of(args);
    measure(
        Path.of(options.getFirst()),
        option(options, "--clients", 1000),
        option(options, "--stalled", 200),
        option(options, "--rate", 100),
        Duration.ofSeconds(option(options, "--seconds", 60)),
        System.out);
    System.exit(0);
  }

  private static int option(List<String> options, String name, int otherwise) {
    int at = options.indexOf(name);
    return at < 0 ? otherwise : Integer.parseInt(options.get(at + 1));
  }

  /**
   * What one round of the writer did.
   *
   * @param from the first version of the round
   * @param sentNanos when the commit of each version was sent
   * @param tookNanos how long each commit took, ascending
   */
  private record Written(long from, long[] sentNanos, long[] tookNanos, double perSecond) {
    long p(double part) {
      return tookNanos[(int) Math.min(tookNanos.length - 1L, (long) (tookNanos.length * part))];
    }
  }

  /** The rows of the table, which are printed too. */
  static List<Row> measure(
      Path member, int clients, int stalled, int rate, Duration time, PrintStream out)
      throws Exception {
    Path folder = Files.createTempDirectory("mnemogrid-events");
    Map<String, String> settings =
        Map.of(
            "MNEMOGRID_CHECKPOINT_EVERY", "3600",
            "MNEMOGRID_HTTP_MAX_STREAMS", Integer.toString(clients + stalled + 10),
            "MNEMOGRID_HTTP_MAX_STREAMS_OF_ONE", Integer.toString(clients + stalled + 10));
    out.printf(
        "%,d clients, %,d commits a second, rounds of %d s, %d cores%n",
        clients, rate, time.toSeconds(), Runtime.getRuntime().availableProcessors());
    try (HttpPeer peer = HttpPeer.with("events", settings, member, folder, WRITERS, LEAVES)) {
      write(peer, rate, Duration.ofSeconds(WARM_UP_SECONDS));
      Written alone = write(peer, rate, time);
      double heapAlone = Footprint.heapMib(peer.pid());
      double residentAlone = Footprint.residentMib(peer.pid());
      Written followed;
      EventClients.Told told;
      double heap;
      double resident;
      Written beside;
      EventClients.Told toldBeside;
      try (EventClients all = new EventClients(peer.port(), HttpPeer.SPACE, clients)) {
        followed = write(peer, rate, time);
        all.awaitVersion(last(followed), 30);
        told = all.told(followed.from(), followed.sentNanos());
        heap = Footprint.heapMib(peer.pid());
        resident = Footprint.residentMib(peer.pid());
        all.stall(peer.port(), HttpPeer.SPACE, stalled);
        beside = write(peer, rate, time);
        all.awaitVersion(last(beside), 30);
        toldBeside = all.told(beside.from(), beside.sentNanos());
      }
      double closed = peer.metric("mnemogrid_http_streams_stalled_total");
      Written again = write(peer, rate, time);
      double before = (alone.perSecond() + again.perSecond()) / 2;
      List<Row> rows = new ArrayList<>();
      String each = "%,d clients".formatted(clients);
      told(rows, each, told);
      told(rows, each + " + %,d stalled".formatted(stalled), toldBeside);
      rows.add(
          new Row(
              "live heap, " + each,
              Row.number(heap) + " MiB",
              "alone " + Row.number(heapAlone) + " MiB",
              heap - heapAlone,
              Row.Goal.atMost(64, "MiB")));
      rows.add(
          Row.of(
              "resident memory",
              Row.number(resident) + " MiB",
              "alone " + Row.number(residentAlone) + " MiB",
              resident / residentAlone));
      rows.add(
          Row.of(
              "stalled clients that were closed",
              Row.number(closed),
              "of %,d".formatted(stalled),
              stalled == 0 ? 0 : closed / stalled));
      for (var one : List.of(Map.entry(each, followed), Map.entry(each + " + stalled", beside))) {
        rows.add(
            new Row(
                "commits, " + one.getKey(),
                Row.perSecond(one.getValue().perSecond()),
                "alone " + Row.perSecond(before),
                one.getValue().perSecond() / before,
                Row.Goal.atLeast(0.9)));
        rows.add(
            Row.of(
                "commit p50, " + one.getKey(),
                Row.time(one.getValue().p(0.5)),
                "alone " + Row.time((alone.p(0.5) + again.p(0.5)) / 2),
                2.0 * one.getValue().p(0.5) / (alone.p(0.5) + again.p(0.5))));
        rows.add(
            Row.of(
                "commit p99, " + one.getKey(),
                Row.time(one.getValue().p(0.99)),
                "alone " + Row.time((alone.p(0.99) + again.p(0.99)) / 2),
                2.0 * one.getValue().p(0.99) / (alone.p(0.99) + again.p(0.99))));
      }
      out.println();
      out.println(Row.HEADER);
      rows.forEach(out::println);
      return rows;
    } finally {
      CommitsBench.delete(folder);
    }
  }

  private static long last(Written written) {
    return written.from() + written.sentNanos().length - 1;
  }

  private static void told(List<Row> rows, String who, EventClients.Told told) {
    rows.add(
        new Row(
            "p99 of an event, " + who,
            Row.number(told.millis(0.99)) + " ms",
            "p50 "
                + Row.number(told.millis(0.5))
                + ", longest "
                + Row.number(told.millis(1))
                + " ms",
            told.millis(0.99),
            Row.Goal.atMost(1000, "ms")));
    rows.add(
        new Row(
            "missing, doubled, ended, " + who,
            told.missing() + ", " + told.duplicates() + ", " + told.ended(),
            "of %,d".formatted(told.late().length + told.missing()),
            told.missing() + told.gaps() + told.duplicates() + told.ended(),
            Row.Goal.atMost(0, "events")));
  }

  /** Commits at a rate for a time, by a few writers in turn. */
  private static Written write(HttpPeer peer, int rate, Duration time) throws Exception {
    Map<Long, Long> sent = new ConcurrentHashMap<>();
    Map<Long, Long> took = new ConcurrentHashMap<>();
    long began = System.nanoTime();
    long end = began + time.toNanos();
    try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        writers.add(
            threads.submit(() -> {
              for (long n = writer; ; n += WRITERS) {
                long due = began + n * 1_000_000_000L / rate;
                if (due >= end) {
                  return null;
                }
                for (long left = due - System.nanoTime();
                    left > 0;
                    left = due - System.nanoTime()) {
                  LockSupport.parkNanos(left);
                }
                long now = System.nanoTime();
                if (now >= end) {
                  return null; // so late that the rate was not held
                }
                peer.write(writer, 0, (int) (n % LEAVES), n);
                long done = System.nanoTime();
                sent.put(peer.version(writer), now);
                took.put(peer.version(writer), done - now);
              }
            }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    long from = sent.keySet().stream().mapToLong(Long::longValue).min().orElseThrow();
    long[] at = new long[sent.size()];
    sent.forEach((version, nanos) -> at[(int) (version - from)] = nanos);
    long[] times = took.values().stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(times);
    return new Written(from, at, times, sent.size() / seconds);
  }
}
