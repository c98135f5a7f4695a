package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.Authority.Issued;
import io.mnemogrid.api.Authority.Said;
import io.mnemogrid.api.RawHttp.Reply;
import io.mnemogrid.api.tls.Tls;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.math.BigInteger;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** TLS as clients meet it: the openssl of this machine, and connections of the JDK. */
class TlsIT {
  private static final String ANSWER = "HTTP/1.1 ";
  private static final String EC = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
  private static final List<Glob> EVERY = List.of(Glob.ALL);

  @TempDir private Path folder = Path.of("");
  private Authority authority;
  private Path certificate;
  private Path key;
  private @Nullable RunningServer api;

  @BeforeEach
  void issue() throws IOException {
    authority = Authority.in(folder);
    certificate = folder.resolve("server.pem");
    key = folder.resolve("server.key");
    install(authority.issue(Authority.LOOPBACK));
  }

  @AfterEach
  void stop() {
    if (api != null) {
      Server.stop(api.server());
    }
  }

  /** Puts a pair in the server's place, file by file and each in place, as many scripts do. */
  private void install(Issued issued) throws IOException {
    Files.copy(issued.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        issued.key(), key, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private RunningServer api() {
    return Objects.requireNonNull(api);
  }

  private int start(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put("mnemogrid.http.tls-certificate", certificate.toString());
    settings.put("mnemogrid.http.tls-key", key.toString());
    settings.put("mnemogrid.http.hosts", "grid.example");
    api = RunningServer.start(settings);
    return api().server().getPort();
  }

  private Keys keys() {
    return api().server().getApplicationContext().getBean(Mnemogrid.class).keys().orElseThrow();
  }

  private static String get(String path, String... headers) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: grid.example\r\n"
        + String.join("", List.of(headers).stream().map(line -> line + "\r\n").toList())
        + "\r\n";
  }

  /** What {@code openssl s_client} says to one request. */
  private Said ask(int port, String... options) {
    List<String> command =
        new ArrayList<>(
            List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port, "-servername"));
    command.addAll(List.of("grid.example", "-verify_return_error", "-ign_eof"));
    command.addAll(List.of("-CAfile", authority.certificate().toString()));
    command.addAll(List.of(options));
    return Authority.run(command, get("/v1/spaces", "Connection: close"));
  }

  private static String[] showing(Issued issued) {
    return new String[] {"-cert", issued.certificate().toString(), "-key", issued.key().toString()};
  }

  @Test
  void speaksNewVersionsAlone() {
    int port = start(Map.of());
    assertThat(api().server().getURL().getProtocol()).isEqualTo("https");
    assertThat(ask(port).all()).contains("TLSv1.3", ANSWER + "200");
    assertThat(ask(port, "-tls1_3").all()).contains(ANSWER + "200");
    for (String version : List.of("-tls1_2", "-tls1_1", "-tls1")) {
      Said refused = ask(port, version, "-cipher", "DEFAULT@SECLEVEL=0");
      assertThat(refused.exit()).as(version).isNotZero();
      assertThat(refused.all())
          .as(version)
          .contains("alert protocol version")
          .doesNotContain(ANSWER);
    }
  }

  @Test
  void speaksAnOlderVersionByChoice() {
    int port = start(Map.of("mnemogrid.http.tls-versions", "1.2,1.3"));
    assertThat(ask(port).all()).contains("TLSv1.3", ANSWER + "200");
    assertThat(ask(port, "-tls1_2").all()).contains("TLSv1.2", ANSWER + "200");
    assertThat(ask(port, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0").all())
        .contains("alert protocol version")
        .doesNotContain(ANSWER);
  }

  /**
   * A handshake costs the server more than the client, and one connection could begin thousands.
   */
  @Test
  void aClientBeginsOneHandshakeOnAConnection() throws IOException {
    int port = start(Map.of("mnemogrid.http.tls-versions", "1.2,1.3"));
    SSLContext client = authority.client(null);
    try (SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(60_000);
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      socket.getOutputStream().write(get("/v1/spaces").getBytes(StandardCharsets.US_ASCII));
      byte[] answer = new byte[ANSWER.length() + 3];
      assertThat(socket.getInputStream().readNBytes(answer, 0, answer.length))
          .isEqualTo(answer.length);
      assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo(ANSWER + "200");
      socket.setSoTimeout(10_000);
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                socket
                    .getOutputStream()
                    .write(get("/v1/spaces").getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().skipNBytes(1_000_000);
              })
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void answersNothingWithoutTlsAndSaysOnlyThereToKeepToIt() {
    int port = start(Map.of());
    try (RawHttp plain = RawHttp.to(port)) {
      plain.send("GET /health/liveness HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n");
      assertThat(plain.hasHttp()).isFalse();
    }
    SSLContext client = authority.client(null);
    String strict = "Strict-Transport-Security";
    try (RawHttp tls = RawHttp.by(client, "grid.example", port)) {
      Reply good = tls.send(get("/v1/spaces")).reply();
      assertThat(good.status()).isEqualTo(200);
      assertThat(good.header(strict)).isEqualTo("max-age=31536000");
      assertThat(tls.send(get("/no/such/place")).reply().header(strict)).startsWith("max-age=");
      // The port is part of the Host, and so is the scheme of an Origin.
      tls.send("GET /v1/spaces HTTP/1.1\r\nHost: localhost\r\n\r\n")
          .reply()
          .isProblem(421, "misdirected");
      tls.send(get("/v1/spaces", "Origin: http://grid.example")).reply().isProblem(403, "origin");
      assertThat(tls.send(get("/v1/spaces", "Origin: https://grid.example")).reply().status())
          .isEqualTo(200);
      Reply local =
          tls.send("GET /v1/spaces HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n").reply();
      assertThat(local.status()).isEqualTo(200);
      assertThat(local.header(strict)).as("other ports of localhost are others'").isEmpty();
    }
    RunningServer open = RunningServer.shared();
    Reply plain =
        RawHttp.once(
            open.server().getPort(),
            "GET /v1/spaces HTTP/1.1\r\nHost: 127.0.0.1:" + open.server().getPort() + "\r\n\r\n");
    assertThat(plain.status()).isEqualTo(200);
    assertThat(plain.header(strict)).isEmpty();
  }

  /** A refusal arrives although the caller goes on sending. */
  @Test
  void answersARequestThatIsTooLarge() {
    int port = start(Map.of());
    try (RawHttp tls = RawHttp.by(authority.client(null), "grid.example", port)) {
      tls.send(
              "PUT /v1/spaces/large HTTP/1.1\r\nHost: grid.example\r\n"
                  + "Content-Type: application/json\r\nContent-Length: 8000000\r\n\r\n")
          .reply()
          .isProblem(413, "too-large");
    }
  }

  @Test
  void aClientsCertificateNamesAKey() {
    int port = start(Map.of("mnemogrid.http.tls-client-ca", authority.certificate().toString()));
    ApiKey.Issued one = keys().create("one", new Grant(Role.READER, EVERY, EVERY), null);
    ApiKey.Issued other = keys().create("other", new Grant(Role.READER, EVERY, EVERY), null);
    String id = one.key().id();
    Issued own = authority.issue("URI:mnemogrid:key:" + id);

    assertThat(ask(port).all()).contains(ANSWER + "401", "key-required");
    assertThat(ask(port, showing(own)).all()).contains(ANSWER + "200");
    assertThat(ask(port, showing(authority.issue("DNS:" + id + ",URI:other:" + id))).all())
        .as("a certificate without a key is no key")
        .contains(ANSWER + "401", "key-required");
    for (String names :
        List.of(
            "URI:mnemogrid:key:nobody12",
            "URI:mnemogrid:key:" + id.toLowerCase(Locale.ROOT) + "x",
            "URI:mnemogrid:key:",
            "URI:mnemogrid:key:" + id + ",URI:mnemogrid:key:" + other.key().id())) {
      assertThat(ask(port, showing(authority.issue(names))).all())
          .as(names)
          .contains(ANSWER + "401", "key-unknown");
    }
    String p256 = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
    for (Issued refused :
        List.of(
            Authority.in(folder).issue("URI:mnemogrid:key:" + id),
            authority.issue("URI:mnemogrid:key:" + id, p256, "-days -1"),
            authority.issue(
                "URI:mnemogrid:key:" + id,
                p256 + " -addext extendedKeyUsage=serverAuth",
                "-days 2"))) {
      assertThat(ask(port, showing(refused)).all())
          .as("a stranger's, one that has ended, one that is for servers")
          .contains("alert")
          .doesNotContain(ANSWER);
    }

    try (RawHttp kept = RawHttp.by(authority.client(own), "grid.example", port)) {
      String sent = "Authorization: Bearer ";
      assertThat(kept.send(get("/v1/spaces")).reply().status()).isEqualTo(200);
      assertThat(kept.send(get("/v1/spaces", sent + one.text().whole())).reply().status())
          .isEqualTo(200);
      kept.send(get("/v1/spaces", sent + other.text().whole()))
          .reply()
          .isProblem(401, "key-unknown");
      kept.send(get("/v1/spaces", sent + "mg_wrong")).reply().isProblem(401, "key-unknown");
      kept.send(get("/v1/keys")).reply().isProblem(403, "not-allowed");
      keys().revoke(id);
      kept.send(get("/v1/spaces")).reply().isProblem(401, "key-unknown");
      kept.send(get("/v1/spaces", sent + one.text().whole())).reply().isProblem(401, "key-unknown");
      assertThat(kept.send(get("/health/liveness")).reply().status()).isEqualTo(200);
    }
    assertThat(ask(port, showing(own)).all()).contains(ANSWER + "401", "key-unknown");
  }

  private static BigInteger serial(RawHttp connection) {
    return ((X509Certificate) connection.certificate()).getSerialNumber();
  }

  private BigInteger shown(SSLContext client, int port) {
    try (RawHttp fresh = RawHttp.by(client, "grid.example", port)) {
      return serial(fresh);
    }
  }

  /** Half of the callers keep their connection, half make one for each request. */
  @Test
  void aRenewedCertificateIsTakenUnderLoadWithoutAnError() throws Exception {
    int port = start(Map.of("mnemogrid.http.tls-client-ca", authority.certificate().toString()));
    SSLContext client = authority.client(null);
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong good = new AtomicLong();
    Queue<String> bad = new ConcurrentLinkedQueue<>();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int caller = i;
      callers.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  call(client, port, caller, over, good);
                } catch (RuntimeException | AssertionError e) {
                  bad.add(String.valueOf(e));
                }
              }));
    }
    try (RawHttp kept = RawHttp.by(client, "grid.example", port)) {
      goesOn(kept); // a connection that asks nothing is ended after some seconds
      BigInteger first = serial(kept);
      for (int round = 0; round < 3; round++) {
        BigInteger before = shown(client, port);
        Issued next = authority.issue(Authority.LOOPBACK);
        Files.copy(next.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
        long calls = good.get();
        await()
            .atMost(RunningServer.PATIENCE)
            .failFast(() -> assertThat(bad).isEmpty())
            .until(() -> good.get() > calls + 50);
        assertThat(shown(client, port)).as("a pair that is none is not taken").isEqualTo(before);
        install(next);
        await().atMost(RunningServer.PATIENCE).until(() -> !shown(client, port).equals(before));
        goesOn(kept);
      }
      assertThat(serial(kept)).isEqualTo(first);
    }
    over.set(true);
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(bad).isEmpty();
    assertThat(good.get()).isGreaterThan(150);
    assertThat(RawHttp.by(client, "grid.example", port).send(get("/prometheus")).reply().body())
        .contains("mnemogrid_http_certificate_left_seconds 1");
  }

  /** What the part {@code certificate} of the server's health says. */
  private String certificateHealth(SSLContext client, int port) {
    try (RawHttp raw = RawHttp.by(client, "grid.example", port)) {
      Json.Arr parts = (Json.Arr) raw.send(get("/health")).reply().json().members().get("parts");
      return Objects.requireNonNull(parts).items().stream()
          .map(Json::canonical)
          .filter(part -> part.contains("\"name\":\"certificate\""))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Of the same authority, each for another time. */
  @Test
  void warnsOfACertificateThatEndsSoon() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(Tls.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    try {
      int port = start(Map.of());
      SSLContext client = authority.client(null);
      assertThat(certificateHealth(client, port))
          .contains("\"degraded\"", "ends at 20", "renew it");
      assertThat(warned(said))
          .hasSize(1)
          .first()
          .asString()
          .contains("the TLS certificate ends at");
      install(authority.issue(Authority.LOOPBACK, EC, "-days 15"));
      await()
          .atMost(RunningServer.PATIENCE)
          .until(() -> certificateHealth(client, port).contains("\"up\""));
      assertThat(warned(said)).hasSize(1);
      install(authority.issue(Authority.LOOPBACK, EC, "-days 13"));
      await()
          .atMost(RunningServer.PATIENCE)
          .until(() -> certificateHealth(client, port).contains("\"degraded\""));
      await().atMost(RunningServer.PATIENCE).until(() -> warned(said).size() == 2);
      install(authority.issue(Authority.LOOPBACK, EC, "-days 0")); // its end is now
      await()
          .atMost(RunningServer.PATIENCE)
          .untilAsserted(
              () -> assertThat(warned(said)).hasSize(3).last().asString().contains("has ended"));
    } finally {
      logger.detachAppender(said);
    }
  }

  private static List<String> warned(ListAppender<ILoggingEvent> said) {
    return List.copyOf(said.list).stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static void goesOn(RawHttp kept) {
    assertThat(kept.send(get("/v1/spaces")).reply().status())
        .as("a kept connection goes on")
        .isEqualTo(200);
  }

  private static void call(
      SSLContext client, int port, int caller, AtomicBoolean over, AtomicLong good) {
    String space = "caller-" + caller;
    RawHttp kept = RawHttp.by(client, "grid.example", port);
    kept.send("PUT /v1/spaces/" + space + " HTTP/1.1\r\nHost: grid.example\r\n\r\n").reply();
    for (int i = 0; !over.get(); i++) {
      if (caller % 2 == 0) {
        kept.close();
        kept = RawHttp.by(client, "grid.example", port);
      }
      String body = delta("u" + i, i, "/n", "" + i);
      Reply committed =
          kept.send(
                  "POST /v1/spaces/"
                      + space
                      + "/updates HTTP/1.1\r\nHost: grid.example\r\n"
                      + "Content-Type: application/json\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
              .reply();
      assertThat(committed.status()).as(committed.body()).isEqualTo(201);
      good.incrementAndGet();
    }
    kept.close();
  }

  /** Who no longer may issue certificates is not believed on connections that begin later. */
  @Test
  void otherIssuersAreTakenToo() throws Exception {
    Path issuers = folder.resolve("issuers.pem");
    Files.copy(authority.certificate(), issuers);
    int port = start(Map.of("mnemogrid.http.tls-client-ca", issuers.toString()));
    String id = keys().create("one", new Grant(Role.READER, EVERY, EVERY), null).key().id();
    Issued old = authority.issue("URI:mnemogrid:key:" + id);
    Authority next = Authority.in(folder);
    Issued fresh = next.issue("URI:mnemogrid:key:" + id);
    Path session = folder.resolve("session.pem");
    List<String> saving = new ArrayList<>(List.of(showing(old)));
    saving.addAll(List.of("-sess_out", session.toString()));
    assertThat(ask(port, saving.toArray(String[]::new)).all()).contains(ANSWER + "200");
    assertThat(session).exists();
    Files.copy(next.certificate(), issuers, StandardCopyOption.REPLACE_EXISTING);
    await()
        .atMost(RunningServer.PATIENCE)
        .until(() -> ask(port, showing(fresh)).all().contains(ANSWER + "200"));
    assertThat(ask(port, showing(old)).all()).doesNotContain(ANSWER + "200");
    assertThat(ask(port, "-sess_in", session.toString()).all())
        .as("a session that was begun with an old certificate is not gone on with")
        .doesNotContain(ANSWER + "200");
  }

  private String refusal(Map<String, String> environment) throws Exception {
    try (ServerProcess member = ServerProcess.start(folder, environment)) {
      assertThat(member.exitCode()).isEqualTo(Server.CANNOT_START);
      assertThat(member.log()).doesNotContain("\tat ");
      return member.log().strip().lines().toList().getLast();
    }
  }

  @Test
  void doesNotStartWithWhatCannotBeUsed() throws Exception {
    String[] names = {
      "MNEMOGRID_HTTP_TLS_CERTIFICATE", "MNEMOGRID_HTTP_TLS_KEY", "MNEMOGRID_HTTP_TLS_CLIENT_CA"
    };
    assertThat(refusal(Map.of(names[0], certificate.toString(), names[1], folder + "/none.key")))
        .endsWith("cannot be used: " + folder + "/none.key is missing");
    assertThat(refusal(Map.of(names[1], key.toString())))
        .startsWith("TLS has a certificate and its key: set " + names[0]);
    Issued other = authority.issue(Authority.LOOPBACK);
    assertThat(refusal(Map.of(names[0], certificate.toString(), names[1], other.key().toString())))
        .endsWith("the key is not that of the certificate");
    assertThat(
            refusal(
                Map.of(
                    names[0], certificate.toString(),
                    names[1], key.toString(),
                    names[2], key.toString())))
        .endsWith("cannot be used: there is no certificate");
    assertThat(folder.resolve("data/mnemogrid.db")).as("no member was started").doesNotExist();
  }
}
