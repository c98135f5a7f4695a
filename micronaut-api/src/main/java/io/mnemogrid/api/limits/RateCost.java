package io.mnemogrid.api.limits;

import io.github.bucket4j.Bucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.setting.Section;
import io.mnemogrid.setting.Values;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a request has for its rate, beside one bucket of Bucket4j alone: {@code ./mnemogrid bench
 * costs} starts it in a process of its own. It prints {@code round OURS THEIRS} for each round, in
 * nanoseconds for one. Ours is all of it: the look-up of the caller, a token, the bytes and the
 * work, and the text of the header.
 */
public final class RateCost {
  private static final int REQUESTS = 20_000;
  private static final long MOST = 1_000_000_000;

  private RateCost() {}

  /**
   * Measures.
   *
   * @param arguments an empty folder for a member's store, and the number of rounds
   */
  public static void main(String[] arguments) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (Mnemogrid grid =
        Mnemogrid.start(
            GridConfig.onOneHost(Path.of(arguments[0], "mnemogrid.db"))
                .withCluster("costs-" + port)
                .withPort(port)
                .withMembers(List.of("127.0.0.1:" + port)))) {
      Map<String, String> rates = Map.of("mnemogrid.rate.address", MOST + "," + MOST + "," + MOST);
      Values settings = Values.of(Section.OF_SERVER, rates, _ -> null);
      Callers callers = new Callers(grid, settings, new SimpleMeterRegistry());
      Bucket plain =
          Bucket.builder()
              .addLimit(limit -> limit.capacity(MOST).refillGreedy(MOST, Duration.ofSeconds(1)))
              .build();
      InetAddress address = InetAddress.getByName("192.0.2.1");
      for (int round = Integer.parseInt(arguments[1]); round > 0; round--) {
        out.println("round " + ours(callers, address) + " " + theirs(plain));
      }
    }
    System.exit(0); // threads of the libraries may linger
  }

  private static long ours(Callers callers, InetAddress address) {
    int characters = 0;
    long began = System.nanoTime();
    for (int i = 0; i < REQUESTS; i++) {
      Caller caller = callers.caller(address);
      if (caller.enter() != null) {
        throw new IllegalStateException("the rate is used up");
      }
      caller.bytes(1000);
      caller.work(3);
      characters += caller.left().length();
    }
    long took = System.nanoTime() - began;
    if (characters == 0) {
      throw new IllegalStateException("no header was written");
    }
    return took / REQUESTS;
  }

  private static long theirs(Bucket plain) {
    long began = System.nanoTime();
    for (int i = 0; i < REQUESTS; i++) {
      if (!plain.tryConsume(1)) {
        throw new IllegalStateException("the bucket is empty");
      }
    }
    return (System.nanoTime() - began) / REQUESTS;
  }
}
