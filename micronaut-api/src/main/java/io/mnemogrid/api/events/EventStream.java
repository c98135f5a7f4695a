package io.mnemogrid.api.events;

import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.body.ByteBody;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.stream.BodySizeLimits;
import io.micronaut.http.body.stream.BufferConsumer;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.mnemogrid.Follower;
import io.mnemogrid.Space;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.limits.Streams;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.SpaceName;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows a space, or many. It has no queue of events and no thread: a {@link
 * Follower} for each space knows its place, and as long as the connection has room those with news
 * are asked for what comes next, in turn. The bytes that wait in the connection are at most {@link
 * #MOST_BYTES}, or one larger event. A client that is slower than the spaces is behind, and gets
 * what it missed from memory or from the log when it has room.
 *
 * <p>Of many spaces each is in its own order. A page of the log is read for one of them at a time;
 * the others go on meanwhile, also when one is damaged.
 *
 * <p>Used by the event loop of its connection alone, but for what is said otherwise.
 */
final class EventStream {
  /** Most bytes that wait for a client. */
  static final int MOST_BYTES = 64 << 10;

  /** A comment is sent when nothing else was for so long. */
  static final Duration BEAT = Duration.ofSeconds(15);

  /** So many spaces of a stream count as one stream. */
  static final int SPACES_A_STREAM = 16;

  /** A damaged log is not read again for so long. */
  private static final Duration DAMAGED = Duration.ofSeconds(5);

  /** A store that does not answer is not asked again for so long. */
  private static final Duration AWAY = Duration.ofSeconds(1);

  /** What the system may hold for a connection, so that a stalled client is noticed. */
  private static final int MOST_SYSTEM_BYTES = 128 << 10;

  /** So many times what there is room for, and then others of the loop have their turn. */
  private static final int AT_ONCE = 8;

  /** No record has fewer bytes. */
  private static final int LEAST_RECORD = 400;

  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

  private final EventStreams all;
  private final HttpRequest<?> request;
  private final Channel channel;
  private final @Nullable Wide wide; // null: one space, and ids are its tags
  private final Places places; // of many spaces
  private final Map<SpaceName, Lane> lanes = new HashMap<>();
  private final EventFilter filter;
  private final Spent spent;
  private final Streams.Place counted;
  private final ByteBodyFactory.StreamingBody body;
  private final ChannelFutureListener gone = _ -> end();

  /** Lanes that somebody rang for; for all threads. */
  private final Queue<Lane> rung = new ConcurrentLinkedQueue<>();

  private final Deque<Lane> ready = new ArrayDeque<>(); // are asked next, in turn
  private final Deque<Lane> unread = new ArrayDeque<>(); // wait until a page is read for them
  private final Set<Lane> resting = new LinkedHashSet<>(); // are not read before a moment
  private @Nullable Lane reading;

  /** Of many spaces: those whose log cannot be followed, and that have no lane. */
  private final Map<SpaceName, Frames.Trouble> outOfOrder = new HashMap<>();

  private final List<SpaceName> missing = new ArrayList<>(); // until it has begun

  private EventStreams.@Nullable Audience audience; // once it has begun
  private @Nullable Followed first; // of one space: what was read before it began
  private boolean isPumping;
  private boolean isWriting;
  private boolean isEnded;
  private boolean isPlaceTold = true; // false: the client's place is behind the stream's
  private long sentAt = System.nanoTime();
  private long given; // bytes handed to the connection since the last look
  private long waitedBefore; // bytes that waited at the last look
  private long movedAt = System.nanoTime();

  private EventStream(
      EventStreams all,
      NettyHttpRequest<?> request,
      @Nullable Wide wide,
      Places places,
      EventFilter filter,
      Streams.Place counted) {
    this.all = all;
    this.request = request;
    this.wide = wide;
    this.places = places;
    this.channel = request.getChannelHandlerContext().channel();
    this.filter = filter;
    this.spent = Spent.of(request);
    this.counted = counted;
    this.body =
        request.byteBodyFactory().createStreamingBody(BodySizeLimits.UNLIMITED, new Demand());
    channel.closeFuture().addListener(gone);
  }

  /**
   * A stream of one space that begins when its answer does; {@link #body} is that.
   *
   * @param lane stands where the client does
   * @param first what comes behind that; the follower stands behind it
   */
  static EventStream ofOne(
      EventStreams all,
      NettyHttpRequest<?> request,
      Lane lane,
      Followed first,
      EventFilter filter,
      Streams.Place counted) {
    EventStream stream = new EventStream(all, request, null, new Places(), filter, counted);
    stream.first = first;
    stream.lanes.put(lane.name(), lane);
    return stream;
  }

  /**
   * A stream of many spaces.
   *
   * @param places of all spaces that it follows, also of the damaged and gone ones
   * @param damaged spaces whose log cannot be followed; they join once it can
   * @param missing spaces of the places that the store no longer has
   */
  static EventStream ofMany(
      EventStreams all,
      NettyHttpRequest<?> request,
      Wide wide,
      Places places,
      List<Lane> lanes,
      List<BrokenHistory> damaged,
      List<SpaceName> missing,
      EventFilter filter,
      Streams.Place counted) {
    EventStream stream = new EventStream(all, request, wide, places, filter, counted);
    lanes.forEach(lane -> stream.lanes.put(lane.name(), lane));
    damaged.forEach(what -> stream.outOfOrder.put(what.space(), trouble(what)));
    stream.missing.addAll(missing);
    return stream;
  }

  private static Frames.Trouble trouble(BrokenHistory what) {
    return new Frames.Trouble(Frames.By.LOG, what.version(), what.what());
  }

  /** What the server tells of the answer; by the thread that makes it, or the event loop. */
  private final class Demand implements BufferConsumer.Upstream {
    @Override
    public void start() {
      onLoop(EventStream.this::begin);
    }

    @Override
    public void onBytesConsumed(long bytes) {
      onLoop(EventStream.this::taken);
    }

    @Override
    public void allowDiscard() {
      onLoop(EventStream.this::end);
    }
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop()) {
      task.run();
    } else {
      channel.eventLoop().execute(task);
    }
  }

  /** The body of the answer. */
  ByteBody body() {
    return body.rootBody();
  }

  HttpRequest<?> request() {
    return request;
  }

  /** The space of a stream of one; null of many. */
  @Nullable SpaceName only() {
    return wide == null ? lanes.keySet().iterator().next() : null;
  }

  private void begin() {
    if (isEnded || audience != null) {
      return;
    }
    channel.config().setOption(ChannelOption.SO_SNDBUF, MOST_SYSTEM_BYTES);
    List<Lane> begun = List.copyOf(lanes.values());
    audience = all.join(this, channel.eventLoop());
    begun.forEach(this::listen);
    Followed next = first;
    first = null;
    if (next != null) {
      Lane only = begun.getFirst();
      write(List.of(ByteBuffer.wrap(Frames.begin(only.at.toString()))));
      take(only, next);
    } else {
      write(List.of(ByteBuffer.wrap(Frames.begin(places.text()))));
      for (SpaceName space : missing) {
        places.set(space, Frames.BEFORE_ALL);
        tell(Frames.reset(LogHead.ofNew(space), places.text()));
      }
      outOfOrder.forEach((space, what) -> tell(Frames.held(space, what, false)));
      joinWhatWasMade();
    }
    lanes.values().forEach(this::ready);
    pump();
  }

  /** Spaces that were made since the lanes were; looked for elsewhere, since there may be many. */
  private void joinWhatWasMade() {
    Set<SpaceName> mine = Set.copyOf(lanes.keySet());
    Wide wanted = wide;
    if (wanted != null) {
      all.read(() -> {
        List<Space> made =
            all.recent().stream()
                .filter(space -> !mine.contains(space) && wanted.wants(space))
                .flatMap(space -> all.find(space).stream())
                .toList();
        if (!made.isEmpty()) {
          channel
              .eventLoop()
              .execute(() -> {
                made.forEach(this::join);
                pump();
              });
        }
      });
    }
  }

  /** A space may be new, or can be read again. */
  void heard(SpaceName name) {
    if (isEnded || wide == null || lanes.containsKey(name) || !wide.wants(name)) {
      return;
    }
    all.read(() ->
        all.find(name)
            .ifPresent(space ->
                channel
                    .eventLoop()
                    .execute(() -> {
                      join(space);
                      news();
                    })));
  }

  private void listen(Lane lane) {
    EventStreams.Audience mine = audience;
    if (mine != null) {
      lane.follower.onNews(
          wide == null
              ? mine::ring
              : () -> {
                if (lane.isRung.compareAndSet(false, true)) {
                  rung.add(lane);
                }
                mine.ring();
              });
    }
  }

  /** Follows one more space, if it is one of those that this stream wants. */
  void join(Space space) {
    SpaceName name = space.name();
    if (isEnded || wide == null || lanes.containsKey(name) || !wide.wants(name)) {
      return;
    }
    Frames.Trouble was = outOfOrder.remove(name);
    if (!counted.grow(streams(lanes.size() + outOfOrder.size() + 1))
        || lanes.size() + outOfOrder.size() >= Places.MOST) {
      close(Frames.TOO_WIDE);
      return;
    }
    if (was != null) {
      tell(Frames.held(name, was, true));
    }
    Lane lane = Lane.from(space, places.at(name));
    lanes.put(name, lane);
    listen(lane);
    ready(lane);
  }

  /** As how many streams a stream of so many spaces counts. */
  static int streams(int spaces) {
    return Math.max(1, (spaces + SPACES_A_STREAM - 1) / SPACES_A_STREAM);
  }

  private long room() {
    return channel.isWritable() ? Math.min(MOST_BYTES, channel.bytesBeforeUnwritable()) : 0;
  }

  /** What the records may have for whose events there is room; the ids of many spaces take some. */
  private long records(long room) {
    return wide == null
        ? room
        : Math.max(1, room * LEAST_RECORD / (LEAST_RECORD + places.characters()));
  }

  private void ready(Lane lane) {
    boolean isMine = lanes.get(lane.name()) == lane;
    if (isMine && !lane.isReady && !lane.isReading && !isEnded) {
      lane.isReady = true;
      ready.add(lane);
    }
  }

  /** A space has news that nobody rings for; pumps. */
  void look(SpaceName space) {
    Lane lane = lanes.get(space);
    if (lane != null && audience != null) {
      ready(lane);
      pump();
    }
  }

  /** There is news: sends what there is and what there is room for. */
  void news() {
    if (wide == null) {
      lanes.values().forEach(this::ready);
    }
    pump();
  }

  private void pump() {
    if (isPumping || audience == null) {
      return;
    }
    isPumping = true;
    try {
      for (Lane lane = rung.poll(); lane != null; lane = rung.poll()) {
        lane.isRung.set(false); // what comes from here on rings again
        ready(lane);
      }
      for (int i = 0; !isEnded && !ready.isEmpty() && room() > 0; i++) {
        if (i == AT_ONCE) {
          channel.eventLoop().execute(this::pump);
          break;
        }
        Lane lane = ready.remove();
        lane.isReady = false;
        ask(lane);
      }
      readNext();
    } finally {
      isPumping = false;
    }
  }

  private void ask(Lane lane) {
    Followed next = lane.follower.poll(records(room()));
    switch (next) {
      case Followed.InTheLog _ -> read(lane);
      case Followed.Nothing _ -> {}
      case Followed.Updates _, Followed.OtherHistory _ -> {
        take(lane, next);
        ready(lane);
      }
    }
    if (!lane.isReading) {
      tellFinal(lane);
    }
    tellTrouble(lane);
  }

  /** What the audit and the checkpoints say of a space, as far as it is new. */
  private void tellTrouble(Lane lane) {
    Map<Frames.By, Frames.Trouble> now = all.troubles(lane.name());
    Map<Frames.By, Frames.Trouble> told = lane.toldTrouble;
    if (now.equals(told) || isEnded) {
      return;
    }
    if (room() == 0) {
      ready(lane);
      return;
    }
    lane.toldTrouble = now;
    for (Frames.By by : Frames.By.values()) {
      Frames.Trouble before = told.get(by);
      Frames.Trouble found = now.get(by);
      if (found != null && (before == null || before.version() != found.version())) {
        tell(Frames.held(lane.name(), found, false));
      } else if (found == null && before != null) {
        tell(Frames.held(lane.name(), before, true));
      }
    }
  }

  private void tellFinal(Lane lane) {
    long known = all.finalVersion(lane.name());
    if (!isEnded && known > lane.toldFinal && known <= lane.at.version()) {
      if (room() > 0) {
        lane.toldFinal = known;
        tell(Frames.checkpoint(lane.name(), known));
      } else {
        ready(lane);
      }
    }
  }

  /** What the follower met. */
  private void take(Lane lane, Followed next) {
    switch (next) {
      case Followed.Updates updates -> write(frames(lane, updates.updates()));
      case Followed.Nothing _, Followed.InTheLog _ -> {}
      case Followed.OtherHistory other -> reset(lane, other.here());
    }
    if (places.characters() > Places.MOST_CHARACTERS) {
      close(Frames.TOO_WIDE);
    }
  }

  private List<ByteBuffer> frames(Lane lane, List<Update> updates) {
    List<ByteBuffer> frames = new ArrayList<>(updates.size());
    for (Update update : updates) {
      boolean isWanted = filter.wants(update);
      isPlaceTold = isWanted;
      if (isWanted && wide != null) {
        places.set(lane.name(), HeadTag.of(update.version(), update.leafHash()));
        all.frames().of(update, filter.values()).addTo(frames, places.text());
      } else if (isWanted) {
        all.frames().of(update, filter.values()).addTo(frames);
      }
    }
    lane.at = HeadTag.of(updates.getLast().version(), updates.getLast().leafHash());
    if (wide != null) {
      places.set(lane.name(), lane.at);
    }
    return frames;
  }

  /**
   * The store has another history. A stream of one space ends; one of many goes on behind the head
   * of what there is, or without the space if it is gone.
   */
  private void reset(Lane lane, LogHead here) {
    HeadTag head = HeadTag.of(here.version(), here.leafHash());
    if (wide == null) {
      tell(Frames.reset(here, head.toString()));
      complete();
      return;
    }
    boolean isGone = lane.at.version() == 0 && here.version() == 0;
    if (isGone) { // its client was told, or never had anything of it; it joins if it comes again
      lanes.remove(lane.name());
      resting.remove(lane);
      lane.follower.close();
      all.gone(lane.name());
      return;
    }
    places.set(lane.name(), head);
    tell(Frames.reset(here, places.text()));
    lane.restart(head);
    listen(lane);
    rest(lane, AWAY);
  }

  private void tell(byte[] frame) {
    write(List.of(ByteBuffer.wrap(frame)));
  }

  private void write(List<ByteBuffer> frames) {
    int size = 0;
    for (ByteBuffer frame : frames) {
      size += frame.remaining();
    }
    if (size == 0 || isEnded) {
      return;
    }
    ByteBuf buffer = channel.alloc().ioBuffer(size);
    frames.forEach(buffer::writeBytes);
    sentAt = System.nanoTime();
    given += size;
    spent.bytes(size);
    isWriting = true;
    try {
      body.sharedBuffer().add(NettyReadBufferFactory.of(channel.alloc()).adapt(buffer));
    } finally {
      isWriting = false;
    }
  }

  /** The connection took bytes. While they are handed to it, it takes no others. */
  private void taken() {
    if (!isWriting) {
      pump();
    }
  }

  // What is not in memory.

  private void read(Lane lane) {
    if (System.nanoTime() - lane.notBefore < 0) {
      resting.add(lane); // a look asks again
    } else {
      lane.isReading = true;
      unread.add(lane);
    }
  }

  /** The log is not read for it before that time is over. */
  private void rest(Lane lane, Duration time) {
    lane.notBefore = System.nanoTime() + time.toNanos();
    resting.add(lane);
  }

  private void readNext() {
    if (isEnded || reading != null || unread.isEmpty() || room() == 0) {
      return;
    }
    Lane lane = unread.remove();
    reading = lane;
    int most = lane.page;
    long bytes = records(MOST_BYTES);
    all.read(() -> {
      Followed next = null;
      BrokenHistory damage = null;
      try {
        spent.work(Spent.PAGE);
        next = all.page(() -> lane.follower.read(most, bytes));
      } catch (BrokenHistory e) {
        damage = e;
      } catch (LogUnavailable e) {
        LOG.debug("a stream waits for the log: {}", e.getMessage());
      } catch (RuntimeException | Error e) { // else the stream would wait for ever
        LOG.warn("a stream could not read the log; it will read again", e);
      }
      Followed got = next;
      BrokenHistory met = damage;
      channel.eventLoop().execute(() -> arrived(lane, got, met));
    });
  }

  private void arrived(Lane lane, @Nullable Followed next, @Nullable BrokenHistory damage) {
    reading = null;
    lane.isReading = false;
    if (isEnded) {
      lane.follower.close();
      return;
    }
    if (next == null) {
      rest(lane, damage == null ? AWAY : DAMAGED);
      if (damage != null) {
        damaged(lane, damage);
      }
    } else {
      mended(lane);
      if (next instanceof Followed.Updates updates) {
        fit(lane, updates.updates());
      }
      take(lane, next);
      ready(lane);
    }
    pump();
  }

  private void damaged(Lane lane, BrokenHistory what) {
    if (lane.damage == null || lane.damage.version() != what.version()) {
      lane.damage = trouble(what);
      tell(Frames.held(lane.name(), lane.damage, false));
    }
  }

  private void mended(Lane lane) {
    if (lane.damage != null) {
      tell(Frames.held(lane.name(), lane.damage, true));
      lane.damage = null;
    }
  }

  /** The next page has about as many records as there is room for. */
  private void fit(Lane lane, List<Update> updates) {
    long bytes = 1;
    for (Update update : updates) {
      bytes += update.sizeBytes();
    }
    lane.page = Math.clamp(records(MOST_BYTES) * updates.size() / bytes, 1, Follower.MOST);
  }

  // From time to time.

  /** Looks after a stream that may have nothing to do, or nobody who reads it. */
  void look() {
    if (isEnded) {
      return;
    }
    if (!all.isStillLetIn(request)) {
      close(Frames.KEY_ENDED);
      return;
    }
    long now = System.nanoTime();
    if (isStalled(now)) {
      all.stalled();
      breakOff();
      return;
    }
    for (Lane lane : List.copyOf(resting)) {
      if (now - lane.notBefore >= 0) {
        resting.remove(lane);
        ready(lane); // the log may be read again
      }
    }
    if (now - sentAt >= BEAT.toNanos() && room() > 0) {
      tell(isPlaceTold ? Frames.BEAT : Frames.place(id()));
      isPlaceTold = true;
      lanes.values().forEach(this::ready); // for what nobody rang
    }
    pump();
  }

  /** The place of the client, as an id has it. */
  private String id() {
    return wide == null ? lanes.values().iterator().next().at.toString() : places.text();
  }

  /** Whether nothing of what waits has gone out for long. */
  private boolean isStalled(long now) {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    long waits = outbound == null ? 0 : outbound.totalPendingWriteBytes();
    long part = outbound == null ? 0 : outbound.currentProgress();
    long left = waits - part;
    if (waits == 0 || left < waitedBefore + given) {
      movedAt = now;
    }
    waitedBefore = left;
    given = 0;
    return now - movedAt >= all.patience().toNanos();
  }

  // The end.

  /** Ends the answer; the connection may carry others. */
  private void complete() {
    if (!isEnded) {
      end();
      body.sharedBuffer().complete();
    }
  }

  /** Closes the connection; its end gives back all that the stream has. */
  void breakOff() {
    channel.close();
  }

  /** Says why and ends the answer. */
  void close(byte[] why) {
    tell(why);
    complete();
  }

  private void end() {
    if (isEnded) {
      return;
    }
    isEnded = true;
    channel.closeFuture().removeListener(gone);
    EventStreams.Audience mine = audience;
    if (mine != null) {
      mine.leave(this);
    }
    for (Lane lane : lanes.values()) {
      if (lane != reading) { // else once the page is read
        lane.follower.close();
      }
    }
    counted.close();
  }
}
