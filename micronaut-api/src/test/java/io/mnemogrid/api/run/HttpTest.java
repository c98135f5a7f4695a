package io.mnemogrid.api.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.mnemogrid.command.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the launcher asks a member of which it does not know whether it speaks TLS. */
class HttpTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir private Path folder = Path.of("");
  private @Nullable HttpServer server;
  private volatile int status = 200;

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
  }

  private int start(HttpServer made) {
    server = made;
    made.createContext("/health", this::answer);
    made.start();
    return made.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  /** With a certificate that nobody signed, for a name that is not the address. */
  private HttpsServer tls() throws Exception {
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
      "san=dns:grid.example",
      "-keystore",
      file.toString(),
      "-storepass",
      password
    };
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
        .isEqualTo(ExitCode.OK.code());
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(file.toFile(), password.toCharArray()), password.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer made = HttpsServer.create(ANY_PORT, 0);
    made.setHttpsConfigurator(new HttpsConfigurator(context));
    return made;
  }

  private static int ask(String scheme, String host, int port) {
    return Http.status(scheme + "://" + host + ":" + port + "/health");
  }

  @Test
  void asksByTlsOnLoopbackAlone() throws Exception {
    int port = start(tls());
    assertThat(ask("https", "127.0.0.1", port)).isEqualTo(200);
    assertThat(ask("http", "127.0.0.1", port)).isZero();
    assertThat(ask("https", "localhost", port)).as("a name may lead anywhere").isZero();
  }

  private MemberWatch watch(DataFolder data, int port) {
    return new MemberWatch(data, new Port(port), new Port(1), System.err);
  }

  @Test
  void aMemberIsAskedAsItAnswers() throws Exception {
    try (DataFolder data = DataFolder.open(folder.resolve("data"), System.err)) {
      MemberWatch secure = watch(data, start(tls()));
      assertThat(secure.isHealthy()).isTrue();
      assertThat(secure.url()).startsWith("https://127.0.0.1:");
      status = 503;
      assertThat(secure.isHealthy()).isFalse();
      assertThat(secure.url()).startsWith("https:");
      stop();
      assertThat(secure.isHealthy()).isFalse();
      assertThat(secure.url()).as("silence changes nothing").startsWith("https:");
      status = 200;
      MemberWatch plain = watch(data, start(HttpServer.create(ANY_PORT, 0)));
      assertThat(plain.isHealthy()).isTrue();
      assertThat(plain.url()).startsWith("http:");
    }
  }
}
