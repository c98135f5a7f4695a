package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** To whom the key of a data folder may go. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "whose a socket is stands in /proc")
class LocalKeyTest {
  @TempDir Path data;

  @BeforeEach
  void fill() throws IOException {
    Files.createDirectories(data.resolve("run"));
    Files.writeString(data.resolve(LocalKey.FILE), "mg_the_key\n");
  }

  private void record(long pid) throws IOException {
    RunRecord.of(pid, List.of("member")).write(data, "member");
  }

  private static URI at(String host, int port) {
    return URI.create("http://" + host + ":" + port);
  }

  @Test
  void isForTheProcessThatListens() throws IOException {
    record(ProcessHandle.current().pid());
    int port;
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = listening.getLocalPort();
      for (String host : List.of("127.0.0.1", "localhost", "[::1]")) {
        assertThat(LocalKey.find(data, at(host, port)).map(LocalKey::text))
            .as(host)
            .contains("mg_the_key");
      }
      assertThat(LocalKey.find(data, at("10.0.0.1", port))).isEmpty();
      assertThat(LocalKey.find(data, URI.create("http://127.0.0.1"))).isEmpty();
      Files.delete(data.resolve(LocalKey.FILE));
      assertThat(LocalKey.find(data, at("127.0.0.1", port))).as("no key").isEmpty();
      fill();
    }
    assertThat(LocalKey.find(data, at("127.0.0.1", port))).as("nobody listens").isEmpty();
  }

  /** The member has one address of the port, and a stranger another one of it. */
  @Test
  void isForNobodyWhereSomebodyElseListensOnThePortToo() throws Exception {
    Process member = new ProcessBuilder("sleep", "600").start();
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      URI api = at("127.0.0.1", listening.getLocalPort());
      record(member.pid());
      assertThat(LocalKey.find(data, api)).isEmpty();
      record(ProcessHandle.current().pid());
      LocalKey key = LocalKey.find(data, api).orElseThrow();
      assertThat(key.isStillWithItsMember()).isTrue();
      try (ServerSocket _ =
          new ServerSocket(listening.getLocalPort(), 1, InetAddress.getByName("127.0.0.2"))) {
        assertThat(key.isStillWithItsMember()).as("another socket than before").isFalse();
      }
      assertThat(key.isStillWithItsMember()).isTrue();
    } finally {
      member.destroyForcibly().waitFor();
    }
    record(member.pid());
    assertThat(LocalKey.find(data, at("127.0.0.1", 8080))).as("it has ended").isEmpty();
  }
}
