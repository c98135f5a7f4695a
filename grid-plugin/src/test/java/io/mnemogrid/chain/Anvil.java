package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mnemogrid.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A dev chain of a test: anvil as its own process, on loopback and a port that was free. */
public final class Anvil implements AutoCloseable {
  private static final String BINARY = "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
  private static final String LISTENING = "Listening on ";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Thread stopAtExit;
  private final HttpClient http = HttpClient.newHttpClient();
  private final URI endpoint;

  private Anvil(Process process) throws InterruptedException {
    this.process = process;
    this.stopAtExit = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(stopAtExit);
    this.endpoint = URI.create("http://" + listening(process));
  }

  /** Starts on a free port; {@code options} as anvil takes them. */
  public static Anvil start(String... options) {
    return start(FreePorts.next(), options);
  }

  /** Starts on {@code port}, such as the one that another had before it was stopped. */
  public static Anvil start(int port, String... options) {
    List<String> command = new ArrayList<>();
    command.add(binary().toString());
    command.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port), "--no-cors"));
    command.addAll(List.of(options));
    try {
      return new Anvil(new ProcessBuilder(command).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new AssertionError("anvil does not start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while anvil started", e);
    }
  }

  /** The folder {@code contracts} of this repository. */
  public static Path contracts() {
    Path start = Path.of(System.getProperty("user.dir")).toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      if (Files.isRegularFile(at.resolve("contracts/foundry.toml"))) {
        return at.resolve("contracts");
      }
    }
    throw new AssertionError("no folder contracts at or above " + start);
  }

  private static Path binary() {
    Path binary = contracts().resolve(BINARY);
    if (!Files.isExecutable(binary)) {
      String message = "anvil is missing: run npm ci --ignore-scripts in contracts/";
      if ("true".equals(System.getenv("CI"))) {
        return fail(message);
      }
      return abort(message);
    }
    return binary;
  }

  /** Where it listens; goes on reading what it prints, or its pipe would fill and stop it. */
  private static String listening(Process process) throws InterruptedException {
    CompletableFuture<String> address = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          StringBuilder said = new StringBuilder();
          try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
              if (line.startsWith(LISTENING)) {
                address.complete(line.substring(LISTENING.length()).strip());
              } else if (!address.isDone()) {
                said.append(line).append('\n');
              }
            }
          } catch (IOException e) {
            said.append(e);
          }
          address.completeExceptionally(new AssertionError("anvil ended:\n" + said));
        });
    try {
      return address.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("anvil does not answer", e);
    }
  }

  /** Its JSON-RPC. */
  public URI endpoint() {
    return endpoint;
  }

  /** Calls a method, such as {@code evm_mine}; fails the test when it answers with an error. */
  public JsonNode rpc(String method, Object... params) {
    try {
      String body =
          JSON.writeValueAsString(
              Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params)));
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(endpoint)
                  .timeout(PATIENCE)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode answer = JSON.readTree(response.body());
      assertThat(answer.has("error")).as("%s answers %s", method, answer).isFalse();
      return answer.path("result");
    } catch (IOException e) {
      throw new AssertionError(method + " failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted in " + method, e);
    }
  }

  /** Ends it as a crash does. */
  public void kill() {
    end(process.destroyForcibly());
  }

  /** Ends it in order; it writes its state when it was started with {@code --state}. */
  @Override
  public void close() {
    process.destroy();
    end(process);
    http.close();
  }

  private void end(Process ending) {
    try {
      if (!ending.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        ending.destroyForcibly().waitFor();
      }
      Runtime.getRuntime().removeShutdownHook(stopAtExit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ending.destroyForcibly();
    }
  }
}
