package io.mnemogrid.tool;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Server-sent events of one answer, read by one thread (HTML standard, §9.2.6). */
final class EventStream implements Closeable {
  private static final int MOST_CHARS = 32 << 20;

  /**
   * One event.
   *
   * @param id the place after it, which a client comes again with; empty before the first
   * @param name {@code commit} and others; empty where only the place moved on
   * @param data the lines of its data
   */
  record Event(String id, String name, String data) {}

  private final BufferedReader in;
  private String id;
  private long retryMillis = -1;

  /** Reads on after a place. */
  EventStream(InputStream in, String id) {
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.id = id;
  }

  /** How long the server asks to wait before coming again; negative where it did not say. */
  long retryMillis() {
    return retryMillis;
  }

  /** The next event, null at the end. What breaks off within an event is no event. */
  @Nullable Event next() throws IOException {
    StringBuilder data = new StringBuilder();
    String name = "";
    boolean isAny = false;
    for (String line = line(); line != null; line = line()) {
      if (line.isEmpty()) {
        if (isAny) {
          return new Event(
              id, data.isEmpty() ? "" : name.isEmpty() ? "message" : name, data.toString());
        }
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1);
      value = value.startsWith(" ") ? value.substring(1) : value;
      switch (field) {
        case "event" -> name = value;
        case "data" -> {
          data.append(data.isEmpty() ? "" : "\n").append(value);
          isAny = true;
        }
        case "id" -> {
          id = value;
          isAny = true;
        }
        case "retry" -> {
          if (value.matches("[0-9]{1,6}")) {
            retryMillis = Long.parseLong(value);
          }
        }
        default -> {} // a comment, or a field of a later version
      }
    }
    return null;
  }

  private @Nullable String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        line.append((char) c);
      }
      if (line.length() > MOST_CHARS) {
        throw new IOException("an event has more than " + MOST_CHARS + " characters");
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
