package io.mnemogrid.client;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * The events of a space, without an end: every version once, in order, without a gap. When a
 * connection is lost it goes on after the last event, at any member, until it is closed. It ends by
 * itself only with an exception: an {@link OtherHistoryException}, a {@link ProblemException} for
 * what another sending does not mend, or, before it has ever been connected, an {@link
 * UnreachableException} at the client's deadline.
 *
 * <p>One thread takes events; any thread may close it, and then {@link #hasNext} is false.
 */
public final class Events implements Iterator<Event>, AutoCloseable {
  /** A member sends something every 15 s, so a longer silence is a lost connection. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  private static final Duration FOR_EVER = Duration.ofDays(1);
  private static final int OK = 200;
  private static final int TIMED_OUT = 408;
  private static final int TOO_MANY = 429;
  private static final int SERVER_ERRORS = 500;
  private static final int MAX_PROBLEM_BYTES = 1024 * 1024;
  private static final Set<String> OTHER_HISTORY = Set.of("other-history", "version-ahead");

  private final Transport transport;
  private final String path;
  private final Follow follow;
  private final long firstDeadline;
  private String lastId;
  private long lastVersion;
  private boolean wasConnected;
  private int failures;
  private int member;
  private volatile boolean isClosed;
  private volatile EventFeed feed;
  private Event next;

  // The event whose lines are being read.
  private String kind = "";
  private String id = "";
  private final StringBuilder data = new StringBuilder();
  private long lastHeard = System.nanoTime();

  Events(Transport transport, String path, Follow follow, String since) {
    this.transport = transport;
    this.path = path;
    this.follow = follow;
    this.firstDeadline = System.nanoTime() + transport.deadline().toNanos();
    this.lastId = since.replace("\"", "");
    this.lastVersion = Reading.versionIn(lastId.contains(".") ? lastId : lastId + ".");
  }

  /** The id to go on after, with {@link Follow#since(String)}, also in another process. */
  public String lastId() {
    return lastId;
  }

  /** Waits for the next event; false once this is closed. */
  @Override
  public boolean hasNext() {
    while (next == null && !isClosed) {
      next = poll(FOR_EVER).orElse(null);
    }
    return next != null;
  }

  /**
   * Waits for the next event.
   *
   * @throws NoSuchElementException once this is closed
   */
  @Override
  public Event next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the events are closed");
    }
    Event event = next;
    next = null;
    return event;
  }

  /** The next event; empty when none has come within {@code patience}, or this is closed. */
  public Optional<Event> poll(Duration patience) {
    if (next != null) {
      Event event = next;
      next = null;
      return Optional.of(event);
    }
    long end = System.nanoTime() + patience.toNanos();
    for (long left = patience.toNanos(); !isClosed && left >= 0; left = end - System.nanoTime()) {
      try {
        Optional<Event> event = Optional.empty();
        if (feed != null || connect(Duration.ofNanos(left))) {
          event = take(Duration.ofNanos(left));
        }
        if (event.isPresent()) {
          return event;
        }
      } catch (IOException e) {
        lost();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Transport.Interrupted(e);
      } catch (MnemogridException e) {
        close();
        throw e;
      }
    }
    return Optional.empty();
  }

  /** Ends it. */
  @Override
  public void close() {
    isClosed = true;
    EventFeed open = feed;
    if (open != null) {
      open.close();
    }
  }

  private void lost() {
    feed.close();
    feed = null;
    transport.leave(member);
    failures++;
  }

  /** Connects; false where that failed and the pause after it is over, or {@code left} is. */
  private boolean connect(Duration left) throws InterruptedException {
    Duration pause = failures < transport.members() ? Duration.ZERO : pauseAfterFailures();
    if (pause.compareTo(left) > 0) {
      Thread.sleep(left.toMillis() + 1);
      return false;
    }
    Thread.sleep(pause.toMillis());
    member = transport.member();
    Call call =
        Call.get(path)
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", lastId)
            .with("path", follow.path())
            .with("author", follow.author())
            .with("values", follow.hasValues() ? Optional.empty() : Optional.of("no"));
    try {
      HttpResponse<Object> response =
          transport.send(
              transport.request(call, member),
              info ->
                  info.statusCode() == OK
                      ? BodySubscribers.mapping(new EventFeed(), open -> open)
                      : BodySubscribers.mapping(
                          new BoundedBody(MAX_PROBLEM_BYTES), bytes -> bytes));
      if (response.body() instanceof EventFeed open) {
        begin(open);
        return true;
      }
      refused(new Answer(response.statusCode(), response.headers(), (byte[]) response.body()));
    } catch (IOException e) {
      transport.leave(member);
      failures++;
      if (!wasConnected && System.nanoTime() > firstDeadline) {
        throw new UnreachableException("no member answers: " + e.getMessage(), e);
      }
    }
    return false;
  }

  private Duration pauseAfterFailures() {
    return Transport.pause(failures - transport.members());
  }

  private void begin(EventFeed open) {
    feed = open;
    wasConnected = true;
    lastHeard = System.nanoTime();
    clear();
    if (isClosed) {
      open.close();
    }
  }

  private void refused(Answer answer) throws InterruptedException {
    ProblemException problem = answer.problem();
    if (OTHER_HISTORY.contains(problem.code())) {
      throw new OtherHistoryException(
          "the place " + lastId + " is not in the history: " + problem.getMessage(),
          problem.problem());
    }
    int status = answer.status();
    boolean isPassing = status == TOO_MANY || status == TIMED_OUT || status >= SERVER_ERRORS;
    if (!isPassing || (!wasConnected && System.nanoTime() > firstDeadline)) {
      throw problem;
    }
    failures++;
    if (status != TOO_MANY) {
      transport.leave(member);
    }
    Thread.sleep(answer.retryAfter().orElse(Duration.ZERO).toMillis());
  }

  private Optional<Event> take(Duration patience) throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      long quietUntil = lastHeard + SILENCE.toNanos();
      long until = Math.min(end - System.nanoTime(), quietUntil - System.nanoTime());
      Optional<String> line = feed.line(Duration.ofNanos(Math.max(0, until)));
      if (line.isEmpty()) {
        if (quietUntil - System.nanoTime() <= 0) {
          throw new IOException("nothing has come for " + SILENCE.toSeconds() + " s");
        }
        return Optional.empty();
      }
      lastHeard = System.nanoTime();
      failures = 0;
      if (line.get().isEmpty()) {
        Optional<Event> event = dispatch();
        if (event.isPresent()) {
          return event;
        }
      } else {
        field(line.get());
      }
    }
  }

  private void field(String line) {
    int colon = line.indexOf(':');
    if (colon == 0) {
      return; // a comment
    }
    String name = colon < 0 ? line : line.substring(0, colon);
    String value = colon < 0 ? "" : line.substring(colon + 1);
    if (value.startsWith(" ")) {
      value = value.substring(1);
    }
    switch (name) {
      case "event" -> kind = value;
      case "id" -> id = value;
      case "data" -> {
        data.append(data.length() == 0 ? "" : "\n").append(value);
        if (data.length() > Transport.MAX_ANSWER_BYTES) {
          throw new BadAnswerException("an event is too large", null);
        }
      }
      default -> {} // retry, and what later versions may have
    }
  }

  /** An event counts only when its empty line has come, and so does its id. */
  private Optional<Event> dispatch() {
    String told = kind;
    String text = data.toString();
    if (!id.isEmpty()) {
      if (told.equals("commit")) {
        checkOrder(Reading.versionIn(id));
      }
      lastId = id;
      lastVersion = Math.max(lastVersion, Reading.versionIn(id));
    }
    clear();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Json read = BadAnswerException.reading(() -> Json.parse(text));
    if (told.equals("reset")) {
      throw new OtherHistoryException("the store was restored and has another history", read);
    }
    return Optional.of(new Event(told, lastId, read));
  }

  private void checkOrder(long version) {
    if (version <= lastVersion || (!follow.hasFilter() && version != lastVersion + 1)) {
      throw new BadAnswerException(
          "version " + version + " came after " + lastVersion + ", which breaks the order", null);
    }
  }

  private void clear() {
    kind = "";
    id = "";
    data.setLength(0);
  }
}
