package io.mnemogrid.api.events;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpRequest;
import io.micronaut.runtime.graceful.GracefulShutdownCapable;
import io.mnemogrid.Follower;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Work;
import io.mnemogrid.log.Followed;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.state.SpaceName;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
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
 * in one round. Between two rounds there is a pause of {@link #TIMES_ITS_ROUND} times the length of
 * the first, but of {@link #SHORTEST_PAUSE} at least and {@link #LONGEST_PAUSE} at most. So rounds
 * take about a tenth of the event loop. What comes meanwhile is sent together.
 *
 * <p>What is not in memory is read from the log by {@link #READERS} threads, one page after the
 * other, so that clients which come from far behind wait for each other and not everybody for them.
 */
@Singleton
final class EventStreams implements GridListener, GracefulShutdownCapable {
  /** How often the streams of an event loop are looked after. */
  static final Duration LOOK = Duration.ofMillis(500);

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
  Followed page(Supplier<Followed> read) {
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
    loops.values().forEach(loop -> loop.ring(space));
  }

  /** Streams of one event loop; used by that loop alone, but for {@link #ring}. */
  private static final class Loop {
    final EventLoop loop;
    final Map<SpaceName, Audience> audiences = new ConcurrentHashMap<>();
    @Nullable ScheduledFuture<?> looking;

    Loop(EventLoop loop) {
      this.loop = loop;
    }

    void ring(SpaceName space) {
      Audience audience = audiences.get(space);
      if (audience != null) {
        audience.ring();
      }
    }

    void look() {
      for (Audience audience : List.copyOf(audiences.values())) {
        audience.each(EventStream::look);
      }
    }
  }

  /** The streams of one space on one event loop. */
  final class Audience {
    private final Loop of;
    private final SpaceName name;
    private final Set<EventStream> streams = new LinkedHashSet<>();
    private final AtomicBoolean isRung = new AtomicBoolean();
    private volatile long nextNanos = System.nanoTime(); // when the next round may begin

    private Audience(Loop of, SpaceName name) {
      this.of = of;
      this.name = name;
    }

    SpaceName name() {
      return name;
    }

    /** The greatest version of the space that this member knows to be final; 0 for none. */
    long finalVersion() {
      return finals.getOrDefault(name, 0L);
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
      each(EventStream::pump);
      long ended = System.nanoTime();
      nextNanos =
          ended
              + Math.clamp(
                  (ended - began) * TIMES_ITS_ROUND,
                  SHORTEST_PAUSE.toNanos(),
                  LONGEST_PAUSE.toNanos());
    }

    private void each(Consumer<EventStream> task) {
      for (EventStream stream : List.copyOf(streams)) {
        try {
          task.accept(stream);
        } catch (RuntimeException | Error e) { // the other streams go on, and so does each look
          LOG.warn("a stream of space {} failed, and its connection is closed", name, e);
          stream.breakOff();
        }
      }
    }

    void leave(EventStream stream) {
      streams.remove(stream);
      if (streams.isEmpty()) {
        of.audiences.remove(name, this);
        ScheduledFuture<?> looking = of.looking;
        if (of.audiences.isEmpty() && looking != null) {
          looking.cancel(false);
          of.looking = null;
        }
      }
    }
  }

  /** Lets a stream take part; called by its event loop. */
  Audience join(EventStream stream, EventLoop eventLoop, SpaceName space, Follower follower) {
    Loop loop = loops.computeIfAbsent(eventLoop, Loop::new);
    Audience audience = loop.audiences.computeIfAbsent(space, name -> new Audience(loop, name));
    audience.streams.add(stream);
    follower.onNews(audience::ring);
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
            .map(loop ->
                CompletableFuture.runAsync(
                    () ->
                        List.copyOf(loop.audiences.values())
                            .forEach(all -> all.each(stream -> stream.close(Frames.CLOSING))),
                    loop.loop))
            .toList();
    return CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new));
  }

  @PreDestroy
  void close() {
    readers.shutdownNow();
  }
}
