package io.mnemogrid.replica;

import io.mnemogrid.commit.ReplicaFeed;
import io.mnemogrid.commit.ReplicaFeed.Look;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of this process: of every space that was asked for, the newest version known here. A
 * read is one look into a concurrent map and never waits for a writer, the store or the network.
 *
 * <p>One thread feeds them: announced updates in order, the log at every gap, and the log's heads
 * every {@link #POLL}, so that a lost announcement costs latency and nothing else. A replica that
 * holds another history than the log is dropped, loaded anew and reported.
 */
public final class Replicas implements AutoCloseable {
  /** How often heads are compared with the log's. */
  public static final Duration POLL = Duration.ofMillis(500);

  private static final int PAGE = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

  private final LogReader log;
  private final Map<SpaceName, Snapshot> heads = new ConcurrentHashMap<>();
  private final BlockingQueue<List<Update>> news = new LinkedBlockingQueue<>(10_000);
  private final List<Consumer<Snapshot>> listeners = new CopyOnWriteArrayList<>();
  private final Map<SpaceName, List<Waiter>> waiters = new ConcurrentHashMap<>();
  private final AtomicLong reloads = new AtomicLong();
  private final RecentUpdates recent = new RecentUpdates();
  private final Map<SpaceName, Look> looks = new HashMap<>(); // of the thread that feeds
  private final Thread feeder;
  private volatile boolean open = true;

  private record Waiter(long version, CompletableFuture<Snapshot> reached) {}

  /** Replicas that follow {@code log}. */
  public Replicas(LogReader log) {
    this.log = log;
    this.feeder = Thread.ofPlatform().name("mnemogrid-replicas").daemon().unstarted(this::feed);
  }

  /** Begins to follow the log. */
  public void start() {
    feeder.start();
  }

  /** The newest version of a space here, or null when its replica was not loaded. No I/O. */
  public @Nullable Snapshot get(SpaceName space) {
    return heads.get(space);
  }

  /** How many spaces have a replica here; soon after the start, all there are. */
  public int count() {
    return heads.size();
  }

  /** As {@link #get}, and loads the replica first when there is none: newest snapshot plus log. */
  public Optional<Snapshot> load(SpaceName space) {
    Snapshot here = heads.get(space);
    if (here != null) {
      return Optional.of(here);
    }
    Optional<Snapshot> loaded = log.replay(space, Long.MAX_VALUE);
    loaded.ifPresent(this::advance);
    return Optional.ofNullable(heads.get(space));
  }

  /** Publishes a version that this process knows to be in the log, if it is newer. */
  public void advance(Snapshot next) {
    boolean[] newer = new boolean[1];
    heads.compute(
        next.space(),
        (_, mine) -> {
          newer[0] = mine == null || next.version() > mine.version();
          return newer[0] ? next : mine;
        });
    if (newer[0]) {
      published(next);
    }
  }

  private void replace(Snapshot next) {
    heads.put(next.space(), next);
    published(next);
  }

  private void published(Snapshot next) {
    for (Consumer<Snapshot> listener : listeners) {
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        LOG.error("a listener failed at {} {}", next.space(), next.version(), e);
      }
    }
    List<Waiter> waiting = waiters.get(next.space());
    if (waiting != null) {
      for (Waiter waiter : waiting) {
        if (waiter.version <= next.version() && waiting.remove(waiter)) {
          waiter.reached.complete(next);
        }
      }
    }
  }

  /**
   * This process's replica where it is known here to have come past a record, or null: of a record
   * that lies too far back nothing is known. A leaf hash stands for all that is before it. No I/O.
   */
  public @Nullable Snapshot past(SpaceName space, long version, Hash leafHash) {
    Snapshot here = heads.get(space);
    if (here == null || here.version() < version) {
      return null;
    }
    Hash known =
        here.version() == version
            ? here.head().leafHash()
            : recent.range(space, version, version + 1).stream()
                .findFirst()
                .map(Update::leafHash)
                .orElse(null);
    return leafHash.equals(known) ? here : null;
  }

  /**
   * Offers announced updates of one space, oldest first; none at all means that there is news to
   * read from the log. Never blocks: what does not fit is read from the log later.
   */
  public void announced(List<Update> updates) {
    news.offer(updates);
  }

  /** The last updates that passed through this process. */
  public RecentUpdates recent() {
    return recent;
  }

  /** Calls {@code listener} with every newly published version, on the thread that publishes it. */
  public void listen(Consumer<Snapshot> listener) {
    listeners.add(listener);
  }

  /** Completes when the replica is at {@code version} or beyond; cancel it to wait no longer. */
  public CompletableFuture<Snapshot> reached(SpaceName space, long version) {
    CompletableFuture<Snapshot> reached = new CompletableFuture<>();
    Waiter waiter = new Waiter(version, reached);
    List<Waiter> waiting = waiters.computeIfAbsent(space, _ -> new CopyOnWriteArrayList<>());
    waiting.add(waiter);
    reached.whenComplete((_, _) -> waiting.remove(waiter));
    Snapshot here = heads.get(space);
    if (here != null && here.version() >= version) {
      reached.complete(here);
    }
    return reached;
  }

  /** How many replicas were dropped because the log holds another history. */
  public long reloads() {
    return reloads.get();
  }

  private void feed() {
    long compared = System.nanoTime();
    while (open) {
      try {
        long left = POLL.toNanos() - (System.nanoTime() - compared);
        List<Update> updates = news.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
        if (updates != null) {
          follow(updates);
        }
        if (System.nanoTime() - compared >= POLL.toNanos()) {
          compare();
          compared = System.nanoTime();
        }
      } catch (InterruptedException e) {
        return; // closed
      } catch (LogUnavailable e) {
        compared = System.nanoTime();
        LOG.warn("replicas wait for the log: {}", e.getMessage());
      } catch (RuntimeException e) {
        compared = System.nanoTime();
        LOG.error("a replica could not be fed; the log will be read again", e);
      }
    }
  }

  private void follow(List<Update> updates) {
    if (updates.isEmpty()) {
      looks.clear();
      compare();
      return;
    }
    Snapshot mine = heads.get(updates.getFirst().space());
    if (mine != null) {
      ReplicaFeed.Step step = ReplicaFeed.announced(mine, updates);
      if (step instanceof ReplicaFeed.Step.Advance) {
        recent.add(updates);
      }
      act(mine, step);
    }
  }

  private void compare() {
    Set<SpaceName> gone = new HashSet<>(heads.keySet());
    for (LogHead head : log.heads()) {
      gone.remove(head.space());
      compare(head.space(), head);
    }
    gone.forEach(space -> compare(space, LogHead.ofNew(space)));
  }

  /** A space whose log does not follow keeps its replica, and the others are fed all the same. */
  private void compare(SpaceName space, LogHead head) {
    try {
      Snapshot mine = heads.get(space);
      if (mine == null) {
        load(space);
      } else {
        Look before = looks.put(space, new Look(mine.version(), head.version()));
        act(mine, ReplicaFeed.head(mine, head, before));
      }
    } catch (BrokenHistory e) {
      LOG.error("space {}: its log cannot be followed; it will be read again", space, e);
    }
  }

  private void act(Snapshot mine, ReplicaFeed.Step step) {
    switch (step) {
      case ReplicaFeed.Step.Nothing _ -> {}
      case ReplicaFeed.Step.Advance advance -> advance(advance.next());
      case ReplicaFeed.Step.Replay replay -> replay(mine, replay.since());
      case ReplicaFeed.Step.Reload reload -> reload(mine, reload.why());
    }
  }

  private void replay(Snapshot mine, long since) {
    Snapshot at = mine;
    for (List<Update> page = log.read(mine.space(), since, PAGE);
        !page.isEmpty();
        page = log.read(mine.space(), at.version(), PAGE)) {
      switch (ReplicaFeed.replayed(at, page)) {
        case ReplicaFeed.Step.Advance advance -> at = advance.next();
        case ReplicaFeed.Step.Reload reload -> {
          reload(mine, reload.why());
          if (heads.get(mine.space()) == mine) {
            throw new BrokenHistory(mine.space(), at.version() + 1, reload.why());
          }
          return;
        }
        case ReplicaFeed.Step.Nothing _, ReplicaFeed.Step.Replay _ -> {}
      }
      advance(at);
    }
  }

  private void reload(Snapshot mine, String why) {
    // A commit of this process may be newer than the head that was read: look again before
    // dropping.
    Snapshot here = heads.get(mine.space());
    if (here != mine) {
      return;
    }
    if (holds(mine.head())) {
      // The head that was read is older than the replica, or what the log holds after it is wrong.
      LOG.debug("space {}: {}", mine.space(), why);
      return;
    }
    reloads.incrementAndGet();
    recent.forget(mine.space());
    LOG.error(
        "space {}: the log holds another history ({}); the replica is dropped and loaded anew. If a"
            + " store was restored from an older copy, what was acknowledged after that copy is"
            + " gone from it",
        mine.space(),
        why);
    Optional<Snapshot> loaded = log.replay(mine.space(), Long.MAX_VALUE);
    if (loaded.isPresent()) {
      replace(loaded.get());
    } else {
      heads.remove(mine.space());
    }
  }

  /** Whether the log holds that version of that history. */
  private boolean holds(LogHead mine) {
    if (mine.version() == 0) {
      return log.head(mine.space()).isPresent();
    }
    return log.read(mine.space(), mine.version() - 1, 1).stream()
        .anyMatch(update -> update.leafHash().equals(mine.leafHash()));
  }

  @Override
  public void close() {
    open = false;
    feeder.interrupt();
  }
}
