package io.mnemogrid.chain;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An endpoint between a member and its chain, which can fail, stall and lie. */
public final class AnvilProxy implements AutoCloseable {
  /** What becomes of a call. */
  public interface Behaviour {
    /**
     * The answer to give.
     *
     * @param call the JSON-RPC request
     * @param chain asks the chain itself; may be called once, or not at all
     * @return null for an HTTP error
     */
    @Nullable String answer(String call, Chain chain) throws Exception;
  }

  /** The chain behind it. */
  public interface Chain {
    /** Its answer to a request. */
    String ask(String call) throws Exception;
  }

  /** Hands everything on. */
  public static final Behaviour HONEST = (call, chain) -> chain.ask(call);

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http = HttpClient.newHttpClient();
  private final URI chain;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Behaviour behaviour = HONEST;

  /** In front of a chain, on a free port of loopback. */
  public AnvilProxy(URI chain) throws IOException {
    this.chain = chain;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  /** Where it listens. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on it does this. */
  public void behave(Behaviour next) {
    behaviour = next;
  }

  /** Answers nothing for longer than anybody waits. */
  public String stall() throws InterruptedException {
    closed.await(60, TimeUnit.SECONDS);
    return "";
  }

  private void serve(HttpExchange exchange) throws IOException {
    String call = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    try (exchange) {
      String answer = behaviour.answer(call, this::ask);
      byte[] body = (answer == null ? "no" : answer).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer == null ? 500 : 200, body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      exchange.sendResponseHeaders(502, -1); // the chain itself does not answer
    }
  }

  private String ask(String call) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(chain)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(call))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
    http.shutdownNow();
  }
}
