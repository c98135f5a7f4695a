package io.mnemogrid.process;

import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A dev chain of a drill: anvil on loopback, empty when it starts. It ends with this process. */
public final class AnvilProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

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

  /** Where a checkout has its anvil, once {@code npm ci --ignore-scripts} ran in contracts/. */
  public static Path binary(Path root) {
    return root.resolve("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
  }

  /** Starts an empty chain and returns when it answers. */
  public static AnvilProcess start(Path binary, int port, Path log) {
    try {
      Process process =
          new ProcessBuilder(
                  binary.toString(),
                  "--host",
                  "127.0.0.1",
                  "--port",
                  Integer.toString(port),
                  "--no-cors")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      AnvilProcess anvil = new AnvilProcess(process, port);
      long began = System.nanoTime();
      while (!anvil.answers()) {
        if (!process.isAlive() || System.nanoTime() - began > START.toNanos()) {
          anvil.close();
          throw new IllegalStateException("anvil does not answer, see " + log);
        }
        MemberProcess.pause(50);
      }
      return anvil;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI endpoint() {
    return endpoint;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
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
  public Json call(String method, Json... parameters) {
    Json body =
        Json.object(
            Map.of(
                "jsonrpc", Json.of("2.0"),
                "id", Json.of(1),
                "method", Json.of(method),
                "params", new Json.Arr(List.of(parameters))));
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.canonicalBytes()))
            .build();
    try {
      Json.Obj answer =
          Json.parseObject(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
      Json result = answer.get("result");
      if (result == null) {
        throw new IllegalStateException(method + " was answered " + answer.canonical());
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while asking the chain", e);
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
    try {
      Runtime.getRuntime().removeShutdownHook(endsWithUs);
    } catch (IllegalStateException e) {
      // This process ends, and that hook with it.
    }
  }
}
