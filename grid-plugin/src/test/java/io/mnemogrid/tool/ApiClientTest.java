package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.LocalKey;
import io.mnemogrid.command.RunRecord;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands send to a member, and what they make of its answers. */
class ApiClientTest {
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private HttpServer server;

  /** A server that answers {@code /STATUS/…} with that status and a small object. */
  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    keys.addAll(exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " "
            + exchange.getRequestHeaders().get("Content-Length"));
    String[] names = exchange.getRequestURI().getPath().split("/");
    int status = Integer.parseInt(names[1]);
    byte[] body = names[2].equals("large") ? new byte[33 << 20] : bytes(names[2]);
    exchange.getResponseHeaders().set("Location", "/200/elsewhere");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static byte[] bytes(String name) {
    String text =
        switch (name) {
          case "problem" -> "{\"detail\":\"it is so\",\"hint\":\"do that\"}";
          case "text" -> "no object";
          default -> "{\"name\":\"" + name + "\"}";
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static CommandFailure failure(String url, String path) {
    return catchThrowableOfType(CommandFailure.class, () -> new ApiClient(url).getJson(path));
  }

  @Test
  void readsWhatIsAnswered() {
    ApiClient api = new ApiClient(url() + "/");
    assertThat(api.getJson("/200/a?x=%20").get("name")).isEqualTo(Json.of("a"));
    assertThat(api.post("/202/b").get("name")).isEqualTo(Json.of("b"));
    assertThat(api.get("/200/text")).isEqualTo(bytes("text"));
    assertThat(requests)
        .containsExactly("GET /200/a?x=%20 null", "POST /202/b [0]", "GET /200/text null");
  }

  /** The quick reader takes canonical texts alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":[1,\"ü\",null]}",
        " { \"b\" : 1.0, \"a\" : [ true ] }",
        "1e2",
        "\"\\u0041\""
      })
  void readsJsonHoweverItIsSpelled(String text) {
    assertThat(ApiClient.json(text)).isEqualTo(Json.parse(text));
    assertThat(ApiClient.json(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(Json.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nul", "{}x", "\"\ud800\"", "{\"a\":1,\"a\":1}", "1e999"})
  void refusesWhatIsNoJson(String text) {
    assertThatThrownBy(() -> ApiClient.json(text)).isInstanceOf(JsonException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "400, USAGE",
    "401, NOT_ALLOWED",
    "403, NOT_ALLOWED",
    "404, NOTHING_THERE",
    "409, CONFLICT",
    "412, CONFLICT",
    "500, CANNOT_TELL",
    "503, UNAVAILABLE",
  })
  void endsAsTheStatusSays(int status, ExitCode code) {
    CommandFailure problem = failure(url(), "/" + status + "/problem");
    assertThat(problem.exit()).isEqualTo(code);
    assertThat(problem).hasMessageStartingWith("it is so (do that)");
    assertThat(failure(url(), "/" + status + "/text"))
        .hasMessageStartingWith("the server answers " + status);
    CommandFailure posted =
        catchThrowableOfType(
            CommandFailure.class, () -> new ApiClient(url()).post("/" + status + "/text"));
    assertThat(posted.exit()).isEqualTo(code);
    assertThat(posted).hasMessageStartingWith("the server answers " + status);
  }

  @Test
  void followsNoRedirect() {
    CommandFailure failure = failure(url(), "/302/a");
    assertThat(failure).hasMessage("the server answers 302");
    assertThat(requests).hasSize(1);
  }

  @Test
  void refusesWhatIsNoAnswerOfAMember() {
    assertThat(failure(url(), "/200/text")).hasMessageEndingWith("answers what is no JSON object");
    CommandFailure large = failure(url(), "/200/large");
    assertThat(large).hasMessageEndingWith("answers more than 32 MiB");
    assertThat(large.exit()).isEqualTo(ExitCode.CANNOT_TELL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "127.0.0.1:8080",
        "localhost:8080",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http:///v1",
        "http://127.0.0.1:99999",
        "http://a b",
        "http://127.0.0.1/?a",
        "http://127.0.0.1/#a"
      })
  void refusesWhatIsNoUrlOfAnApi(String url) {
    CommandFailure failure = failure(url, "/200/a");
    assertThat(failure.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(failure)
        .hasMessage("--url wants http://HOST:PORT or https://HOST:PORT, not '" + url + "'");
  }

  @Test
  void saysWhyNobodyAnswers() throws IOException {
    try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> take(plain, "HTTP/1.1 400 Bad Request\r\n\r\n"));
      CommandFailure noTls = failure("https://127.0.0.1:" + plain.getLocalPort(), "/200/a");
      assertThat(noTls).hasMessageMatching("no TLS with https://.*: is it http://\\? .*");
      assertThat(noTls.exit()).isEqualTo(ExitCode.UNAVAILABLE);
    }
    assertThat(failure("http://nowhere.invalid", "/200/a")).hasMessageContaining("no host");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    CommandFailure refused = failure("http://127.0.0.1:" + port, "/200/a");
    assertThat(refused.exit()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(refused).hasMessageContaining("nobody answers").hasMessageContaining("--url");
  }

  /** A server with a certificate for 127.0.0.1 that nobody else signed, and its certificate. */
  private HttpsServer startTls(Path folder, Path certificate) throws Exception {
    Path file = folder.resolve("server.p12");
    String password = "for the test";
    String[] words = {
      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
      "-genkeypair",
      "-alias",
      "a",
      "-keyalg",
      "EC",
      "-dname",
      "CN=test",
      "-validity",
      "2",
      "-ext",
      "san=ip:127.0.0.1",
      "-keystore",
      file.toString(),
      "-storepass",
      password
    };
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
    KeyStore store = KeyStore.getInstance(file.toFile(), password.toCharArray());
    Files.writeString(
        certificate,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(store.getCertificate("a").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer tls =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    tls.setHttpsConfigurator(new HttpsConfigurator(context));
    tls.createContext("/", this::answer);
    tls.start();
    return tls;
  }

  @Test
  void trustsTheIssuersThatAreNamedAndNoOthers(@TempDir Path folder) throws Exception {
    Path issuers = folder.resolve("issuers.pem");
    HttpsServer tls = startTls(folder, issuers);
    try {
      int port = tls.getAddress().getPort();
      ApiClient trusting = new ApiClient("https://127.0.0.1:" + port, folder, Optional.of(issuers));
      assertThat(trusting.getJson("/200/a").get("name")).isEqualTo(Json.of("a"));
      CommandFailure unknown =
          catchThrowableOfType(
              CommandFailure.class,
              () ->
                  new ApiClient("https://127.0.0.1:" + port, folder, Optional.empty())
                      .get("/200/a"));
      assertThat(unknown.exit()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(unknown).hasMessageContaining("no TLS with").hasMessageContaining("MNEMOGRID_CA");
      CommandFailure otherName =
          catchThrowableOfType(
              CommandFailure.class,
              () ->
                  new ApiClient("https://localhost:" + port, folder, Optional.of(issuers))
                      .get("/200/a"));
      assertThat(otherName).hasMessageContaining("no TLS with");
    } finally {
      tls.stop(0);
    }
    Files.writeString(issuers, "-----BEGIN CERTIFICATE-----\nhalf of it");
    CommandFailure noFile =
        catchThrowableOfType(
            CommandFailure.class,
            () -> new ApiClient("https://127.0.0.1:1", folder, Optional.of(issuers)));
    assertThat(noFile.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(noFile).hasMessageContaining(issuers.toString());
  }

  /** A data folder with a key, whose member is said to be that process. */
  private static void record(Path data, long pid) throws IOException {
    Files.createDirectories(data.resolve("run"));
    Files.writeString(data.resolve(LocalKey.FILE), "mg_the_key\n");
    RunRecord.of(pid, List.of("member")).write(data, "member");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "whose a socket is stands in /proc")
  void theKeyOfAFolderGoesToTheMemberThatRunsOnIt(@TempDir Path data) throws IOException {
    record(data, ProcessHandle.current().pid());
    ApiClient api = new ApiClient(url(), data);
    assertThat(api.getJson("/200/a").get("name")).isEqualTo(Json.of("a"));
    assertThat(api.post("/202/b").get("name")).isEqualTo(Json.of("b"));
    assertThat(keys).containsExactly("Bearer mg_the_key", "Bearer mg_the_key");
  }

  /** Any user of a machine may listen on its ports while no member does. */
  @Test
  void aStrangerWhoListensThereGetsNoKey(@TempDir Path data) throws Exception {
    Process member = new ProcessBuilder("sleep", "600").start();
    try {
      record(data, member.pid());
      ApiClient api = new ApiClient(url(), data);
      assertThat(api.getJson("/200/a").get("name")).isEqualTo(Json.of("a"));
      CommandFailure refused =
          catchThrowableOfType(CommandFailure.class, () -> api.getJson("/401/problem"));
      assertThat(refused).hasMessageContaining("no key was sent").hasMessageContaining("_KEY");
    } finally {
      member.destroyForcibly().waitFor();
    }
    new ApiClient(url(), data).getJson("/200/a"); // the member has ended, its record is left
    assertThat(requests).hasSize(3);
    assertThat(keys).isEmpty();
  }

  /** The member ends, and somebody takes its port, after the key was found. */
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "whose a socket is stands in /proc")
  void whoeverTakesThePortAfterTheMemberGetsNothing(@TempDir Path data) throws IOException {
    record(data, ProcessHandle.current().pid());
    ApiClient api = new ApiClient(url(), data);
    api.getJson("/200/a");
    InetSocketAddress address = server.getAddress();
    server.stop(0);
    server = HttpServer.create(address, 0);
    server.createContext("/", this::answer);
    server.start();
    CommandFailure refused =
        catchThrowableOfType(CommandFailure.class, () -> api.getJson("/200/b"));
    assertThat(refused.exit()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(refused).hasMessageContaining("no key is sent");
    assertThat(requests).hasSize(1);
    assertThat(keys).hasSize(1);
  }

  /** A call that may have been taken is not sent a second time. */
  @Test
  void sendsACallOnce() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread taking = Thread.ofVirtual().start(() -> take(deaf, ""));
      CommandFailure failure =
          catchThrowableOfType(
              CommandFailure.class,
              () -> new ApiClient("http://127.0.0.1:" + deaf.getLocalPort()).post("/v1/audits"));
      assertThat(failure.exit()).isEqualTo(ExitCode.UNAVAILABLE);
      deaf.close();
      taking.join();
    }
    assertThat(requests).hasSize(1);
  }

  /** Answers whoever comes with these words, whatever was asked. */
  private void take(ServerSocket server, String answer) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        requests.add("taken");
        assertThat(socket.getInputStream().read(new byte[1000])).isPositive();
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
