package io.mnemogrid.member;

import io.mnemogrid.SharedRates;
import io.mnemogrid.policy.RateShare;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part that shares rates with the other members.
 *
 * <p>A rate is in use from the moment something is asked of it until some seconds after. Each tick
 * of {@link #EVERY} looks at the rates in use alone: it adds to a moving average what was asked
 * since the tick before, tells the others these averages, and computes the shares. What all members
 * together are asked for too little to matter is not told. A grid of which nothing is asked sends
 * nothing. What another member has told counts for {@link #FRESH}, so that a few lost messages
 * change nothing and a member that is gone has nothing.
 */
final class MemberRates implements SharedRates {
  private static final Logger LOG = LoggerFactory.getLogger(MemberRates.class);

  /** Time from one tick to the next. */
  static final Duration EVERY = Duration.ofMillis(100);

  /** For how long what a member told is taken for what it is asked now. */
  static final Duration FRESH = Duration.ofMillis(500);

  /** Most rates that a member tells the others of, those that most is asked of. */
  static final int MOST_TOLD = 4096;

  /**
   * What a member is asked for is told from this part of a rate on, divided by the members. So all
   * that is not told of one rate is less than this part of it.
   */
  static final double NOTICEABLE = 0.05;

  /** What is asked counts for about this long. */
  private static final double MEMORY_SECONDS = 0.3;

  /** What members tell each other is in thousandths of a rate; what is less is nothing. */
  private static final double PARTS = 1000;

  /** What a member told: thousandths of each rate, and when it came. */
  private record Told(Map<String, Long> asked, long nanos) {}

  private final String self;
  private final Supplier<Set<String>> members;
  private final Consumer<News.Asked> tell;
  private final LongSupplier nanos;
  private final Map<String, Told> told = new ConcurrentHashMap<>();
  private final Queue<Shared> begun = new ConcurrentLinkedQueue<>();
  private final Set<Shared> used = new LinkedHashSet<>(); // only the thread of ticks uses it
  private long tickedAt; // the same
  private volatile int count = 1;
  private @Nullable ScheduledExecutorService thread; // only who starts and closes the part uses it

  /**
   * Shares of this member, all of every rate until the first tick.
   *
   * @param self the id of this member
   * @param members the ids of all members that answer requests, this one among them
   * @param tell brings news to the other members; returns at once
   * @param nanos a monotonic clock
   */
  MemberRates(
      String self, Supplier<Set<String>> members, Consumer<News.Asked> tell, LongSupplier nanos) {
    this.self = self;
    this.members = members;
    this.tell = tell;
    this.nanos = nanos;
    this.tickedAt = nanos.getAsLong();
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("the shares of rates").starts(this::start).closes(this::close);
  }

  private void start() {
    ScheduledExecutorService ticks =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("mnemogrid-rates").factory());
    thread = ticks;
    tickQuietly(); // from the first request on there are the others
    ticks.scheduleAtFixedRate(
        this::tickQuietly, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void close() {
    if (thread != null) {
      thread.shutdownNow();
    }
  }

  private void tickQuietly() {
    try {
      tick();
    } catch (RuntimeException | Error e) { // a later tick may succeed
      LOG.debug("the shares of rates stay as they are", e);
    }
  }

  /** Takes what another member told; of a message that is too large nothing. */
  void heard(News.Asked news) {
    if (!news.member().equals(self) && news.rates().size() <= MOST_TOLD) {
      told.put(news.member(), new Told(news.rates(), nanos.getAsLong()));
    }
  }

  /** Counts, tells and divides once. O(rates in use × members). */
  void tick() {
    long now = nanos.getAsLong();
    double seconds = Math.max(1, now - tickedAt) / 1e9;
    tickedAt = now;
    Set<String> there = members.get();
    count = Math.max(1, there.contains(self) ? there.size() : there.size() + 1);
    told.keySet().retainAll(there);
    for (Shared next = begun.poll(); next != null; next = begun.poll()) {
      used.add(next);
    }
    for (Iterator<Shared> each = used.iterator(); each.hasNext(); ) {
      Shared rate = each.next();
      rate.average(seconds);
      if (rate.isForgotten()) {
        each.remove();
      }
    }
    if (count > 1 && !used.isEmpty()) {
      tell.accept(new News.Asked(self, asked()));
    }
    used.forEach(Shared::divide);
  }

  /** What is told. The rates that find no place are marked, so that less of them is granted. */
  private HashMap<String, Long> asked() {
    List<Shared> most = new ArrayList<>();
    for (Shared rate : used) {
      rate.isLeftOut = false;
      if (rate.level >= NOTICEABLE / count) {
        most.add(rate);
      }
    }
    if (most.size() > MOST_TOLD) {
      most.sort(Comparator.comparingDouble((Shared rate) -> rate.level).reversed());
      List<Shared> others = most.subList(MOST_TOLD, most.size());
      others.forEach(rate -> rate.isLeftOut = true);
      most = most.subList(0, MOST_TOLD);
    }
    HashMap<String, Long> asked = new HashMap<>();
    for (Shared rate : most) {
      asked.merge(rate.name, Math.round(rate.level * PARTS), Long::sum);
    }
    return asked;
  }

  /** What the other members are asked for, as a part of the rate, all together. */
  private double askedElsewhere(String name) {
    long now = nanos.getAsLong();
    double all = 0;
    for (Told each : told.values()) {
      Long parts = each.asked.get(name);
      if (parts != null && now - each.nanos <= FRESH.toNanos()) {
        all += Math.clamp(parts / PARTS, 0, 1);
      }
    }
    return all;
  }

  @Override
  public Rate named(String name) {
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "the name of a rate has 1 to " + MAX_NAME + " characters, got " + name.length());
    }
    return new Shared(name);
  }

  private final class Shared implements Rate {
    private final String name;
    private final DoubleAdder asked = new DoubleAdder(); // since the last tick
    private final AtomicBoolean isUsed = new AtomicBoolean();
    private volatile double level; // the average; only ticks write it
    private volatile double share;
    private volatile boolean isLeftOut; // the others are not told of it; only ticks write it

    Shared(String name) {
      this.name = name;
      divide();
    }

    @Override
    public double share() {
      return share;
    }

    @Override
    public void asked(double seconds) {
      asked.add(seconds);
      use();
    }

    private void use() {
      if (!isUsed.get() && isUsed.compareAndSet(false, true)) {
        divide(); // what others are asked for may have changed since it was last in use
        begun.add(this);
      }
    }

    private void average(double seconds) {
      double now = Math.clamp(asked.sumThenReset() / seconds, 0, 1);
      double weight = -Math.expm1(-seconds / MEMORY_SECONDS);
      level += (now - level) * weight;
    }

    /** Whether nothing was asked for so long that it is in use no more. */
    private boolean isForgotten() {
      if (level * PARTS >= 0.5) {
        return false;
      }
      level = 0;
      isLeftOut = false;
      isUsed.set(false);
      if (asked.sum() > 0) { // in between
        use();
      }
      return true;
    }

    private void divide() {
      double whole = RateShare.of(level, askedElsewhere(name), count);
      share = isLeftOut ? Math.min(whole, 1.0 / count) : whole;
    }
  }
}
