package io.mnemogrid.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Writers in a closed loop: each sends its next write when the last one is answered. */
final class Load {
  /** One writer's next write; returns when it is answered as durable. */
  interface Writer {
    void write(int writer, long n) throws Exception;
  }

  /** What a stretch of load did. */
  record Result(long writes, Duration time, long p50Nanos, long p99Nanos) {
    double perSecond() {
      return writes / (time.toNanos() / 1e9);
    }
  }

  private Load() {}

  /** Runs {@code writers} for {@code time} on threads of their own. */
  static Result run(int writers, Duration time, Writer writer) throws Exception {
    CountDownLatch ready = new CountDownLatch(writers);
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean over = new AtomicBoolean();
    AtomicReference<Exception> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    List<long[]> latencies = new ArrayList<>();
    int[] counts = new int[writers];
    for (int w = 0; w < writers; w++) {
      int id = w;
      long[] mine = new long[1 << 12];
      latencies.add(mine);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  ready.countDown();
                  go.await();
                  int n = 0;
                  while (!over.get()) {
                    long before = System.nanoTime();
                    writer.write(id, n);
                    mine[n & mine.length - 1] = System.nanoTime() - before;
                    n++;
                  }
                  counts[id] = n;
                } catch (Exception e) {
                  failure.compareAndSet(null, e);
                  over.set(true);
                }
              }));
    }
    ready.await();
    long start = System.nanoTime();
    go.countDown();
    long end = start + time.toNanos();
    while (System.nanoTime() < end && !over.get()) {
      Thread.sleep(5);
    }
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    long took = System.nanoTime() - start;
    if (failure.get() != null) {
      throw failure.get();
    }
    return result(latencies, counts, took);
  }

  private static Result result(List<long[]> latencies, int[] counts, long took) {
    long writes = 0;
    int kept = 0;
    for (int w = 0; w < counts.length; w++) {
      writes += counts[w];
      kept += Math.min(counts[w], latencies.get(w).length);
    }
    long[] all = new long[kept];
    int at = 0;
    for (int w = 0; w < counts.length; w++) {
      int n = Math.min(counts[w], latencies.get(w).length);
      System.arraycopy(latencies.get(w), 0, all, at, n);
      at += n;
    }
    Arrays.sort(all);
    return new Result(
        writes,
        Duration.ofNanos(took),
        all.length == 0 ? 0 : all[all.length / 2],
        all.length == 0 ? 0 : all[(int) (all.length * 0.99)]);
  }
}
