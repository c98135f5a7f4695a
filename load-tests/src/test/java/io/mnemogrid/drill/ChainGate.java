package io.mnemogrid.drill;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** The way of one member to its chain, on which a request can be held. */
@NullMarked
final class ChainGate implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI chain;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicReference<@Nullable Held> next = new AtomicReference<>();

  /** The first request for a method since it was asked for. It has not reached the chain yet. */
  static final class Held {
    private final String method;
    private final CountDownLatch caught = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile String answer = "";

    private Held(String method) {
      this.method = method;
    }

    /** Whether the member asks for the method within that time. */
    boolean isCaught(Duration patience) {
      try {
        return caught.await(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("stopped while waiting until the member asks for " + method, e);
      }
    }

    /** Lets it go on to the chain. */
    void release() {
      released.countDown();
    }

    /** What the chain said, after it was released. */
    String answer() {
      await(answered, "the chain answered " + method);
      return answer;
    }

    private static void await(CountDownLatch latch, String what) {
      try {
        if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError(PATIENCE + " went by before " + what);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("stopped while waiting until " + what, e);
      }
    }
  }

  private ChainGate(URI chain, HttpServer server) {
    this.chain = chain;
    this.server = server;
  }

  static ChainGate open(URI chain) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      ChainGate gate = new ChainGate(chain, server);
      server.setExecutor(gate.threads);
      server.createContext("/", gate::pass);
      server.start();
      return gate;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Holds the next request for that method. */
  Held hold(String method) {
    Held held = new Held(method);
    next.set(held);
    return held;
  }

  /** Holds nothing any more; false when it was caught meanwhile. */
  boolean letGo(Held held) {
    return next.compareAndSet(held, null);
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Held held = taken(request);
      if (held != null) {
        held.caught.countDown();
        held.released.await();
      }
      String answer = http.send(toChain(request), HttpResponse.BodyHandlers.ofString()).body();
      if (held != null) {
        held.answer = answer;
        held.answered.countDown();
      }
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The one that waits for this request, if any does. */
  private @Nullable Held taken(String request) {
    Held held = next.get();
    boolean isHeld =
        held != null
            && request.contains("\"" + held.method + "\"")
            && next.compareAndSet(held, null);
    return isHeld ? held : null;
  }

  private HttpRequest toChain(String body) {
    return HttpRequest.newBuilder(chain)
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
