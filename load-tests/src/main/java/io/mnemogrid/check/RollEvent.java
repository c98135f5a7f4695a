package io.mnemogrid.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a writer of a rolling restart was answered, and when, on the monotonic clock of the machine.
 *
 * @param waitedNanos time since the writer sent the request first
 * @param version the version that the update has in the log; 0 when it has none
 * @param text the update's id when it was acknowledged, else the reason why not
 */
public record RollEvent(
    Kind kind, String space, long atNanos, long waitedNanos, long version, String text) {
  /** Kinds of answers. */
  public enum Kind {
    ACKNOWLEDGED,
    REFUSED,
    NOT_APPLIED,
    UNKNOWN,
    /** No answer, for example from a server that is gone. The writer tries another one. */
    NO_ANSWER
  }

  /** The event as a line of a journal. */
  public String line() {
    return "%s %s %d %d %d %s"
        .formatted(kind, space, atNanos, waitedNanos, version, text.replace('\n', ' '));
  }

  private static RollEvent parse(String line) {
    String[] part = line.split(" ", 6);
    return new RollEvent(
        Kind.valueOf(part[0]),
        part[1],
        Long.parseLong(part[2]),
        Long.parseLong(part[3]),
        Long.parseLong(part[4]),
        part[5]);
  }

  /** Reads all events of a journal. A last line that a kill has cut is left out. */
  public static List<RollEvent> read(Path journal) {
    try {
      String text = Files.readString(journal, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(RollEvent::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
