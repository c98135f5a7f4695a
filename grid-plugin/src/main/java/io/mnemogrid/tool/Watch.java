package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Follows a space over lost connections. Its place is the last id that it had, which it moves on
 * once an event was taken; so an event may come twice after a crash of the taker, and none is left
 * out. Used by one thread.
 */
final class Watch {
  /** A server says something at least every 15 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  private static final long MOST_PAUSE_MILLIS = 15_000;
  private static final int OK = 200;
  private static final int CONFLICT = 409;
  private static final int RATE = 429;

  private final ApiClient api;
  private final String path;
  private final String filters;
  private final Consumer<String> told;
  private final long firstPause;
  private String query;
  private String last = "";
  private boolean wasConnected;
  private long pause;

  /** What an event does. */
  interface Taker {
    /** Takes one; false to take no more. */
    boolean take(EventStream.Event event) throws IOException, InterruptedException;
  }

  /**
   * Follows from a query's place.
   *
   * @param query of the first request, with its question mark, or empty
   * @param filters those parameters of it that every further request has too, or empty
   * @param told hears why a connection is made anew
   */
  Watch(
      ApiClient api,
      String path,
      String query,
      String filters,
      Consumer<String> told,
      Duration firstPause) {
    this.api = api;
    this.path = path;
    this.query = query;
    this.filters = filters;
    this.told = told;
    this.firstPause = firstPause.toMillis();
    this.pause = this.firstPause;
  }

  /**
   * Hands on events until their taker has enough.
   *
   * @throws CommandFailure when the space has another history, when it cannot be followed any more,
   *     or when the first connection comes to nothing
   */
  void run(Taker taker) throws InterruptedException {
    while (true) {
      String why;
      try {
        if (follow(taker)) {
          return;
        }
        why = "the stream ended";
      } catch (HttpRetryException e) { // how a 401 may show itself
        throw api.failure(e.responseCode(), "");
      } catch (IOException e) {
        if (!wasConnected) {
          throw api.unanswered(e);
        }
        why = e.getMessage() == null ? e.toString() : e.getMessage();
      }
      long millis = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
      told.accept(why + "; again in " + millis + " ms" + (last.isEmpty() ? "" : ", after " + last));
      Thread.sleep(millis);
      pause = Math.min(2 * pause, MOST_PAUSE_MILLIS);
    }
  }

  /** Follows one connection to its end; true when the taker has enough. */
  private boolean follow(Taker taker) throws IOException, InterruptedException {
    HttpURLConnection connection =
        api.stream(
            path + query,
            last.isEmpty()
                ? Map.of("Accept", "text/event-stream")
                : Map.of("Accept", "text/event-stream", "Last-Event-ID", last),
            PATIENCE);
    try {
      int status = connection.getResponseCode();
      if (status != OK) {
        refuse(status, api.textOf(connection));
        return false;
      }
      wasConnected = true;
      try (InputStream in = connection.getInputStream();
          EventStream events = new EventStream(in, last)) {
        for (EventStream.Event event = events.next(); event != null; event = events.next()) {
          pause = Math.max(firstPause, Math.min(events.retryMillis(), MOST_PAUSE_MILLIS));
          boolean isEnough = !event.name().isEmpty() && !taken(taker, event);
          last = event.id();
          if (!last.isEmpty()) {
            query = filters; // the id says the place from now on
          }
          if (isEnough) {
            return true;
          }
          if (event.name().equals("reset")) {
            throw otherHistory("the store was restored and has another history now");
          }
        }
      }
      return false;
    } finally {
      connection.disconnect();
    }
  }

  /** What goes wrong with a taker is no lost connection. */
  private static boolean taken(Taker taker, EventStream.Event event) throws InterruptedException {
    try {
      return taker.take(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refuse(int status, String text) throws IOException {
    CommandFailure failure = api.failure(status, text);
    boolean isAhead = failure.code().equals("version-ahead") && wasConnected;
    if (status == CONFLICT && (failure.code().equals("other-history") || isAhead)) {
      throw otherHistory(failure.detail());
    }
    boolean mayPass = status == RATE || status >= 500 || status < 0;
    if (!wasConnected || !mayPass) {
      throw failure;
    }
    throw new IOException(failure.getMessage());
  }

  private CommandFailure otherHistory(String detail) {
    String said = "other history" + (last.isEmpty() ? "" : " after " + last) + ": " + detail;
    String hint = "read the document anew, and watch from its ETag with --since";
    return new CommandFailure(
        ExitCode.DOES_NOT_HOLD, said + " (" + hint + ")", "other-history", said, hint);
  }

  /** The event as one object: {@code data}, {@code event} and {@code id}. */
  static Json.Obj object(EventStream.Event event) {
    return Json.object(
        Map.of(
            "data", Json.parse(event.data()),
            "event", Json.of(event.name()),
            "id", Json.of(event.id())));
  }
}
