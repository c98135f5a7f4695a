package io.mnemogrid.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortsTest {
  /** Else a connection that is opened by chance has the port before its process listens on it. */
  @Test
  void liesBelowThoseOfOutgoingConnections() throws IOException, InterruptedException {
    Process asked = new ProcessBuilder("cat", "/proc/sys/net/ipv4/ip_local_port_range").start();
    String range = new String(asked.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(asked.waitFor()).isZero();
    int first = Integer.parseInt(range.strip().split("\\s+", -1)[0]);
    List<Integer> ports = Ports.free(500);
    assertThat(ports).doesNotHaveDuplicates().allMatch(port -> port < first, "below " + first);
  }
}
