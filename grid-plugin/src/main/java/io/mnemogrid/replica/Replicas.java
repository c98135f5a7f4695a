package io.mnemogrid.replica;

import io.mnemogrid.commit.ReplicaFeed;
import io.mnemogrid.commit.ReplicaFeeder;
import io.mnemogrid.commit.ReplicaFeeder.Action;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of this process: the newest version that is known here of each space. A read is one
 * look into a concurrent map and never waits for a writer, the store or the network.
 *
 * <p>One thread runs the {@link ReplicaFeeder} that feeds them; it does no I/O. The heads of the
 * log are read every {@link #POLL} by another thread, so a lost announcement costs time and nothing
 * else. Loads and replays take the processor, so two threads at most do them. Whoever waits for a
 * version goes on with a virtual thread, never with one of these.
 *
 * <p>A replica that the log contradicts is dropped and loaded again, with a warning for the
 * operator. A space whose log is damaged keeps its replica ({@link DamagedSpaces}). When the thread
 * that feeds meets an unexpected failure, it begins again with an empty feeder, because all that a
 * feeder knows comes from the log.
 */
public final class Replicas implements AutoCloseable {
  /** How often heads are compared with the log's. */
  public static final Duration POLL = Duration.ofMillis(500);

  /** At most this many announcements wait; further ones are dropped, as below. */
  static final int MOST_NEWS = 10_000;

  /**
   * The announcements that wait have at most this many bytes of text. Further ones are dropped, and
   * the log is read instead.
   */
  static final long MOST_NEWS_BYTES = 32 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

  private final LogReader log;
  private final Map<SpaceName, Snapshot> heads = new ConcurrentHashMap<>();
  private final BlockingQueue<Supplier<List<Action>>> mail = new LinkedBlockingQueue<>();
  private final AtomicLong newsWaiting = new AtomicLong();
  private final AtomicLong newsBytes = new AtomicLong();
  private final List<Consumer<Snapshot>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<SpaceName>> ofTheGone = new CopyOnWriteArrayList<>();
  private final Map<SpaceName, List<Waiter>> waiters = new ConcurrentHashMap<>();
  private final AtomicLong reloads = new AtomicLong();
  private final RecentUpdates recent = new RecentUpdates();
  private final DamagedSpaces damaged = new DamagedSpaces();
  private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
  private final ExecutorService replayers =
      Executors.newFixedThreadPool(
          Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 2),
          Thread.ofPlatform().name("mnemogrid-replay-", 1).daemon().factory());
  private final Thread thread;
  private ReplicaFeeder feeder = new ReplicaFeeder(heads); // of the thread that feeds
  private volatile boolean waits; // for the log, as the last poll found
  private volatile boolean open = true;

  private record Waiter(long version, CompletableFuture<Snapshot> reached) {}

  /** Replicas that follow {@code log}. */
  public Replicas(LogReader log) {
    this.log = log;
    this.thread = Thread.ofPlatform().name("mnemogrid-replicas").daemon().unstarted(this::feed);
  }

  /** Begins to follow the log. */
  public void start() {
    thread.start();
  }

  /** The newest version of a space here, or null when its replica was not loaded. No I/O. */
  public @Nullable Snapshot get(SpaceName space) {
    return heads.get(space);
  }

  /**
   * As {@link #get}, once whoever publishes a version of it at this moment has done so. A listener
   * is told of a version before it stands here, so whoever reacts to that on another thread asks
   * here first. Waits for listeners, and does no I/O.
   */
  public @Nullable Snapshot published(SpaceName space) {
    return heads.computeIfPresent(space, (_, here) -> here);
  }

  /** About how much memory all documents that are known here take together. O(spaces). */
  public long footprintBytes() {
    return heads.values().stream().mapToLong(head -> head.state().footprintBytes()).sum();
  }

  /** How many spaces have a replica here; soon after the start, all there are. */
  public int count() {
    return heads.size();
  }

  /**
   * As {@link #get}, and loads the replica first when there is none: newest snapshot plus log.
   *
   * @throws BrokenHistory when the log of the space cannot be followed; it is not read again for
   *     {@link DamagedSpaces#AGAIN}
   */
  public Optional<Snapshot> load(SpaceName space) {
    Snapshot here = heads.get(space);
    if (here != null) {
      return Optional.of(here);
    }
    BrokenHistory known = damaged.outOfOrder(space);
    if (known != null) {
      throw new BrokenHistory(space, known.version(), known.what());
    }
    try {
      Optional<Snapshot> loaded = log.replay(space, Long.MAX_VALUE);
      loaded.ifPresent(this::advance);
      damaged.isWhole(space);
    } catch (BrokenHistory e) {
      damaged.isOutOfOrder(e);
      throw e;
    }
    return Optional.ofNullable(heads.get(space));
  }

  /** Publishes a version that this process knows to be in the log, if it is newer. */
  public void advance(Snapshot next) {
    heads.compute(
        next.space(),
        (_, mine) -> {
          if (mine != null && next.version() <= mine.version()) {
            return mine;
          }
          tell(next);
          return next;
        });
    wake(next);
  }

  /** Puts another history in the place of a replica, unless the replica has moved meanwhile. */
  void replace(Snapshot mine, @Nullable Snapshot next) {
    Snapshot now =
        heads.compute(
            mine.space(),
            (_, here) -> {
              if (here != mine) {
                return here;
              }
              if (next != null) {
                tell(next);
              } else {
                tell(ofTheGone, mine.space(), mine.space());
              }
              return next;
            });
    if (now != null) {
      wake(now);
    }
  }

  /**
   * Calls the listeners. No other version of the space can be published meanwhile, so each listener
   * gets the versions in order.
   */
  private void tell(Snapshot next) {
    tell(listeners, next, next.head());
  }

  /** Calls listeners; {@code what} is what the operator's log says when one fails. */
  private static <T> void tell(List<Consumer<T>> listeners, T news, Object what) {
    for (Consumer<T> listener : listeners) {
      try {
        listener.accept(news);
      } catch (Throwable e) {
        LOG.error("a listener failed at {}", what, e);
      }
    }
  }

  private void wake(Snapshot now) {
    List<Waiter> waiting = waiters.get(now.space());
    if (waiting != null) {
      for (Waiter waiter : waiting) {
        if (waiter.version <= now.version() && waiting.remove(waiter)) {
          waiter.reached.completeAsync(() -> now, virtual);
        }
      }
    }
  }

  /**
   * This process's replica, if it is known here to have that record in its history; else null, also
   * for a record that lies too far back. A leaf hash stands for all records before it. No I/O.
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
   * Offers announced updates of one space, oldest first. An empty list means that the log has news.
   * Never blocks: what does not fit is dropped and read from the log later.
   */
  public void announced(List<Update> updates) {
    long bytes = 0;
    for (Update update : updates) {
      bytes += update.sizeBytes();
    }
    long size = bytes;
    boolean fits =
        newsWaiting.incrementAndGet() <= MOST_NEWS & newsBytes.addAndGet(size) <= MOST_NEWS_BYTES;
    if (fits) {
      mail.add(() -> {
        taken(size);
        return feeder.announced(updates);
      });
    } else {
      taken(size);
    }
  }

  /** How many announcements wait. */
  long newsWaiting() {
    return newsWaiting.get();
  }

  /** How many bytes the announcements that wait have. */
  long newsBytes() {
    return newsBytes.get();
  }

  private void taken(long size) {
    newsWaiting.decrementAndGet();
    newsBytes.addAndGet(-size);
  }

  /** The last updates that passed through this process. */
  public RecentUpdates recent() {
    return recent;
  }

  /** The spaces whose log was found damaged. */
  public DamagedSpaces damaged() {
    return damaged;
  }

  /**
   * Calls {@code listener} with every newly published version, in order for each space. The thread
   * that publishes calls it, which may be the committer's, and it can publish nothing else
   * meanwhile. So a listener must return at once, and must call nothing here.
   */
  public void listen(Consumer<Snapshot> listener) {
    listeners.add(listener);
  }

  /**
   * Calls {@code listener} with every space whose replica was dropped because the log no longer has
   * the space. The same rules hold as for {@link #listen}, and the same order.
   */
  public void listenForTheGone(Consumer<SpaceName> listener) {
    ofTheGone.add(listener);
  }

  /**
   * Completes when the replica is at {@code version} or beyond, on a virtual thread; cancel it to
   * wait no longer.
   */
  public CompletableFuture<Snapshot> reached(SpaceName space, long version) {
    Snapshot here = heads.get(space);
    if (here != null && here.version() >= version) {
      return CompletableFuture.completedFuture(here);
    }
    CompletableFuture<Snapshot> reached = new CompletableFuture<>();
    Waiter waiter = new Waiter(version, reached);
    List<Waiter> waiting = waiters.computeIfAbsent(space, _ -> new CopyOnWriteArrayList<>());
    waiting.add(waiter);
    reached.whenComplete((_, _) -> waiting.remove(waiter));
    here = heads.get(space);
    if (here != null && here.version() >= version) {
      wake(here); // it came meanwhile
    }
    return reached;
  }

  /** How many replicas were dropped because the log holds another history. */
  public long reloads() {
    return reloads.get();
  }

  private void feed() {
    long ticked = System.nanoTime();
    while (open) {
      try {
        long left = POLL.toNanos() - (System.nanoTime() - ticked);
        Supplier<List<Action>> next = mail.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
        if (next != null) {
          perform(next.get());
        }
        if (System.nanoTime() - ticked >= POLL.toNanos()) {
          ticked = System.nanoTime();
          perform(feeder.tick());
        }
      } catch (InterruptedException e) {
        return; // closed
      } catch (RejectedExecutionException e) {
        return; // closed
      } catch (Throwable e) {
        LOG.error("a replica could not be fed; the log will be read again", e);
        feeder = new ReplicaFeeder(heads); // it knows nothing that the log does not tell
      }
    }
  }

  private void perform(List<Action> actions) {
    actions.forEach(this::perform);
  }

  private void perform(Action action) {
    switch (action) {
      case Action.Publish publish -> {
        recent.add(publish.updates());
        advance(publish.next());
      }
      case Action.Replace replace -> replace(replace.mine(), replace.next());
      case Action.Damaged broken -> damaged.isOutOfOrder(broken.what());
      case Action.Whole whole -> damaged.isWhole(whole.space());
      case Action.Poll _ -> virtual.execute(this::poll);
      case Action.Load load ->
          read(
              replayers,
              load.space(),
              () -> {
                Optional<Snapshot> loaded = log.replay(load.space(), Long.MAX_VALUE);
                return () -> feeder.loaded(load.space(), loaded);
              });
      case Action.Replay replay ->
          read(
              replayers,
              replay.from().space(),
              () -> {
                Snapshot from = replay.from();
                List<Update> page = log.read(from.space(), from.version(), LogReader.PAGE);
                ReplicaFeed.Step step = ReplicaFeed.replayed(from, page);
                return () -> feeder.replayed(from, step);
              });
      case Action.Compare compare ->
          read(
              virtual,
              compare.mine().space(),
              () -> {
                boolean holds = holds(compare.mine());
                return () -> feeder.compared(compare.mine(), holds);
              });
      case Action.Reload reload -> {
        Snapshot mine = reload.mine();
        reloads.incrementAndGet();
        recent.forget(mine.space());
        LOG.error(
            "space {}: the log holds another history ({}); the replica is dropped and loaded anew."
                + " If a store was restored from an older copy, what was acknowledged after that"
                + " copy is gone from it",
            mine.space(),
            reload.why());
        read(
            replayers,
            mine.space(),
            () -> {
              Optional<Snapshot> loaded = log.replay(mine.space(), Long.MAX_VALUE);
              return () -> feeder.reloaded(mine, loaded);
            });
      }
    }
  }

  private void poll() {
    try {
      List<LogHead> all = log.heads();
      mail.add(() -> feeder.polled(all));
      damaged.toLookAt().forEach(met -> replayers.execute(() -> lookAgain(met)));
      if (waits) {
        LOG.info("replicas follow the log again");
        waits = false;
      }
    } catch (Throwable e) {
      if (e instanceof LogUnavailable) {
        if (!waits) {
          LOG.warn("replicas wait for the log: {}", e.getMessage());
          waits = true;
        }
      } else {
        LOG.error("the heads of the log could not be read; they will be read again", e);
      }
      mail.add(() -> feeder.pollFailed());
    }
  }

  /**
   * Looks whether a log that was met damaged is whole again. The record alone is read first: as
   * long as that fails, nothing is replayed.
   */
  private void lookAgain(BrokenHistory met) {
    try {
      if (met.version() > 0) {
        log.read(met.space(), met.version() - 1, 1);
      }
      log.replay(met.space(), met.version());
      damaged.isMended(met);
    } catch (BrokenHistory | LogUnavailable e) {
      LOG.debug("space {} is looked at again later: {}", met.space(), e.getMessage());
    } catch (RuntimeException | Error e) { // a thread's border
      LOG.warn("space {} could not be looked at again", met.space(), e);
    }
  }

  /** Reads on another thread; the thread that feeds takes what comes of it. */
  private void read(ExecutorService on, SpaceName space, Supplier<Supplier<List<Action>>> read) {
    on.execute(() -> {
      try {
        mail.add(read.get());
      } catch (BrokenHistory e) {
        mail.add(() -> feeder.broken(e));
      } catch (Throwable e) {
        if (e instanceof LogUnavailable) {
          LOG.debug("the replica of space {} waits for the log: {}", space, e.getMessage());
        } else {
          LOG.error("space {} could not be read; it will be read again", space, e);
        }
        mail.add(() -> feeder.readFailed(space));
      }
    });
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
    thread.interrupt();
    replayers.shutdownNow();
  }
}
