package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.http.server.netty.NettyEmbeddedServer;
import io.mnemogrid.command.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A member whose HTTP port others would reach does not start, whatever named the address. */
class BoundIT {
  private static final String HOST = "micronaut.server.host";

  @TempDir private Path folder = Path.of("");

  private void refuses(ServerProcess member) throws Exception {
    try (member) {
      assertThat(member.exitCode()).isEqualTo(Server.CANNOT_START);
      assertThat(member.log().strip().lines().toList().getLast())
          .startsWith("HTTP was bound to ")
          .contains("ssh -L")
          .contains("MNEMOGRID_INSECURE_HTTP=yes");
      // The refusal is a sentence. Hazelcast prints a trace of its own, through the audit's frames,
      // when the member closes while the audit's job is being submitted.
      assertThat(member.log()).doesNotContain("\tat io.mnemogrid.api");
    }
  }

  @Test
  void refusesAnAddressFromTheEnvironment() throws Exception {
    refuses(ServerProcess.start(folder, Map.of("MICRONAUT_SERVER_HOST", "0.0.0.0")));
  }

  @Test
  void refusesAnAddressFromAFile() throws Exception {
    Path yaml = folder.resolve("more.yml");
    Files.writeString(yaml, "micronaut:\n  server:\n    host: 0.0.0.0\n");
    refuses(
        ServerProcess.start(folder, Map.of("MICRONAUT_CONFIG_FILES", yaml.toAbsolutePath() + "")));
  }

  /** The name resolves to an address that is no loopback one, on every machine. */
  @Test
  void refusesAHostNameFromAPropertyOfTheJvm() throws Exception {
    Path hosts = folder.resolve("hosts");
    Files.writeString(hosts, "0.0.0.0 grid.example\n");
    refuses(
        ServerProcess.start(
            folder, Map.of(), "-Djdk.net.hosts.file=" + hosts, "-D" + HOST + "=grid.example"));
  }

  @ParameterizedTest
  @CsvSource({
    HOST + ",::", // all addresses, by IPv6
    HOST + ",0:0:0:0:0:0:0:0",
    "micronaut.server.netty.listeners.other.host,0.0.0.0", // a listener of its own
    "micronaut.server.netty.listeners.other.expose-default-routes,true", // one without a host
  })
  void refusesOtherSpellings(String property, String value) {
    assertThatThrownBy(() -> RunningServer.start(Map.of(property, value)))
        .satisfies(thrown -> assertThat(Server.sentence(thrown)).startsWith("HTTP was bound to "));
  }

  @ParameterizedTest
  @CsvSource({HOST + ",::1", HOST + ",127.0.0.2", HOST + ",localhost"})
  void startsOnLoopback(String property, String value) {
    Server.stop(RunningServer.start(Map.of(property, value)).server());
  }

  /** The settings of TLS with a certificate that was made for it. */
  private static Map<String, Object> tls(Authority authority) {
    Authority.Issued issued = authority.issue(Authority.LOOPBACK);
    return Map.of(
        "mnemogrid.http.tls-certificate", issued.certificate().toString(),
        "mnemogrid.http.tls-key", issued.key().toString(),
        "mnemogrid.http.hosts", "grid.example");
  }

  private void makeKey() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    String[] words = {"keys", "create", "me", "--role", "operator", "--data", data.toString()};
    assertThat(Main.run(System.out, System.err, words)).isZero();
  }

  private Map<String, Object> anywhere(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put(HOST, "0.0.0.0");
    settings.put("mnemogrid.data", folder.resolve("data").toString());
    return settings;
  }

  private void refuses(Map<String, Object> settings, String reason) {
    assertThatThrownBy(() -> RunningServer.start(anywhere(settings)))
        .satisfies(thrown ->
            assertThat(Server.sentence(thrown)).startsWith("HTTP was bound to ").contains(reason));
  }

  @Test
  void startsAnywhereWithKeysAndTlsAndWithNeitherAlone() throws Exception {
    Authority authority = Authority.in(folder);
    Map<String, Object> tls = tls(authority);
    refuses(tls, "there are no keys");
    makeKey();
    refuses(Map.of(), "keys would travel in clear");
    Map<String, Object> another = new HashMap<>(tls);
    another.put("micronaut.server.netty.listeners.other.host", "0.0.0.0");
    refuses(another, "not the one listener");
    another = new HashMap<>(tls);
    another.put("micronaut.server.dual-protocol", "true"); // it would open a port in clear
    RunningServer open = RunningServer.start(anywhere(another));
    try (RawHttp raw =
        RawHttp.by(authority.client(null), "grid.example", open.server().getPort())) {
      assertThat(((NettyEmbeddedServer) open.server()).getBoundPorts())
          .containsExactly(open.server().getPort());
      raw.send("GET /v1/spaces HTTP/1.1\r\nHost: grid.example\r\n\r\n")
          .reply()
          .isProblem(401, "key-required");
    } finally {
      Server.stop(open.server());
    }
  }

  @Test
  void startsAnywhereWhenTheOperatorSaysSo() {
    RunningServer open =
        RunningServer.start(Map.of(HOST, "0.0.0.0", "mnemogrid.insecure-http", "yes"));
    try {
      assertThat(open.get("/health/liveness").status()).isEqualTo(200);
      // Its names are still those of the list.
      RawHttp.once(open.server().getPort(), "GET /v1/spaces HTTP/1.1\r\nHost: 0.0.0.0:1\r\n\r\n")
          .isProblem(421, "misdirected");
    } finally {
      Server.stop(open.server());
    }
  }
}
