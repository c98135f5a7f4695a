package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An anchor in one file: {@code notary.jsonl}, a signed line for each checkpoint, each naming the
 * hash of the line before. It shows that the holder of the key has not rewritten what somebody else
 * has seen of it, and no more: nothing here is public, and whoever holds the key and the folder can
 * begin another history.
 *
 * <p>A line counts when it is synced. Handles of several processes may share the folder: each call
 * takes the lock of {@code notary.lock} and reads what others have appended. A handle keeps only
 * the last line. It looks any other line up in the file, O(log lines), and verifies its signature
 * then.
 *
 * <p>A handle verifies each line that it meets, about 0.2 ms each. At the start these are the lines
 * behind {@code notary.resume}, which is signed every {@value #RESUME_EVERY} lines; without that
 * file, or with one that does not fit, all lines are verified.
 *
 * <p>A last line without its line break that does not verify is the trace of a crash. It was never
 * answered for, and is cut off. Everything else that does not verify stops with an {@link
 * IllegalStateException}. When somebody else cuts off whole lines at the end, this file alone does
 * not show it; only a handle that has seen the lines notices.
 */
public final class LocalNotary implements Anchor {
  private static final Logger LOG = LoggerFactory.getLogger(LocalNotary.class);
  private static final String FILE = "notary.jsonl";
  private static final String LOCK_FILE = "notary.lock";
  private static final String RESUME_FILE = "notary.resume";

  /** Opening verifies fewer lines than this, about 50 ms. */
  static final int RESUME_EVERY = 256;

  /** A line has about 500 bytes; one as long as this is damage. */
  private static final int CHUNK_BYTES = 1 << 20;

  /** When a search has come down to this many bytes, their lines are read one by one. */
  private static final int FEW_BYTES = 4096;

  /** A file lock is held by the whole JVM, so handles in one JVM need this one too. */
  private static final Map<Path, Object> MONITORS = new ConcurrentHashMap<>();

  private final Path home;
  private final Path file;
  private final Clock clock;
  private final Object monitor;
  private final FileChannel lock;
  private final FileChannel lines;
  private final NotaryKey key;

  // What this handle has verified; guarded by monitor.
  private @Nullable Anchored newest;
  private long verifiedLines;
  private long verifiedBytes;
  private long resumesAt;
  private Hash lastLine = Hash.ZERO;

  private LocalNotary(
      Path home, Clock clock, Object monitor, FileChannel lock, FileChannel lines, NotaryKey key) {
    this.home = home;
    this.file = home.resolve(FILE);
    this.clock = clock;
    this.monitor = monitor;
    this.lock = lock;
    this.lines = lines;
    this.key = key;
  }

  /**
   * The notary of a folder, which is made on first use with a key pair in it. Verifies the lines
   * since the resume point.
   *
   * @throws IllegalStateException when the file or the key is not what was written
   * @throws AnchorUnavailable when the folder cannot be read or written
   */
  public static LocalNotary open(Path folder) {
    return open(folder, Clock.systemUTC());
  }

  static LocalNotary open(Path folder, Clock clock) {
    try {
      Path home = Files.createDirectories(folder).toRealPath();
      Object monitor = MONITORS.computeIfAbsent(home, path -> new Object());
      synchronized (monitor) {
        return open(home, clock, monitor);
      }
    } catch (IOException e) {
      throw new AnchorUnavailable("the notary's folder " + folder + " cannot be used", e);
    }
  }

  /**
   * Opens the files under the monitor, and closes them under it when that fails: closing any
   * channel of a file drops the JVM's locks.
   */
  private static LocalNotary open(Path home, Clock clock, Object monitor) throws IOException {
    Path file = home.resolve(FILE);
    FileChannel lock =
        FileChannel.open(
            home.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileChannel lines = null;
    boolean opened = false;
    try (FileLock held = lock.lock()) {
      lines =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      NotaryKey.syncFolder(home);
      LocalNotary notary = new LocalNotary(home, clock, monitor, lock, lines, key(home, lines));
      notary.resume();
      notary.refresh();
      opened = true;
      return notary;
    } finally {
      if (!opened) {
        closeQuietly(lines);
        closeQuietly(lock);
      }
    }
  }

  private static NotaryKey key(Path home, FileChannel lines) throws IOException {
    if (NotaryKey.existsIn(home)) {
      return NotaryKey.read(home);
    }
    if (lines.size() > 0) {
      throw new IllegalStateException(
          "the notary in " + home + " has signed before and its private key is gone");
    }
    return NotaryKey.create(home);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing a file of the notary", e);
      }
    }
  }

  @Override
  public String identity() {
    return "notary:" + key.publicHex();
  }

  @Override
  public Address author() {
    return key.address();
  }

  /** One: what is synced stands. */
  @Override
  public int finalAfter() {
    return 1;
  }

  @Override
  public long height() {
    return latest();
  }

  @Override
  public long latest() {
    return exclusively(() -> verifiedLines);
  }

  @Override
  public Optional<Anchored> find(long number) {
    return exclusively(() -> standing(number));
  }

  private Optional<Anchored> standing(long number) throws IOException {
    if (number < 1 || number > verifiedLines) {
      return Optional.empty();
    }
    Anchored last = newest;
    return Optional.of(last != null && last.number() == number ? last : lookedUp(number));
  }

  /** The line of a number, found by halving, because the numbers are in order. */
  private Anchored lookedUp(long number) throws IOException {
    long low = 0; // the line begins at or behind it, and so does a line
    long high = verifiedBytes; // and before it
    try {
      while (high - low > FEW_BYTES) {
        long middle = low + (high - low) / 2;
        long begin = middle + lineBreak(bytes(middle, FEW_BYTES), 0) + 1;
        if (begin >= high || NotaryLine.number(line(begin)) > number) {
          high = middle + 1;
        } else {
          low = begin;
        }
      }
      while (low < high) {
        String text = line(low);
        if (NotaryLine.number(text) == number) {
          return NotaryLine.parse(text, number, key);
        }
        low += text.getBytes(StandardCharsets.UTF_8).length + 1L;
      }
    } catch (IllegalArgumentException e) {
      throw broken(number, e);
    }
    throw broken(number, new IllegalArgumentException("it is no longer where it was verified"));
  }

  /** The line that begins there, without its line break. */
  private String line(long begin) throws IOException {
    byte[] bytes = bytes(begin, FEW_BYTES);
    return new String(bytes, 0, lineBreak(bytes, 0), StandardCharsets.UTF_8);
  }

  private static int lineBreak(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && bytes[at] != '\n') {
      at++;
    }
    return at;
  }

  /** At most {@code most} bytes of what was verified. */
  private byte[] bytes(long begin, int most) throws IOException {
    return read(begin, (int) Math.min(most, verifiedBytes - begin));
  }

  private byte[] read(long begin, int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (lines.read(buffer, begin + buffer.position()) < 0) {
        throw new IOException(file + " became shorter while it was read");
      }
    }
    return bytes;
  }

  /** Zero: numbers alone keep the order. */
  @Override
  public long nextNonce() {
    return 0;
  }

  /** One: a line is as cheap as any. */
  @Override
  public int batchLimit() {
    return 1;
  }

  @Override
  public Signing sign(List<Checkpoint> checkpoints) {
    Checkpoint checkpoint = checkpoints.getFirst();
    String raw = NotaryLine.Request.of(checkpoint).sign(key);
    return new Signing.Signed(
        new SignedTransaction(
            identity(),
            0,
            raw,
            Hash.sha256(raw).toString(),
            checkpoint.number(),
            checkpoint.number(),
            Cost.NONE));
  }

  /** Signs the checkpoints again: nothing is stuck here, and nothing costs. */
  @Override
  public Signing replace(SignedTransaction stuck, List<Checkpoint> checkpoints) {
    return sign(checkpoints);
  }

  @Override
  public boolean isUnderpriced(SignedTransaction transaction) {
    return false;
  }

  /**
   * Appends the line and syncs it, if its number is next. Another number or another hash than the
   * one that stands changes nothing: {@link #inclusion} says why.
   *
   * @throws IllegalArgumentException when another key signed it
   */
  @Override
  public void send(SignedTransaction transaction) {
    NotaryLine.Request request = request(transaction);
    exclusively(() -> {
      if (request.number() == verifiedLines + 1) {
        append(request);
      }
      return request;
    });
  }

  @Override
  public Inclusion inclusion(SignedTransaction transaction) {
    if (!transaction.anchor().equals(identity())) {
      return new Inclusion.Foreign(
          "it was signed for " + ContractCode.printable(transaction.anchor()));
    }
    NotaryLine.Request request = request(transaction);
    return exclusively(() -> {
      Optional<Anchored> standing = standing(request.number());
      if (standing.isEmpty()) {
        long next = verifiedLines + 1;
        return request.number() == next
            ? new Inclusion.Missing()
            : new Inclusion.Foreign(
                "checkpoint " + request.number() + " refused: the next is " + next);
      }
      Hash hash = standing.get().hash();
      return hash.equals(request.hash())
          ? new Inclusion.Included(request.number(), 1, Cost.NONE)
          : new Inclusion.Displaced(
              "checkpoint "
                  + request.number()
                  + " refused: it stands with "
                  + hash
                  + ", this one has "
                  + request.hash());
    });
  }

  private NotaryLine.Request request(SignedTransaction transaction) {
    if (!transaction.anchor().equals(identity())) {
      throw new IllegalArgumentException(
          "signed for " + transaction.anchor() + ", and this is " + identity());
    }
    return NotaryLine.Request.parse(transaction.raw(), key);
  }

  private void append(NotaryLine.Request request) throws IOException {
    Instant now = clock.instant();
    Anchored before = newest;
    Instant time = before == null || now.isAfter(before.time()) ? now : before.time();
    String line = NotaryLine.write(request, time, lastLine, key);
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      writeAt(verifiedBytes, bytes);
      lines.force(true);
    } catch (IOException e) {
      // Not known to be on the disk, so nobody may read it as if it were.
      try {
        lines.truncate(verifiedBytes);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    accept(line, bytes.length);
    keepResume();
  }

  private void writeAt(long position, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      lines.write(buffer, position + buffer.position());
    }
  }

  /** Verifies and remembers the line that begins at {@code verifiedBytes}. */
  private void accept(String line, int sizeBytes) {
    newest = NotaryLine.parse(line, verifiedLines + 1, lastLine, key);
    verifiedLines++;
    lastLine = Hash.sha256(line);
    verifiedBytes += sizeBytes;
  }

  /** Reads what anybody has appended since the last call. Under both locks. */
  private void refresh() throws IOException {
    long size = lines.size();
    if (size == verifiedBytes) {
      return;
    }
    if (size < verifiedBytes) {
      throw new IllegalStateException(
          file + " has " + size + " bytes where " + verifiedBytes + " were verified");
    }
    // Its writer may have died before its own sync.
    lines.force(true);
    while (verifiedBytes < size) {
      long begin = verifiedBytes;
      byte[] bytes = read(begin, (int) Math.min(CHUNK_BYTES, size - begin));
      int from = 0;
      for (int end = lineBreak(bytes, 0); end < bytes.length; end = lineBreak(bytes, from)) {
        try {
          accept(new String(bytes, from, end - from, StandardCharsets.UTF_8), end - from + 1);
        } catch (IllegalArgumentException e) {
          throw broken(verifiedLines + 1, e);
        }
        from = end + 1;
      }
      if (begin + bytes.length == size && from < bytes.length) {
        finishTornLine(
            new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8),
            bytes.length - from);
        break;
      }
      if (from == 0) {
        throw broken(
            verifiedLines + 1,
            new IllegalArgumentException("it is longer than " + CHUNK_BYTES + " bytes"));
      }
    }
    keepResume();
  }

  /** Goes on from the resume point if it fits the file. */
  private void resume() throws IOException {
    Path point = home.resolve(RESUME_FILE);
    if (!Files.exists(point)) {
      return;
    }
    try {
      NotaryResume resume = NotaryResume.parse(Files.readString(point).strip(), key);
      if (resume.bytes() > lines.size()) {
        throw new IllegalArgumentException(
            "the file has %d bytes, not %d".formatted(lines.size(), resume.bytes()));
      }
      long begin = Math.max(0, resume.bytes() - FEW_BYTES);
      String text = new String(read(begin, (int) (resume.bytes() - begin)), StandardCharsets.UTF_8);
      String last = text.substring(text.lastIndexOf('\n', text.length() - 2) + 1).stripTrailing();
      if (!text.endsWith("\n") || !Hash.sha256(last).equals(resume.last())) {
        throw new IllegalArgumentException("another line stands at its end");
      }
      newest = NotaryLine.parse(last, resume.lines(), key);
      verifiedLines = resume.lines();
      verifiedBytes = resume.bytes();
      lastLine = resume.last();
      resumesAt = resume.lines();
    } catch (IllegalArgumentException e) {
      LOG.warn("{} does not fit, all lines are verified: {}", point, e.getMessage());
    }
  }

  /** Signs how far the file was verified, now and then. */
  private void keepResume() throws IOException {
    if (verifiedLines - resumesAt >= RESUME_EVERY) {
      NotaryResume resume = new NotaryResume(verifiedLines, verifiedBytes, lastLine);
      NotaryKey.write(home, RESUME_FILE, resume.write(key) + "\n", "rw-r--r--");
      resumesAt = verifiedLines;
    }
  }

  /** A last line without its line break: whole except for that, or cut off. */
  private void finishTornLine(String line, int sizeBytes) throws IOException {
    long begin = verifiedBytes;
    try {
      accept(line, sizeBytes + 1);
      writeAt(begin + sizeBytes, new byte[] {'\n'});
    } catch (IllegalArgumentException e) {
      LOG.warn(
          "{}: cutting off {} bytes of a line that a crash left unfinished after checkpoint {}",
          file,
          sizeBytes,
          verifiedLines);
      lines.truncate(begin);
    }
    lines.force(true);
  }

  private IllegalStateException broken(long line, IllegalArgumentException why) {
    return new IllegalStateException(file + ", line " + line + ": " + why.getMessage(), why);
  }

  /** What runs under both locks. */
  private interface Action<T> {
    T run() throws IOException;
  }

  private <T> T exclusively(Action<T> action) {
    synchronized (monitor) {
      try (FileLock held = lock.lock()) {
        refresh();
        return action.run();
      } catch (IOException e) {
        throw new AnchorUnavailable(file + " cannot be used", e);
      }
    }
  }

  @Override
  public void close() {
    synchronized (monitor) {
      closeQuietly(lines);
      closeQuietly(lock);
    }
  }
}
