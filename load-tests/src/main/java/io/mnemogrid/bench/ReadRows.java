package io.mnemogrid.bench;

import com.sun.management.ThreadMXBean;
import io.mnemogrid.Space;
import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Reads in the bot's own JVM. */
final class ReadRows {
  private static final int LEAVES = 100_000;
  private static final int READS = 1 << 20;

  private ReadRows() {}

  static List<Row> read(Run run) throws Exception {
    try (MnemogridPeer member = new MnemogridPeer(run.empty("read"), 1, LEAVES)) {
      Space space = member.space();
      Random random = new Random(1);
      Pointer[] prepared = new Pointer[LEAVES];
      for (int i = 0; i < LEAVES; i++) {
        prepared[i] = Pointer.parse(MnemogridPeer.path(random.nextInt(LEAVES)));
      }
      long[] nanos = new long[READS];
      double[] medians = new double[run.rounds()];
      double allocated = 0;
      for (int round = 0; round <= run.rounds(); round++) {
        for (int i = 0; i < READS; i++) {
          Pointer path = prepared[i % LEAVES];
          long before = System.nanoTime();
          Json value = space.read(path);
          nanos[i] = System.nanoTime() - before;
          if (value == null) {
            throw new IllegalStateException("nothing stands at " + path);
          }
        }
        allocated = allocatedBytes(space, prepared);
        Arrays.sort(nanos);
        run.out()
            .printf(
                "  %-10s %-26s %12s   p50 %10s   p99 %10s%n",
                round == 0 ? "warm-up" : "round " + round,
                "read in this JVM",
                Row.number(allocated) + " B",
                Row.time(nanos[READS / 2]),
                Row.time(nanos[(int) (READS * 0.99)]));
        if (round > 0) {
          medians[round - 1] = nanos[READS / 2];
        }
      }
      Arrays.sort(medians);
      double p50 = medians[medians.length / 2];
      return List.of(
          new Row(
              "read of a path in the bot's JVM, p50",
              Row.time(p50),
              "100,000 leaves, prepared pointer",
              p50 / 1e3,
              Goal.atMost(1, "µs")),
          new Row(
              "read of a path, allocated beside the value",
              Row.number(allocated) + " B",
              "",
              allocated,
              Goal.atMost(0, "B")));
    }
  }

  /** Bytes that a read allocates on this thread, on average. */
  private static double allocatedBytes(Space space, Pointer[] prepared) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().threadId();
    long there = 0;
    long before = threads.getThreadAllocatedBytes(thread);
    for (int i = 0; i < READS; i++) {
      there += space.read(prepared[i % LEAVES]) == null ? 0 : 1;
    }
    long after = threads.getThreadAllocatedBytes(thread);
    if (there != READS) {
      throw new IllegalStateException("read " + there + " of " + READS);
    }
    // asking the bean allocates far less than a byte a read
    return Math.floor((double) (after - before) / READS);
  }
}
