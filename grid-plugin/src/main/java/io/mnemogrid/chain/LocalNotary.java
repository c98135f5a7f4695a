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
import java.util.ArrayList;
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
 * takes the lock of {@code notary.lock} and reads what others have appended. Every line is verified
 * once by every handle, about 0.2 ms each. A last line without its line break that does not verify
 * is the trace of a crash, was never answered for, and is cut off; everything else that does not
 * verify stops with an {@link IllegalStateException}. Lines cut off at their end by somebody else
 * cannot be noticed from this file alone, except by a handle that has seen them.
 */
public final class LocalNotary implements Anchor {
  private static final Logger LOG = LoggerFactory.getLogger(LocalNotary.class);
  private static final String FILE = "notary.jsonl";
  private static final String LOCK_FILE = "notary.lock";
  private static final int MAX_NEW_BYTES = Integer.MAX_VALUE / 2;

  /** A file lock is held by the whole JVM, so handles in one JVM need this one too. */
  private static final Map<Path, Object> MONITORS = new ConcurrentHashMap<>();

  private final Path file;
  private final Clock clock;
  private final Object monitor;
  private final FileChannel lock;
  private final FileChannel lines;
  private final NotaryKey key;

  // What this handle has verified; guarded by monitor.
  private final List<Anchored> anchored = new ArrayList<>();
  private long verifiedBytes;
  private Hash lastLine = Hash.ZERO;

  private LocalNotary(
      Path file, Clock clock, Object monitor, FileChannel lock, FileChannel lines, NotaryKey key) {
    this.file = file;
    this.clock = clock;
    this.monitor = monitor;
    this.lock = lock;
    this.lines = lines;
    this.key = key;
  }

  /**
   * The notary of a folder, which is made on first use with a key pair in it. Verifies every line.
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

  /** Under the monitor also when it closes: closing any channel of a file drops the JVM's locks. */
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
      LocalNotary notary = new LocalNotary(file, clock, monitor, lock, lines, key(home, lines));
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
    return exclusively(() -> (long) anchored.size());
  }

  @Override
  public Optional<Anchored> find(long number) {
    return exclusively(() -> standing(number));
  }

  private Optional<Anchored> standing(long number) {
    return number >= 1 && number <= anchored.size()
        ? Optional.of(anchored.get((int) number - 1))
        : Optional.empty();
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

  /** The same: nothing waits here, and nothing costs. */
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
      if (request.number() == anchored.size() + 1L) {
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
        long next = anchored.size() + 1L;
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
    Instant time =
        anchored.isEmpty() || now.isAfter(anchored.getLast().time())
            ? now
            : anchored.getLast().time();
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
  }

  private void writeAt(long position, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      lines.write(buffer, position + buffer.position());
    }
  }

  /** Verifies and remembers the line that begins at {@code verifiedBytes}. */
  private void accept(String line, int sizeBytes) {
    anchored.add(NotaryLine.parse(line, anchored.size() + 1L, lastLine, key));
    lastLine = Hash.sha256(line);
    verifiedBytes += sizeBytes;
  }

  /** Reads what was appended since, by whomever. Under both locks. */
  private void refresh() throws IOException {
    long size = lines.size();
    if (size == verifiedBytes) {
      return;
    }
    if (size < verifiedBytes || size - verifiedBytes > MAX_NEW_BYTES) {
      throw new IllegalStateException(
          file + " has " + size + " bytes where " + verifiedBytes + " were verified");
    }
    byte[] bytes = new byte[(int) (size - verifiedBytes)];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (lines.read(buffer, verifiedBytes + buffer.position()) < 0) {
        throw new IOException(file + " became shorter while it was read");
      }
    }
    // Its writer may have died before its own sync.
    lines.force(true);
    int from = 0;
    while (from < bytes.length) {
      int end = from;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      String line = new String(bytes, from, end - from, StandardCharsets.UTF_8);
      if (end == bytes.length) {
        finishTornLine(line, end - from);
        return;
      }
      try {
        accept(line, end - from + 1);
      } catch (IllegalArgumentException e) {
        throw broken(e);
      }
      from = end + 1;
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
          anchored.size());
      lines.truncate(begin);
    }
    lines.force(true);
  }

  private IllegalStateException broken(IllegalArgumentException why) {
    return new IllegalStateException(
        file + ", line " + (anchored.size() + 1) + ": " + why.getMessage(), why);
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
