package io.mnemogrid.replica;

import io.mnemogrid.commit.ReplicaFeed;
import io.mnemogrid.commit.ReplicaFeeder;
import io.mnemogrid.commit.ReplicaFeeder.Action;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of this process: the newest version that is known here of each space that is used
 * here. A read is one look into a concurrent map and never waits for a writer, the store or the
 * network. A space without a replica is loaded when it is asked for, and followed from then on.
 *
 * <p>Replicas are weighed, and beyond a bound those that were not used for longest are evicted. To
 * evict one is never wrong, because the log has all of it; it is loaded again when somebody asks.
 * Those that somebody keeps ({@link #keep}) are pinned, up to half of the bound: they are not
 * evicted and do not count.
 *
 * <p>One thread runs the {@link ReplicaFeeder} that feeds them; it does no I/O. The heads that
 * changed are read every {@link #POLL} by another thread, so a lost announcement costs time and
 * nothing else. Loads and replays take the processor: two threads do those that the feeder asks
 * for, and four callers at most load at once. Whoever waits for a version goes on with a virtual
 * thread, never with one of these.
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

  /** How often the heads of all replicas are compared, and not only those that changed. */
  private static final Duration COMPARE_ALL = Duration.ofSeconds(30);

  /** So many spaces are loaded at once; who asks for another one waits. */
  private static final int LOADS_AT_ONCE = 4;

  private static final Duration LOAD_PATIENCE = Duration.ofSeconds(10);

  /** What is pinned is counted again when it has grown by this share of the bound. */
  private static final int GROWTH_SHARE = 16;

  private final LogReader log;
  private final ReplicaCache heads;
  private final long mostBytes;
  private final Duration poll;
  private final Map<SpaceName, Integer> kept = new ConcurrentHashMap<>();
  private final Set<SpaceName> pinned = ConcurrentHashMap.newKeySet(); // of those that are kept
  private final AtomicLong grown =
      new AtomicLong(); // by so many bytes what is pinned has grown since it was counted
  private final Semaphore loads = new Semaphore(LOADS_AT_ONCE, true);
  private final Map<SpaceName, Load> loading = new ConcurrentHashMap<>();
  private final BlockingQueue<Supplier<List<Action>>> mail = new LinkedBlockingQueue<>();
  private final AtomicLong newsWaiting = new AtomicLong();
  private final AtomicLong newsBytes = new AtomicLong();
  private final List<Consumer<Snapshot>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<SpaceName>> ofTheGone = new CopyOnWriteArrayList<>();
  private final List<Consumer<SpaceName>> ofTheEvicted = new CopyOnWriteArrayList<>();
  private final List<Consumer<SpaceName>> ofOthers = new CopyOnWriteArrayList<>();
  private final AtomicLong loaded = new AtomicLong();
  private final AtomicLong evicted = new AtomicLong();
  private final AtomicLong polls = new AtomicLong();
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
  private ReplicaFeeder feeder; // of the thread that feeds
  private Function<SpaceName, Optional<Snapshot>> nearest; // where a space is loaded from
  private long mark; // up to which changed heads were polled; of the one poll under way
  private long comparedNanos = System.nanoTime(); // when all were; of the one poll under way
  private volatile boolean waits; // for the log, as the last poll found
  private volatile boolean open = true;

  /** A load under way, and what became known of the space since it began. */
  private final class Load extends FutureTask<Optional<Snapshot>> {
    private final AtomicLong known = new AtomicLong(-1); // a version; 0 when it was created

    private Load(SpaceName space) {
      super(() -> loadNow(space));
    }

    private void knows(long version) {
      known.accumulateAndGet(version, Math::max);
    }

    private boolean isBehind(Optional<Snapshot> loaded) {
      return known.get() > loaded.map(Snapshot::version).orElse(-1L);
    }
  }

  private record Waiter(long version, CompletableFuture<Snapshot> reached) {}

  /** Replicas that follow {@code log}, of which none is evicted. */
  public Replicas(LogReader log) {
    this(log, Long.MAX_VALUE);
  }

  /**
   * Replicas that follow {@code log}.
   *
   * @param mostBytes about how many bytes those may take that nobody keeps ({@link #keep})
   */
  public Replicas(LogReader log, long mostBytes) {
    this(log, mostBytes, POLL);
  }

  /** Replicas that read the heads that changed this often. */
  Replicas(LogReader log, long mostBytes, Duration poll) {
    this.log = log;
    this.mostBytes = mostBytes;
    this.poll = poll;
    this.nearest = space -> log.replay(space, Long.MAX_VALUE);
    this.heads =
        new ReplicaCache(
            mostBytes,
            space -> pinned.contains(space) || waiters.containsKey(space),
            this::tell,
            space -> tell(ofTheGone, space, space),
            this::evicted);
    this.feeder = newFeeder();
    this.thread = Thread.ofPlatform().name("mnemogrid-replicas").daemon().unstarted(this::feed);
  }

  /**
   * Loads a space from somewhere else than the log, for example from the memory of another member.
   * What it answers may be behind the log, which is read from there on; where it answers nothing,
   * the log is replayed. Called before {@link #start}.
   */
  public void loadFrom(Function<SpaceName, @Nullable Snapshot> other) {
    nearest =
        space -> {
          Snapshot there = other.apply(space);
          return (there == null ? Optional.<Snapshot>empty() : log.onwards(there))
              .or(() -> log.replay(space, Long.MAX_VALUE));
        };
  }

  private ReplicaFeeder newFeeder() {
    return new ReplicaFeeder(heads::quietly, this::isWanted);
  }

  /** Whether somebody waits for it or keeps it, though it may not be here. */
  private boolean isWanted(SpaceName space) {
    return kept.containsKey(space) || waiters.containsKey(space);
  }

  /** By the thread that made another replica the one too many. */
  private void evicted(SpaceName space) {
    evicted.incrementAndGet();
    recent.forget(space); // its history may become another one while nobody here looks
    tell(ofTheEvicted, space, space);
    if (waiters.containsKey(space)) {
      mail.add(() -> feeder.wanted(space));
    }
  }

  /**
   * From now on, until as many calls of {@link #release}, there is a replica of a space here and
   * its versions are told to those who listen. It is not evicted, and does not count against the
   * bound, while all that are kept take no more than half of that. Beyond that it may be evicted,
   * and is loaded again when there is news of it; if it were loaded at once, what is kept could
   * evict one another for ever. What is kept and not pinned is not pinned later. O(kept).
   */
  public void keep(SpaceName space) {
    boolean isFirst = kept.merge(space, 1, Integer::sum) == 1;
    if (isFirst && pinnedBytes() <= mostBytes / 2) {
      pinned.add(space);
    }
    heads.weighAgain(space);
    if (isFirst) {
      mail.add(() -> feeder.wanted(space));
    }
  }

  /** Takes back one {@link #keep}. */
  public void release(SpaceName space) {
    if (kept.computeIfPresent(space, (_, times) -> times == 1 ? null : times - 1) == null) {
      pinned.remove(space);
      heads.weighAgain(space);
    }
  }

  /** What is pinned and has grown beyond half of the bound is unpinned, the largest first. */
  private void unpinLargest() {
    long over = pinnedBytes() - mostBytes / 2;
    if (over > 0) {
      List<SpaceName> largest = new ArrayList<>(pinned);
      Map<SpaceName, Long> sizes = new HashMap<>();
      largest.forEach(space -> sizes.put(space, bytesHere(space)));
      largest.sort(Comparator.comparing(sizes::get, Comparator.reverseOrder()));
      for (SpaceName space : largest) {
        if (over > 0) {
          pinned.remove(space);
          over -= sizes.getOrDefault(space, 0L);
          heads.weighAgain(space);
        }
      }
    }
  }

  /** A document grew by so many bytes, or shrank. */
  private void grew(SpaceName space, long bytes) {
    if (bytes > 0 && pinned.contains(space) && grown.addAndGet(bytes) > mostBytes / GROWTH_SHARE) {
      grown.set(0);
      mail.add(() -> {
        unpinLargest();
        return List.of();
      });
    }
  }

  /** The spaces that have a replica here. */
  public Set<SpaceName> here() {
    return Set.copyOf(heads.spaces());
  }

  /** As {@link #get}, for the product's own purposes: it does not count as a use of the space. */
  public @Nullable Snapshot peek(SpaceName space) {
    return heads.quietly(space);
  }

  /** How many polls were answered. */
  long polls() {
    return polls.get();
  }

  /** How many replicas were loaded. */
  public long loaded() {
    return loaded.get();
  }

  /** How many replicas were evicted for others. */
  public long evicted() {
    return evicted.get();
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
    return heads.published(space);
  }

  /** About how much memory the documents of the pinned replicas take. O(pinned). */
  public long pinnedBytes() {
    long bytes = 0;
    for (SpaceName space : pinned) {
      bytes += bytesHere(space);
    }
    return bytes;
  }

  private long bytesHere(SpaceName space) {
    Snapshot head = heads.quietly(space);
    return head == null ? 0 : head.state().footprintBytes();
  }

  /** About how much memory all documents that are known here take together. O(spaces). */
  public long footprintBytes() {
    return heads.footprintBytes();
  }

  /** How many spaces have a replica here. */
  public int count() {
    return heads.spaces().size();
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
    while (true) {
      Load mine = new Load(space);
      Load others = loading.putIfAbsent(space, mine);
      if (others == null) {
        try {
          mine.run();
        } finally {
          loading.remove(space);
        }
      }
      Load load = others == null ? mine : others;
      Optional<Snapshot> loaded = await(space, load);
      if (!load.isBehind(loaded)) {
        return loaded;
      }
      here = heads.get(space);
      if (here != null) {
        return Optional.of(here);
      }
    } // what this process has shown, or created, since that load began is not in what it read
  }

  /** A space was created in the log; a load that began before does not know it. */
  public void created(SpaceName space) {
    knows(space, 0);
  }

  private void knows(SpaceName space, long version) {
    Load load = loading.get(space);
    if (load != null) {
      load.knows(version);
    }
  }

  private Optional<Snapshot> loadNow(SpaceName space) {
    try {
      Optional<Snapshot> loaded = inTurn(space);
      Load load = loading.get(space);
      if (load != null && load.isBehind(loaded)) {
        return loaded; // whoever waits for it loads again
      }
      loaded.ifPresent(this::advance);
      damaged.isWhole(space);
      Snapshot now = heads.get(space);
      return now == null ? loaded : Optional.of(now); // it may be evicted by now
    } catch (BrokenHistory e) {
      damaged.isOutOfOrder(e);
      throw e;
    }
  }

  /** A document and the text of its snapshot are in memory while it is read. */
  private Optional<Snapshot> inTurn(SpaceName space) {
    try {
      if (!loads.tryAcquire(LOAD_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw busy(space, "waited for " + LOAD_PATIENCE.toSeconds() + " s behind other loads");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw busy(space, "was interrupted");
    }
    try {
      return loadNearest(space);
    } finally {
      loads.release();
    }
  }

  private static LogUnavailable busy(SpaceName space, String why) {
    return new LogUnavailable(
        LogUnavailable.Outcome.NOT_APPLIED,
        LogUnavailable.Trouble.AWAY,
        "the load of space " + space + " " + why,
        null);
  }

  private Optional<Snapshot> loadNearest(SpaceName space) {
    Optional<Snapshot> found = nearest.apply(space);
    loaded.addAndGet(found.isPresent() ? 1 : 0);
    return found;
  }

  private static Optional<Snapshot> await(SpaceName space, FutureTask<Optional<Snapshot>> loaded) {
    try {
      return loaded.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("space " + space + " could not be loaded", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while space " + space + " was loaded", e);
    }
  }

  /** Publishes a version that this process knows to be in the log, if it is newer. */
  public void advance(Snapshot next) {
    Snapshot before = heads.publish(next);
    knows(next.space(), next.version());
    if (before == null) { // said once it stands here, else the thread that feeds may not find it
      grew(next.space(), next.state().footprintBytes());
      mail.add(() -> feeder.arrived(next.space()));
    } else if (before.version() < next.version()) {
      grew(next.space(), next.state().footprintBytes() - before.state().footprintBytes());
    }
    wake(next);
  }

  /** Puts another history in the place of a replica, unless the replica has moved meanwhile. */
  void replace(Snapshot mine, @Nullable Snapshot next) {
    Snapshot now = heads.replace(mine, next);
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
    Snapshot here = heads.quietly(space);
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

  /**
   * Heads may have changed in the log: those that did are polled at once. While a poll is under
   * way, one more waits for it, however often this is called. Waits for nothing.
   */
  public void told() {
    mail.add(() -> feeder.told());
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
   * Calls {@code listener} with every space whose replica was evicted, though the log has it: it is
   * loaded again when somebody asks for it. The same rules hold as for {@link #listen}.
   */
  public void listenForTheEvicted(Consumer<SpaceName> listener) {
    ofTheEvicted.add(listener);
  }

  /**
   * Calls {@code listener} with every space without a replica here that was made, has a newer head,
   * or can be read again, as polls find it. A listener must return at once.
   */
  public void listenForOthers(Consumer<SpaceName> listener) {
    ofOthers.add(listener);
  }

  /**
   * Completes when the replica is at {@code version} or beyond, on a virtual thread; cancel it to
   * wait no longer. A space without a replica is loaded for it.
   */
  public CompletableFuture<Snapshot> reached(SpaceName space, long version) {
    Snapshot here = heads.get(space);
    if (here != null && here.version() >= version) {
      return CompletableFuture.completedFuture(here);
    }
    CompletableFuture<Snapshot> reached = new CompletableFuture<>();
    Waiter waiter = new Waiter(version, reached);
    waiters.compute(
        space,
        (_, before) -> {
          List<Waiter> all = before == null ? new CopyOnWriteArrayList<>() : before;
          all.add(waiter);
          return all;
        });
    reached.whenComplete((_, _) -> forget(space, waiter));
    here = heads.get(space);
    if (here == null) {
      mail.add(() -> feeder.wanted(space));
    } else if (here.version() >= version) {
      wake(here); // it came meanwhile
    }
    return reached;
  }

  private void forget(SpaceName space, Waiter waiter) {
    waiters.computeIfPresent(
        space,
        (_, all) -> {
          all.remove(waiter);
          return all.isEmpty() ? null : all;
        });
    if (!waiters.containsKey(space)) {
      heads.weighAgain(space);
    }
  }

  /** How many replicas were dropped because the log holds another history. */
  public long reloads() {
    return reloads.get();
  }

  private void feed() {
    long ticked = System.nanoTime();
    while (open) {
      try {
        long left = poll.toNanos() - (System.nanoTime() - ticked);
        Supplier<List<Action>> next = mail.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
        if (next != null) {
          perform(next.get());
        }
        if (System.nanoTime() - ticked >= poll.toNanos()) {
          ticked = System.nanoTime();
          perform(feeder.tick());
        }
      } catch (InterruptedException e) {
        return; // closed
      } catch (RejectedExecutionException e) {
        return; // closed
      } catch (Throwable e) {
        LOG.error("a replica could not be fed; the log will be read again", e);
        feeder = newFeeder(); // it knows nothing that the log does not tell, but what is wanted
        Set<SpaceName> wanted = new HashSet<>(kept.keySet());
        wanted.addAll(waiters.keySet());
        wanted.forEach(space -> mail.add(() -> feeder.wanted(space)));
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
        SpaceName space = publish.next().space();
        if (publish.isLoaded() || heads.quietly(space) != null) {
          advance(publish.next());
        } else if (isWanted(space)) { // it was evicted meanwhile, and this is news of it
          perform(feeder.wanted(space));
        }
      }
      case Action.Replace replace -> replace(replace.mine(), replace.next());
      case Action.Damaged broken -> damaged.isOutOfOrder(broken.what());
      case Action.Whole whole -> damaged.isWhole(whole.space());
      case Action.Poll poll -> virtual.execute(() -> poll(poll.also()));
      case Action.Load load ->
          read(
              replayers,
              load.space(),
              () -> {
                Optional<Snapshot> found = loadNearest(load.space());
                return () -> feeder.loaded(load.space(), found);
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

  private void poll(List<SpaceName> unsure) {
    try {
      boolean isFirst = mark == 0; // what is not here by then is no news
      HeadChanges changes =
          isFirst ? new HeadChanges(List.of(), log.mark(), false) : log.headsSince(mark);
      List<LogHead> heads = changes.heads();
      long nanos = System.nanoTime();
      boolean compareAll =
          isFirst || changes.isAll() || nanos - comparedNanos >= COMPARE_ALL.toNanos();
      Set<SpaceName> gone = new HashSet<>(compareAll ? here() : unsure);
      if (isFirst) {
        gone.addAll(kept.keySet()); // one may have been evicted, and have news, before this poll
      }
      if (!changes.isAll() && !gone.isEmpty()) {
        heads = new ArrayList<>(heads);
        heads.addAll(log.heads(gone));
      }
      heads.forEach(head -> gone.remove(head.space()));
      List<LogHead> found = heads;
      mail.add(() -> feeder.polled(found, gone));
      changes.heads().stream().map(LogHead::space).forEach(this::heard);
      mark = changes.mark();
      polls.incrementAndGet();
      comparedNanos = compareAll ? nanos : comparedNanos;
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

  private void heard(SpaceName space) {
    if (heads.quietly(space) == null) {
      tell(ofOthers, space, space);
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
      heard(met.space());
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
