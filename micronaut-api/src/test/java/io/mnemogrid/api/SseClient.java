package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads a stream of events as a browser does (WHATWG HTML §9.2), on a thread of its own. */
final class SseClient implements AutoCloseable {
  /** What a client gets: an event, or a comment, or the end. */
  record Event(String name, String id, String data) {
    /** The end of the stream. */
    static final Event END = new Event("(end)", "", "");

    Json.Obj json() {
      return (Json.Obj) Json.parseCanonical(data);
    }

    long number(String member) {
      return (long) ((Json.Num) Objects.requireNonNull(json().get(member))).value();
    }
  }

  private final HttpResponse<InputStream> response;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile String lastId = "";
  private volatile int comments;

  private SseClient(HttpResponse<InputStream> response) {
    this.response = response;
    Thread.ofVirtual().start(this::read);
  }

  /** Opens a stream; fails where the answer is none. */
  static SseClient open(int port, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Accept", "text/event-stream");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<InputStream> response =
          HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        throw new AssertionError(
            response.statusCode()
                + " "
                + new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
      }
      return new SseClient(response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String header(String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /** The id that the client would send to go on. */
  String lastId() {
    return lastId;
  }

  /** How many comments came. */
  int comments() {
    return comments;
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      String name = "message";
      String id = lastId;
      StringBuilder data = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty()) {
          lastId = id;
          if (!data.isEmpty()) {
            events.add(new Event(name, id, data.toString()));
          }
          name = "message";
          data.setLength(0);
        } else if (line.startsWith(":")) {
          comments++;
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          assertThat(data.length()).as("one line of data").isZero();
          data.append(line.substring(6));
        }
      }
      events.add(Event.END);
    } catch (IOException e) {
      events.add(Event.END);
    }
  }

  /** The next event; fails when none comes in time. */
  Event next() {
    Event next = poll(RunningServer.PATIENCE.toMillis());
    if (next == null) {
      throw new AssertionError("no event came");
    }
    return next;
  }

  /** The next event of that name; others are passed over. */
  Event next(String name) {
    while (true) {
      Event next = next();
      if (next.name().equals(name)) {
        return next;
      }
      assertThat(next).as("an event %s comes before the end", name).isNotEqualTo(Event.END);
    }
  }

  /** Returns once the stream has ended; what came before is passed over. */
  void awaitEnd() {
    while (!next().equals(Event.END)) {
      // an event that does not matter
    }
  }

  /** Whether no commit comes for so long. */
  boolean isQuiet(long millis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left = millis;
        left > 0;
        left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
      Event next = poll(left);
      if (next != null && next.name().equals("commit")) {
        return false;
      }
    }
    return true;
  }

  /** The versions of the next commits. */
  List<Long> versions(int count) {
    List<Long> versions = new ArrayList<>();
    while (versions.size() < count) {
      versions.add(next("commit").number("version"));
    }
    return versions;
  }

  private @Nullable Event poll(long millis) {
    try {
      return events.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
