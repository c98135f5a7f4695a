package io.mnemogrid.api.spaces;

import io.mnemogrid.Space;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.limits.Work;
import io.mnemogrid.log.Update;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records, one in each line. They are read from the log page by page as the reader takes them, so a
 * history of any length needs the memory of a few records. A page is read in a turn of {@link
 * Work}. Of it stays only the text of its records, and {@link Answering} counts that as unsent
 * until the last of them was taken: a stream that waits for its next page holds nothing. Used by
 * one thread at a time, but for {@link #sent}; closing it reads no further. A failure on the way
 * becomes an {@link IOException}: the server then breaks the answer off, but at any other exception
 * it would leave the reader waiting.
 */
public final class UpdateLines extends InputStream {
  private static final int FIRST_AT_ONCE = 8;
  private static final int MOST_AT_ONCE = 500;

  /** A page has about this many bytes of records: they wait for the client, which may be slow. */
  private static final long HELD_BYTES = 512 << 10;

  /** What a page may take: its text ends at 4 MiB, or after one record of 7 MiB. */
  private static final long MOST_HELD_BYTES = Answers.MAX_ANSWER_BYTES;

  private static final byte[] NOTHING = {};
  private static final Duration ASKED_EVERY = Duration.ofMillis(250);

  private final @Nullable Space space; // null where no more is to be read
  private final @Nullable Answering answering;
  private final Spent spent;
  private final Deque<byte[]> page = new ArrayDeque<>(); // lines that were not begun
  private long after;
  private long left;
  private int atOnce = FIRST_AT_ONCE;
  private byte[] line = NOTHING; // ends with its line feed
  private int at;
  private volatile Work.@Nullable Turn held; // for the page
  private volatile boolean isSent;
  private final BooleanSupplier mayGoOn;
  private long asked = System.nanoTime();

  /** The lines of these records. */
  UpdateLines(List<Update> records, Spent spent) {
    this.space = null;
    this.answering = null;
    this.spent = spent;
    records.forEach(record -> page.add(line(record)));
    this.mayGoOn = () -> true;
    spent.bytes(heldBytes());
  }

  /**
   * The records after version {@code after}, at most {@code most} of them, up to the log's head.
   *
   * @param mayGoOn whether they still may be read; if not, the answer breaks off
   */
  public UpdateLines(
      Space space,
      long after,
      long most,
      Answering answering,
      Spent spent,
      BooleanSupplier mayGoOn) {
    this.mayGoOn = mayGoOn;
    this.space = space;
    this.answering = answering;
    this.spent = spent;
    this.after = after;
    this.left = most;
  }

  /** Reads the first page, so that what cannot even begin fails here. */
  void begin() {
    if (page.isEmpty()) {
      nextPage();
    }
  }

  private static byte[] line(Update record) {
    byte[] text = record.toBytes();
    byte[] line = Arrays.copyOf(text, text.length + 1);
    line[text.length] = '\n';
    return line;
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
      refuseEnded();
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

  /** Bytes of what was read from the log and not wholly taken. */
  public long heldBytes() {
    return line.length + page.stream().mapToLong(text -> text.length).sum();
  }

  private void refuseEnded() {
    long now = System.nanoTime();
    if (now - asked >= ASKED_EVERY.toNanos()) {
      asked = now;
      if (!mayGoOn.getAsBoolean()) {
        throw new IllegalStateException("its key has ended");
      }
    }
  }

  private boolean nextLine() {
    at = 0;
    line = NOTHING; // it was taken, and the next one may be long in coming
    if (page.isEmpty() && !nextPage()) {
      return false;
    }
    line = page.remove();
    return true;
  }

  private boolean nextPage() {
    giveBack();
    if (space == null || answering == null || left == 0) {
      return false;
    }
    Work.Turn turn = answering.part(MOST_HELD_BYTES);
    held = turn;
    if (isSent) { // meanwhile: whoever said so may not have seen this turn
      turn.close();
      throw new IllegalStateException("the connection has ended");
    }
    Space from = space;
    int read = answering.work(Work.PAGE_BYTES, () -> read(from));
    left = read == 0 ? 0 : left - read;
    long bytes = heldBytes();
    turn.keep(bytes);
    spent.bytes(bytes);
    atOnce = (int) Math.clamp(HELD_BYTES * read / Math.max(1, bytes), 1, MOST_AT_ONCE);
    return read > 0;
  }

  /** Reads the next page; of its records only their texts stay. */
  private int read(Space from) {
    List<Update> records = from.updates(after, (int) Math.min(atOnce, left));
    for (Update record : records) {
      page.add(line(record));
      after = record.version();
    }
    return records.size();
  }

  /** Gives its memory back: its answer was sent, or the connection has ended. For any thread. */
  void sent() {
    isSent = true;
    giveBack();
  }

  private void giveBack() {
    Work.Turn turn = held;
    if (turn != null) {
      turn.close();
    }
  }

  @Override
  public void close() {
    page.clear();
    line = NOTHING;
    at = 0;
    left = 0;
    giveBack();
  }
}
