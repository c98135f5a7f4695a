package io.mnemogrid.api.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.RemoteAddress;
import io.mnemogrid.setting.Section;
import io.mnemogrid.setting.Values;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is counted, and what counting costs, with the rates of a real member. */
class CallersIT {
  private static final int ROUNDS = 30;
  private static final int REQUESTS = 20_000;

  @TempDir private Path folder;
  private Mnemogrid grid;
  private Callers callers;

  @BeforeEach
  void start() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    grid =
        Mnemogrid.start(
            GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
                .withCluster("callers-" + port)
                .withPort(port)
                .withMembers(List.of("127.0.0.1:" + port)));
    Values settings =
        Values.of(
            Section.OF_SERVER,
            Map.of("mnemogrid.rate.address", "1000000000,1000000000,1000000000"),
            _ -> null);
    callers = new Callers(grid, settings, new SimpleMeterRegistry());
  }

  @AfterEach
  void stop() {
    grid.close();
  }

  private static InetAddress address(String text) throws UnknownHostException {
    return RemoteAddress.who(new InetSocketAddress(InetAddress.getByName(text), 1));
  }

  @Test
  void countsA64AsOneAndKnowsFewAddressesAtOnce() throws UnknownHostException {
    Caller one = callers.caller(address("2001:db8:1:2::3"));
    assertThat(callers.caller(address("2001:db8:1:2:ffff::1"))).isSameAs(one);
    assertThat(callers.caller(address("2001:db8:1:3::3"))).isNotSameAs(one);
    assertThat(callers.caller(address("192.0.2.1")))
        .isSameAs(callers.caller(address("192.0.2.1")))
        .isNotSameAs(callers.caller(address("192.0.2.2")));
    for (int i = 0; i < 4 * Callers.MOST_ADDRESSES; i++) {
      callers.caller(
          InetAddress.getByAddress(new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i}));
    }
    assertThat(callers.addresses()).isEqualTo(Callers.MOST_ADDRESSES);
  }

  /**
   * All that a request has for its rate: the look-up, a token, the bytes and the work, the header.
   * In time of the processor, since others may use it meanwhile; the best of some rounds.
   */
  @Test
  void costsAMicrosecondAtMost() throws UnknownHostException {
    InetAddress address = InetAddress.getByName("192.0.2.1");
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long[] nanos = new long[ROUNDS];
    int characters = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long began = threads.getCurrentThreadCpuTime();
      for (int i = 0; i < REQUESTS; i++) {
        Caller caller = callers.caller(address);
        if (caller.enter() != null) {
          throw new AssertionError("it is not limited in fact");
        }
        caller.bytes(1000);
        caller.work(3);
        characters += caller.left().length();
      }
      nanos[round] = (threads.getCurrentThreadCpuTime() - began) / REQUESTS;
    }
    assertThat(characters).isPositive();
    Arrays.sort(nanos);
    System.out.printf(
        "what a request has for its rate: %d ns of a processor, %d ns in the middle of %d rounds%n",
        nanos[0], nanos[ROUNDS / 2], ROUNDS);
    assertThat(nanos[0]).isLessThanOrEqualTo(1000);
  }
}
