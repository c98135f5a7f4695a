package io.mnemogrid.api.events;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpRequest;
import io.micronaut.runtime.graceful.GracefulShutdownCapable;
import io.mnemogrid.Audits;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Work;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.state.SpaceName;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All streams of events of this member. Those of one space whose connections share an event loop
 * are an audience: news of the space wakes it once, and it sends each of its streams what is new,
 * in one round. So are those of many spaces. Between two rounds there is a pause of {@link
 * #TIMES_ITS_ROUND} times the length of the first, but of {@link #SHORTEST_PAUSE} at least and
 * {@link #LONGEST_PAUSE} at most. So rounds take about a tenth of the event loop. What comes
 * meanwhile is sent together.
 *
 * <p>What is not in memory is read from the log by {@link #READERS} threads, one page after the
 * other, so that clients which come from far behind wait for each other and not everybody for them.
 */
@Singleton
final class EventStreams implements GridListener, GracefulShutdownCapable {
  /** How often the streams of an event loop are looked after. */
  static final Duration LOOK = Duration.ofMillis(500);

  /** How often the findings of audits and of checkpoints are looked at, while there are streams. */
  private static final Duration WATCH = Duration.ofSeconds(2);

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(400);
  private static final int TIMES_ITS_ROUND = 9;
  private static final int READERS = 2;
  private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

  private final Mnemogrid grid;
  private final Access access;
  private final Answering answering;
  private final Frames frames;
  private final Duration patience;
  private final Counter stalled;
  private final Map<EventLoop, Loop> loops = new ConcurrentHashMap<>();
  private final Map<SpaceName, Long> finals = new ConcurrentHashMap<>();

  /** A stream that begins may have missed what was told so long ago, since it takes no longer. */
  private static final Duration BEGINS = Duration.ofMinutes(5);

  private static final int MOST_RECENT = 10_000;

  /** The spaces that this member was told of lately. */
  private final Cache<SpaceName, Boolean> recent =
      Caffeine.newBuilder().expireAfterWrite(BEGINS).maximumSize(MOST_RECENT).build();

  /** Spaces that could not be loaded because the store was away; they are heard of again. */
  private final Set<SpaceName> missed = ConcurrentHashMap.newKeySet();

  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Map<SpaceName, Map<Frames.By, Frames.Trouble>> troubles = Map.of();
  private final ExecutorService readers =
      Executors.newFixedThreadPool(
          READERS, Thread.ofVirtual().name("mnemogrid-events-", 0).factory());
  private volatile boolean isClosing;

  EventStreams(
      Mnemogrid grid,
      Values settings,
      Access access,
      Answering answering,
      Frames frames,
      MeterRegistry metrics) {
    this.grid = grid;
    this.patience = settings.value(Settings.HTTP_STREAM_TIMEOUT);
    this.access = access;
    this.answering = answering;
    this.frames = frames;
    this.stalled =
        Counter.builder("mnemogrid.http.streams.stalled")
            .description("streams of events that were closed because their client took nothing")
            .register(metrics);
  }

  @PostConstruct
  void listen() {
    grid.listen(this);
    Thread.ofVirtual().name("mnemogrid-events-watch").start(this::watch);
  }

  private void watch() {
    try {
      while (!closed.await(WATCH.toMillis(), TimeUnit.MILLISECONDS)) {
        if (loops.values().stream().anyMatch(loop -> !loop.isEmpty)) {
          lookForTrouble();
          for (SpaceName space : List.copyOf(missed)) {
            missed.remove(space);
            heard(space);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookForTrouble() {
    try {
      Map<SpaceName, Map<Frames.By, Frames.Trouble>> now = new HashMap<>();
      for (Audits.Wrong wrong : grid.audits().wrong()) {
        put(now, wrong.space(), Frames.By.AUDIT, wrong.version(), wrong.what());
      }
      for (Held held : grid.checkpoints().held()) {
        String why = held.rule().text() + ": " + held.detail();
        put(now, held.space(), Frames.By.CHECKPOINT, held.version(), why);
      }
      Set<SpaceName> changed = new HashSet<>(troubles.keySet());
      changed.addAll(now.keySet());
      Map<SpaceName, Map<Frames.By, Frames.Trouble>> before = troubles;
      changed.removeIf(space -> Objects.equals(now.get(space), before.get(space)));
      troubles = now;
      changed.forEach(space -> loops.values().forEach(loop -> loop.changed(space)));
    } catch (LogUnavailable e) {
      LOG.debug("what holds spaces up is looked at later: {}", e.getMessage());
    } catch (RuntimeException | Error e) { // a thread's border
      LOG.warn("what holds spaces up could not be looked at; it is looked at again", e);
    }
  }

  private static void put(
      Map<SpaceName, Map<Frames.By, Frames.Trouble>> all,
      SpaceName space,
      Frames.By by,
      long version,
      String detail) {
    all.computeIfAbsent(space, _ -> new EnumMap<>(Frames.By.class))
        .put(by, new Frames.Trouble(by, version, detail));
  }

  /** What audits and checkpoints hold against a space, as it was looked at last. */
  Map<Frames.By, Frames.Trouble> troubles(SpaceName space) {
    return troubles.getOrDefault(space, Map.of());
  }

  Frames frames() {
    return frames;
  }

  boolean isStillLetIn(HttpRequest<?> request) {
    return access.isStillLetIn(request);
  }

  /** A client that takes nothing for so long, while something waits for it, is given up. */
  Duration patience() {
    return patience;
  }

  void stalled() {
    stalled.increment();
  }

  /** Reads a page of the log in its turn of the memory, by a thread of its own kind. */
  <T> T page(Supplier<T> read) {
    return answering.work(Work.PAGE_BYTES, read);
  }

  /** Runs a task that reads the log. */
  void read(Runnable task) {
    try {
      readers.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("the server ends", e);
    }
  }

  @Override
  public void finalized(SpaceName space, long version) {
    finals.merge(space, version, Math::max);
    loops.values().forEach(loop -> loop.changed(space));
  }

  /** The greatest version of the space that this member knows to be final; 0 for none. */
  long finalVersion(SpaceName space) {
    return finals.getOrDefault(space, 0L);
  }

  /** A space that was made, or that can be read again, is followed by all who want it. */
  @Override
  public void advanced(Snapshot head) {
    if (recent.asMap().putIfAbsent(head.space(), true) == null) {
      loops.values().forEach(loop -> loop.heard(head.space()));
    }
  }

  /** A space that nobody has used on this member yet; those who want it have it loaded. */
  @Override
  public void heard(SpaceName space) {
    recent.put(space, true);
    loops.values().forEach(loop -> loop.heard(space));
  }

  /** If it comes again, it is new; for any thread. */
  @Override
  public void gone(SpaceName space) {
    recent.invalidate(space);
  }

  /** The spaces that the streams of many were told of lately; a view. */
  Set<SpaceName> recent() {
    return recent.asMap().keySet();
  }

  /** A space that can be read; blocks until it is loaded. */
  Optional<Space> find(SpaceName space) {
    try {
      return grid.space(space);
    } catch (BrokenHistory | LogUnavailable e) {
      LOG.debug("space {} joins when it can be read", space, e);
      if (e instanceof LogUnavailable && missed.size() < MOST_RECENT) {
        missed.add(space);
      }
      return Optional.empty();
    }
  }

  /**
   * Streams of one event loop; used by that loop alone, but for {@code changed} and {@code heard}.
   */
  private final class Loop {
    final EventLoop loop;
    final Set<EventStream> streams = new LinkedHashSet<>();
    final Map<SpaceName, Audience> audiences = new ConcurrentHashMap<>();
    final Audience ofMany;
    volatile boolean isEmpty = true;
    @Nullable ScheduledFuture<?> looking;

    Loop(EventLoop loop) {
      this.loop = loop;
      this.ofMany = new Audience(this, null);
    }

    /** Something about a space is new that no follower rings for. */
    void changed(SpaceName space) {
      Audience audience = audiences.get(space);
      if (audience != null) {
        audience.ring();
      }
      ofMany(stream -> stream.look(space));
    }

    /** A space may be new. */
    void heard(SpaceName space) {
      ofMany(stream -> stream.heard(space));
    }

    private void ofMany(Consumer<EventStream> task) {
      if (!ofMany.isEmpty) {
        try {
          loop.execute(() -> each(ofMany.streams, task));
        } catch (RejectedExecutionException e) {
          LOG.debug("the event loop ends", e);
        }
      }
    }

    void look() {
      each(streams, EventStream::look);
    }

    void close() {
      each(streams, stream -> stream.close(Frames.CLOSING));
    }

    private void each(Set<EventStream> some, Consumer<EventStream> task) {
      for (EventStream stream : List.copyOf(some)) {
        try {
          task.accept(stream);
        } catch (RuntimeException | Error e) { // the other streams go on, and so does each look
          LOG.warn("a stream of events failed, and its connection is closed", e);
          stream.breakOff();
        }
      }
    }
  }

  /** Streams on one event loop that are woken together: those of one space, or those of many. */
  static final class Audience {
    private final Loop of;
    private final @Nullable SpaceName name;
    private final Set<EventStream> streams = new LinkedHashSet<>();
    private final AtomicBoolean isRung = new AtomicBoolean();
    private volatile boolean isEmpty = true;
    private volatile long nextNanos = System.nanoTime(); // when the next round may begin

    private Audience(Loop of, @Nullable SpaceName name) {
      this.of = of;
      this.name = name;
    }

    /** There is news; for any thread. */
    void ring() {
      if (isRung.compareAndSet(false, true)) {
        try {
          long wait = nextNanos - System.nanoTime();
          if (wait > 0) {
            of.loop.schedule(this::round, wait, TimeUnit.NANOSECONDS);
          } else {
            of.loop.execute(this::round);
          }
        } catch (RejectedExecutionException e) {
          LOG.debug("the event loop ends", e);
        }
      }
    }

    private void round() {
      isRung.set(false); // what comes from here on rings again
      long began = System.nanoTime();
      of.each(streams, EventStream::news);
      long ended = System.nanoTime();
      nextNanos =
          ended
              + Math.clamp(
                  (ended - began) * TIMES_ITS_ROUND,
                  SHORTEST_PAUSE.toNanos(),
                  LONGEST_PAUSE.toNanos());
    }

    private void add(EventStream stream) {
      of.streams.add(stream);
      of.isEmpty = false;
      streams.add(stream);
      isEmpty = false;
    }

    void leave(EventStream stream) {
      of.streams.remove(stream);
      of.isEmpty = of.streams.isEmpty();
      streams.remove(stream);
      isEmpty = streams.isEmpty();
      if (isEmpty && name != null) {
        of.audiences.remove(name, this);
      }
      ScheduledFuture<?> looking = of.looking;
      if (of.streams.isEmpty() && looking != null) {
        looking.cancel(false);
        of.looking = null;
      }
    }
  }

  /**
   * Lets a stream take part; called by its event loop. What becomes known from here on is told to
   * it.
   */
  Audience join(EventStream stream, EventLoop eventLoop) {
    Loop loop = loops.computeIfAbsent(eventLoop, Loop::new);
    SpaceName space = stream.only();
    Audience audience =
        space == null
            ? loop.ofMany
            : loop.audiences.computeIfAbsent(space, name -> new Audience(loop, name));
    audience.add(stream);
    if (loop.looking == null) {
      loop.looking =
          eventLoop.scheduleAtFixedRate(
              loop::look, LOOK.toNanos(), LOOK.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (isClosing) {
      eventLoop.execute(() -> stream.close(Frames.CLOSING));
    }
    return audience;
  }

  /** Ends all streams: their clients go on elsewhere, and nobody waits for their end. */
  @Override
  public CompletionStage<?> shutdownGracefully() {
    isClosing = true;
    List<CompletableFuture<Void>> ended =
        loops.values().stream()
            .map(loop -> CompletableFuture.runAsync(loop::close, loop.loop))
            .toList();
    return CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new));
  }

  @PreDestroy
  void close() {
    closed.countDown();
    readers.shutdownNow();
  }
}
