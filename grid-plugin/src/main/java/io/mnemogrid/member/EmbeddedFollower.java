package io.mnemogrid.member;

import io.mnemogrid.Follower;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in a space's history: its version and leaf hash. What it answers begins with a record
 * that names that leaf hash as the one before, so no gap and no other history can slip in. It
 * answers nothing that the replica of this member does not show yet, though the log may have more:
 * whoever was told of a version can read it here.
 *
 * <p>The leaf hash of a place that a client named is not known before the record there was found,
 * in memory or by {@link #read} in the log.
 */
final class EmbeddedFollower implements Follower {
  private static final String UNKNOWN = "0".repeat(16);

  private final SpaceName space;
  private final Replicas replicas;
  private final LogReader log;
  private final Followers all;
  private long version;
  private @Nullable Hash leafHash; // null until the place was found in the log
  private final @Nullable String digits; // of the place where it began, if they were named
  private @Nullable Runnable bell; // guarded by this, as are the two below
  private boolean isRung;
  private boolean isClosed;

  /**
   * A follower that begins after a version.
   *
   * @param digits the first digits of its leaf hash, as {@link HeadTag} has them; null if only the
   *     number is known
   */
  EmbeddedFollower(
      SpaceName space,
      Replicas replicas,
      LogReader log,
      Followers all,
      long version,
      @Nullable String digits) {
    this.space = space;
    this.replicas = replicas;
    this.log = log;
    this.all = all;
    this.version = version;
    this.digits = digits;
  }

  SpaceName space() {
    return space;
  }

  @Override
  public HeadTag at() {
    Hash known = leafHash;
    if (known != null) {
      return HeadTag.of(version, known);
    }
    return new HeadTag(version, digits == null ? UNKNOWN : digits);
  }

  @Override
  public Followed poll(long bytes) {
    Snapshot head = replicas.get(space);
    if (head == null || head.version() < version) {
      return new Followed.InTheLog();
    }
    if (leafHash == null && !isPlace(leafHashInMemory())) {
      return new Followed.InTheLog();
    }
    if (head.version() == version) {
      return head.head().leafHash().equals(leafHash)
          ? new Followed.Nothing()
          : new Followed.InTheLog();
    }
    long end = Math.min(head.version(), version + MOST) + 1;
    List<Update> recent = replicas.recent().range(space, version + 1, end);
    return follows(recent) ? taken(recent, bytes) : new Followed.InTheLog();
  }

  private boolean follows(List<Update> updates) {
    return !updates.isEmpty()
        && updates.getFirst().version() == version + 1
        && updates.getFirst().previous().equals(leafHash);
  }

  /** Goes on past the first of these updates that have as many bytes. */
  private Followed taken(List<Update> updates, long bytes) {
    List<Update> taken = new ArrayList<>();
    long size = 0;
    for (Update update : updates) {
      size += update.sizeBytes();
      if (!taken.isEmpty() && (size > bytes || !update.previous().equals(leafHash))) {
        break;
      }
      taken.add(update);
      version = update.version();
      leafHash = update.leafHash();
    }
    return new Followed.Updates(taken);
  }

  @Override
  public Followed read(int most, long bytes) {
    if (leafHash == null && !isFound()) {
      return other();
    }
    Followed here = poll(bytes);
    if (!(here instanceof Followed.InTheLog)) {
      return here;
    }
    Snapshot head = replicas.load(space).orElse(null);
    if (head == null) {
      return other();
    }
    if (head.version() <= version) {
      return standsInTheLog() ? new Followed.Nothing() : other();
    }
    int limit = (int) Math.min(Math.clamp(most, 1, MOST), head.version() - version);
    List<Update> page = page(limit);
    if (follows(page)) {
      return taken(page, bytes);
    }
    if (!standsInTheLog()) {
      return other();
    }
    if (page.isEmpty()) {
      return new Followed.Nothing(); // the log ends here, and the replica will find that out
    }
    throw new BrokenHistory(space, version + 1, "its record does not follow the one before");
  }

  /** What comes next in the log; where that is damaged further on, what is before the damage. */
  private List<Update> page(int limit) {
    try {
      return log.read(space, version, limit);
    } catch (BrokenHistory e) {
      long before = e.version() - 1 - version;
      if (before < 1 || before >= limit) {
        throw e;
      }
      return log.read(space, version, (int) before);
    }
  }

  /**
   * Looks for the place where it began; false when the log does not have it. Where a replica has it
   * in memory the log is not read, so those who begin at the head cost no I/O.
   */
  private boolean isFound() {
    return isPlace(leafHashInMemory()) || isPlace(leafHashInTheLog());
  }

  /** Takes the leaf hash as that of the place, if it may be. */
  private boolean isPlace(@Nullable Hash here) {
    if (here == null || digits != null && !HeadTag.of(version, here).digits().equals(digits)) {
      return false;
    }
    leafHash = here;
    return true;
  }

  private @Nullable Hash leafHashInMemory() {
    Snapshot head = replicas.get(space);
    if (head == null || head.version() < version) {
      return null;
    }
    return head.version() == version
        ? head.head().leafHash()
        : replicas.recent().range(space, version, version + 1).stream()
            .findFirst()
            .map(Update::leafHash)
            .orElse(null);
  }

  private boolean standsInTheLog() {
    Hash here = leafHashInTheLog();
    return here != null && here.equals(leafHash);
  }

  /** The leaf hash that the log has at the version; null where it has none. */
  private @Nullable Hash leafHashInTheLog() {
    if (version == 0) {
      return log.head(space).isPresent() ? Hash.ZERO : null;
    }
    return log.read(space, version - 1, 1).stream().findFirst().map(Update::leafHash).orElse(null);
  }

  private Followed other() {
    return new Followed.OtherHistory(log.head(space).orElseGet(() -> LogHead.ofNew(space)));
  }

  @Override
  public Followed await(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      synchronized (this) {
        isRung = false; // what comes from here on rings again
      }
      Followed next = read(MOST, LogReader.PAGE_BYTES);
      if (!(next instanceof Followed.Nothing) || !isRungBefore(deadline)) {
        return next;
      }
    }
  }

  private synchronized boolean isRungBefore(long deadlineNanos) throws InterruptedException {
    while (true) {
      if (isClosed) {
        throw new IllegalStateException("the follower of space " + space + " was closed");
      }
      long left = deadlineNanos - System.nanoTime();
      if (isRung || left <= 0) {
        return isRung;
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
  }

  /** There may be something new. */
  void ring() {
    Runnable rung;
    synchronized (this) {
      isRung = true;
      notifyAll();
      rung = isClosed ? null : bell;
    }
    if (rung != null) {
      rung.run();
    }
  }

  @Override
  public synchronized void onNews(Runnable news) {
    bell = news;
  }

  @Override
  public void close() {
    all.remove(this);
    synchronized (this) {
      isClosed = true;
      notifyAll();
    }
  }
}
