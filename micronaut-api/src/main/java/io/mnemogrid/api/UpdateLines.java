package io.mnemogrid.api;

import io.mnemogrid.Space;
import io.mnemogrid.log.Update;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Records, one on each line. They are read from the log page by page as the client takes them, so
 * that a history of any length needs the memory of a few. A page is read in a turn of {@link Work}.
 * Used by one thread at a time; nothing more is read after it is closed. A failure on the way is
 * thrown as an {@link IOException}, because the server then breaks the answer off; at any other
 * exception it would leave the client waiting.
 */
final class UpdateLines extends InputStream {
  private static final int FIRST_AT_ONCE = 8;
  private static final int MOST_AT_ONCE = 500;

  /** A page has about this many bytes of records: they wait for the client, which may be slow. */
  private static final long HELD_BYTES = 512 << 10;

  private static final byte[] NOTHING = {};

  private final @Nullable Space space; // null where no more is to be read
  private final @Nullable Work work;
  private Iterator<Update> page;
  private long after;
  private long left;
  private int atOnce = FIRST_AT_ONCE;
  private byte[] line = NOTHING;
  private int at;

  /** The lines of these records. */
  UpdateLines(List<Update> records) {
    this.space = null;
    this.work = null;
    this.page = records.iterator();
  }

  /** The records after a version, at most {@code most}, up to the log's head. */
  UpdateLines(Space space, long after, long most, Work work) {
    this.space = space;
    this.work = work;
    this.page = List.<Update>of().iterator();
    this.after = after;
    this.left = most;
  }

  /** Reads the first page, so that what cannot even begin fails here. */
  void begin() {
    if (!page.hasNext()) {
      nextPage();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, into.length);
    if (length == 0) {
      return 0;
    }
    try {
      if (at == line.length && !nextLine()) {
        return -1;
      }
    } catch (RuntimeException e) {
      throw new IOException("the answer breaks off: " + e.getMessage(), e);
    }
    int count = Math.min(length, line.length - at);
    System.arraycopy(line, at, into, from, count);
    at += count;
    return count;
  }

  private boolean nextLine() {
    if (!page.hasNext() && !nextPage()) {
      line = NOTHING;
      at = 0;
      return false;
    }
    Update update = page.next();
    after = update.version();
    byte[] record = update.toBytes();
    line = Arrays.copyOf(record, record.length + 1);
    line[record.length] = '\n';
    at = 0;
    return true;
  }

  private boolean nextPage() {
    if (space == null || work == null || left == 0) {
      return false;
    }
    List<Update> read;
    try (Work.Turn _ = work.take(Work.PAGE_BYTES)) {
      read = space.updates(after, (int) Math.min(atOnce, left));
    }
    left = read.isEmpty() ? 0 : left - read.size();
    long bytes = read.stream().mapToLong(Update::sizeBytes).sum();
    atOnce = (int) Math.clamp(HELD_BYTES * read.size() / Math.max(1, bytes), 1, MOST_AT_ONCE);
    page = read.iterator();
    return !read.isEmpty();
  }

  @Override
  public void close() {
    page = List.<Update>of().iterator();
    left = 0;
  }
}
