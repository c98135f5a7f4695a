package io.mnemogrid.member;

import io.mnemogrid.GridConfig.Trail.Recorded;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Trail;
import io.mnemogrid.state.Hash;
import io.mnemogrid.store.ClockReading;
import io.mnemogrid.trail.TrailBatch;
import io.mnemogrid.trail.TrailEntry;
import io.mnemogrid.trail.TrailLine;
import io.mnemogrid.trail.TrailSheet;
import io.mnemogrid.trail.TrailStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit trail as this member writes it: a queue that whoever answers a request fills, and one
 * thread that writes what stands in it ({@link #write}). A batch whose write failed stays as it is
 * and is written again, so that an outcome that is not known makes no entry twice.
 */
final class MemberTrail implements Trail {
  private static final Logger LOG = LoggerFactory.getLogger(MemberTrail.class);

  /** A sheet takes no further entry once it has so many bytes. */
  private static final long SHEET_BYTES = 512 << 10;

  /** A page ends when the sheets that it was read from have so many bytes. */
  private static final long PAGE_BYTES = 1 << 20;

  private static final Duration SECOND = Duration.ofSeconds(1);

  /** All who have no key; no key has this id. */
  private static final String STRANGERS = "";

  private final TrailStore store;
  private final @Nullable Recorded wanted;
  private final BooleanSupplier hasKeys;
  private final String member;
  private final Supplier<Instant> clock;
  private final LongSupplier nanos;
  private final SecureRandom random = new SecureRandom();

  private final Queue<TrailLine> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicLong waitingCount = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong leftOut = new AtomicLong();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong secondNanos;

  /** Bounded refusals in the second that began at {@link #secondNanos}: of a key, of strangers. */
  private final ConcurrentHashMap<String, AtomicLong> refusals = new ConcurrentHashMap<>();

  private volatile ClockReading reading; // of the store's clock, by the writing thread

  // the writing thread's
  private @Nullable TrailBatch unsettled; // tried, and perhaps there
  private long lostTold;
  private long leftOutTold;
  private volatile @Nullable String trouble; // why the store did not take the last batch

  /**
   * A trail in {@code store}.
   *
   * @param wanted what to record; null for changes as soon as there are keys
   * @param member its name in each entry
   * @param clock the store's time
   * @param nanos a monotonic clock
   */
  MemberTrail(
      TrailStore store,
      @Nullable Recorded wanted,
      BooleanSupplier hasKeys,
      String member,
      Supplier<Instant> clock,
      LongSupplier nanos) {
    this.store = store;
    this.wanted = wanted;
    this.hasKeys = hasKeys;
    this.member = member;
    this.clock = clock;
    this.nanos = nanos;
    this.secondNanos = new AtomicLong(nanos.getAsLong());
    this.reading = new ClockReading(clock.get(), nanos.getAsLong());
  }

  @Override
  public Recorded recorded() {
    return wanted != null ? wanted : hasKeys.getAsBoolean() ? Recorded.CHANGES : Recorded.NONE;
  }

  @Override
  public String member() {
    return member;
  }

  @Override
  public Instant now() {
    return reading.at(nanos.getAsLong());
  }

  @Override
  public boolean record(TrailEntry entry) {
    if (!mayBeRecorded(entry)) {
      leftOut.incrementAndGet();
      return false;
    }
    TrailLine line = entry.line();
    long bytes = line.footprintBytes();
    if (waitingBytes.addAndGet(bytes) > MOST_WAITING_BYTES) {
      waitingBytes.addAndGet(-bytes);
      lost.incrementAndGet();
      return false;
    }
    waitingCount.incrementAndGet();
    waiting.add(line);
    return true;
  }

  /**
   * Refusals that no rate bounds must fill neither the disk of the store nor the room of other
   * entries.
   */
  private boolean mayBeRecorded(TrailEntry entry) {
    String key = entry.keyOverRate();
    return key != null
        ? mayBeRecorded(key, OVER_RATE_A_SECOND)
        : !entry.isOfStranger() || mayBeRecorded(STRANGERS, STRANGERS_A_SECOND);
  }

  private boolean mayBeRecorded(String who, int most) {
    long now = nanos.getAsLong();
    long began = secondNanos.get();
    if (now - began > SECOND.toNanos() && secondNanos.compareAndSet(began, now)) {
      refusals.clear();
    }
    return refusals.computeIfAbsent(who, _ -> new AtomicLong()).incrementAndGet() <= most;
  }

  @Override
  public Counts counts() {
    return new Counts(written.get(), lost.get(), leftOut.get(), waitingCount.get());
  }

  /**
   * Writes what waits, a sheet at a time. Only one thread calls it.
   *
   * @return whether all was written; if not, {@link #health} says why
   */
  boolean write() {
    try {
      reading = new ClockReading(clock.get(), nanos.getAsLong());
      while (true) {
        TrailBatch batch = unsettled;
        boolean maybeThere = batch != null;
        if (batch == null) {
          batch = next();
        }
        if (batch == null) {
          trouble = null;
          return true;
        }
        unsettled = batch;
        store.append(batch, maybeThere);
        unsettled = null;
        written.addAndGet(batch.entries());
        waitingCount.addAndGet(-batch.entries());
      }
    } catch (RuntimeException | Error e) { // a later round may succeed; the batch stays
      String why = String.valueOf(e.getMessage());
      if (trouble == null) {
        LOG.warn("the audit trail waits for the store: {}", why);
      }
      trouble = why;
      return false;
    }
  }

  /** What waits longest; null when nothing does. */
  private @Nullable TrailBatch next() {
    List<TrailLine> entries = new ArrayList<>();
    long lostNow = lost.get();
    long leftOutNow = leftOut.get();
    note(entries, TrailEntry.LOST, lostNow - lostTold);
    note(entries, TrailEntry.LEFT_OUT, leftOutNow - leftOutTold);
    long bytes = 0;
    for (TrailLine entry = waiting.poll(); entry != null; entry = waiting.poll()) {
      entries.add(entry);
      bytes += entry.footprintBytes();
      if (bytes >= SHEET_BYTES) {
        break;
      }
    }
    waitingBytes.addAndGet(-bytes);
    lostTold = lostNow;
    leftOutTold = leftOutNow;
    return entries.isEmpty() ? null : TrailBatch.of(entries, salt());
  }

  private void note(List<TrailLine> entries, String outcome, long count) {
    if (count > 0) {
      waitingCount.incrementAndGet();
      entries.add(TrailBatch.note(clock.get(), member, outcome, count).line());
    }
  }

  private Hash salt() {
    byte[] salt = new byte[TrailBatch.SALT_BYTES];
    random.nextBytes(salt);
    return Hash.of(salt);
  }

  @Override
  public Page read(long since, int limit) {
    List<Numbered> page = new ArrayList<>();
    for (TrailSheet sheet : store.read(since, PAGE_BYTES)) {
      switch (sheet.read()) {
        case TrailSheet.Reading.Whole whole -> {
          long number = sheet.first();
          for (TrailEntry entry : whole.entries()) {
            if (number > since) {
              if (page.size() == limit) {
                return new Page(page, page.getLast().number());
              }
              page.add(new Numbered(number, entry));
            }
            number++;
          }
        }
        case TrailSheet.Reading.Forgotten _ -> {}
        case TrailSheet.Reading.Altered altered ->
            throw new Altered(
                "the audit trail was altered on sheet %d: %s"
                    .formatted(sheet.number(), altered.what()));
      }
    }
    boolean isEnd = page.isEmpty() || page.getLast().number() >= store.head().entries();
    return new Page(page, isEnd ? 0 : page.getLast().number());
  }

  @Override
  public long before(Instant time) {
    return store.before(time);
  }

  /** Whether anything is, or may be, in the trail that this member writes. */
  boolean isUsed() {
    return recorded() != Recorded.NONE || written.get() > 0;
  }

  /** How it does; nothing else is known to be wrong here. */
  GridHealth.Part health() {
    Counts counts = counts();
    String why = trouble;
    String detail =
        "%d entries written since the start, %d wait".formatted(counts.written(), counts.waiting());
    if (counts.lost() > 0) {
      detail += ", %d are lost, for the store did not take them in time".formatted(counts.lost());
    }
    if (why != null) {
      detail += "; " + why;
    }
    return new GridHealth.Part(
        "trail",
        counts.lost() > 0 || why != null ? GridHealth.Status.DEGRADED : GridHealth.Status.UP,
        detail);
  }
}
