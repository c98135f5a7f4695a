package io.mnemogrid.api;

import io.mnemogrid.Space;
import io.mnemogrid.log.Update;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Records one a line, read from the log page by page as the reader takes them, so that a history of
 * any length needs the memory of one page. Used by one thread at a time.
 */
final class UpdateLines implements Enumeration<InputStream> {
  private static final int PAGE = 200;

  private @Nullable Space space; // null when there is no more to read
  private List<Update> page;
  private long after;
  private long left;

  /** The lines of these records. */
  UpdateLines(List<Update> records) {
    this.space = null;
    this.page = records;
  }

  /** The records after a version, at most so many, up to the log's head. */
  UpdateLines(Space space, long after, long most) {
    this.space = space;
    this.page = List.of();
    this.after = after;
    this.left = most;
  }

  InputStream toStream() {
    return new SequenceInputStream(this);
  }

  @Override
  public boolean hasMoreElements() {
    if (page.isEmpty() && space != null && left > 0) {
      page = space.updates(after, (int) Math.min(PAGE, left));
      if (page.isEmpty()) {
        space = null;
      }
    }
    return !page.isEmpty();
  }

  @Override
  public InputStream nextElement() {
    if (!hasMoreElements()) {
      throw new NoSuchElementException();
    }
    StringBuilder lines = new StringBuilder();
    page.forEach(update -> lines.append(update.text()).append('\n'));
    after = page.getLast().version();
    left -= page.size();
    page = List.of();
    return new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
