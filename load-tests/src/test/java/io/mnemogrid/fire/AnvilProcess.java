package io.mnemogrid.fire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.NullMarked;

/** A dev chain of a drill: anvil on loopback, empty when it starts. */
@NullMarked
final class AnvilProcess implements AutoCloseable {
  private static final Path BINARY =
      Drills.ROOT.resolve("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final Thread endsWithUs;
  private final URI endpoint;

  private AnvilProcess(Process process, int port) {
    this.process = process;
    this.endpoint = URI.create("http://127.0.0.1:" + port);
    this.endsWithUs = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(endsWithUs);
  }

  /** Skips the test where the dev chain is not installed; in CI fails it. */
  static void assumeInstalled() {
    if (!Files.isExecutable(BINARY)) {
      String message = "anvil is missing: run npm ci --ignore-scripts in contracts/";
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      abort(message);
    }
  }

  /** Starts an empty chain and returns when it answers. */
  static AnvilProcess start(int port, Path log) {
    assumeInstalled();
    try {
      Process process =
          new ProcessBuilder(
                  BINARY.toString(), "--host", "127.0.0.1", "--port", Integer.toString(port))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      AnvilProcess anvil = new AnvilProcess(process, port);
      long began = System.nanoTime();
      while (!anvil.answers()) {
        assertThat(process.isAlive()).as("anvil runs, see " + log).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - began))
            .as("anvil answers, see " + log)
            .isLessThan(Duration.ofSeconds(30));
        MemberProcess.pause(50);
      }
      return anvil;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint() {
    return endpoint;
  }

  private boolean answers() {
    try {
      call("eth_chainId");
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** The result of a JSON-RPC call. */
  Json call(String method, Json... parameters) {
    Json body =
        Json.object(
            Map.of(
                "jsonrpc", Json.of("2.0"),
                "id", Json.of(1),
                "method", Json.of(method),
                "params", new Json.Arr(List.of(parameters))));
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.canonicalBytes()))
            .build();
    try {
      Json.Obj answer =
          Json.parseObject(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
      Json result = answer.get("result");
      assertThat(result).as(method + ": " + answer.canonical()).isNotNull();
      return Objects.requireNonNull(result);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("stopped while asking the chain", e);
    }
  }

  /** Ends it as a crash does: whatever it held is gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(endsWithUs);
  }
}
