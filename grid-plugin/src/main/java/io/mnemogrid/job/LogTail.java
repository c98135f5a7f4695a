package io.mnemogrid.job;

import io.mnemogrid.audit.AuditShare;
import io.mnemogrid.audit.Page;
import io.mnemogrid.audit.Start;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit's source: reads the SQL log of all spaces page by page, from what the audit published
 * last, and says when a head is to be published.
 *
 * <p>A call of {@link #fill} begins with the spaces that were not looked at for longest, and hands
 * over some {@link LogReader#PAGE_BYTES}. So a long log does not hold up other spaces. Publishing
 * recomputes the whole document. So a head is published only when the log was read to its end,
 * under load not before {@link #PUBLISH_EVERY} has passed, and only while the audit's share of a
 * core lasts ({@link AuditShare}). A head that has to wait is published by a later call.
 *
 * <p>What it looks at are the spaces that have something to do: those whose heads have changed, by
 * {@link LogReader#headsSince}, until all is handed over and published. At the beginning a head
 * that is the newest finding, with its leaf hash, has nothing to do, and no document is loaded for
 * it. A space that had nothing to do for {@link #QUIET} is let go of here and by those who follow
 * it. When it changes again it goes on from what is published, as after a start. Where the
 * documents that are kept take too much memory, a further space waits until others are published,
 * and those are let go of at once.
 *
 * <p>All of this is in memory only. When the job is begun again, each space that changed goes on
 * from the version that is published in the store; if the log no longer holds that version, it is
 * audited again from version 1. A log that cannot be read is published as a problem of its space. A
 * space with a published problem is left alone. When the store is away, it is asked again after
 * {@link #PATIENCE}.
 */
final class LogTail {
  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);
  private static final int PAGE = 500;

  /** While there is no news. */
  static final Duration POLL = Duration.ofMillis(250);

  /** While there is news, so that it is read before it leaves the memory of this process. */
  private static final Duration POLL_UNDER_LOAD = Duration.ofMillis(50);

  private static final Duration PUBLISH_EVERY = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** A document is kept for this long after its last change was audited. */
  static final Duration QUIET = Duration.ofSeconds(10);

  private static final Duration SWEEP_EVERY = Duration.ofSeconds(1);

  /**
   * Of the memory of this process, the texts of the documents that are kept take this part, and the
   * documents themselves, here and at the steps that recompute them, some ten times as much.
   */
  private static final int PART_OF_MEMORY = 64;

  /** How far a space is that is followed. */
  private static final class Place {
    private long version; // up to which it was handed over
    private boolean unpublished;
    private long published; // when it was, or when it was begun
    private long sizeBytes; // of the document
    private long done; // since when it has nothing to do
  }

  /** A space with work left. */
  private static final class Work {
    private LogHead head;
    private long turn; // the last call that looked at it, 0 for none

    private Work(LogHead head) {
      this.head = head;
    }
  }

  private final AuditParts parts;
  private final ToIntFunction<SpaceName> leaves;
  private final LongSupplier nanoTime;
  private final long mostBytes; // of the documents of all places, but one is kept however large
  private final Map<SpaceName, Work> toDo = new HashMap<>();
  private final Map<SpaceName, Place> places = new HashMap<>();
  private final Set<SpaceName> stopped = new HashSet<>();
  private final long began;
  private final AuditShare share;
  private long mark; // of the heads that were read
  private long nextPoll;
  private long nextSweep;
  private long turn;
  private long added; // bytes of records, by the call under way
  private long keptBytes; // of the documents of all places
  private boolean isCrowded; // a space waits until others are let go of; in the call under way

  LogTail(AuditParts parts) {
    this(
        parts,
        space -> parts.heads().leaves(space),
        System::nanoTime,
        Runtime.getRuntime().maxMemory() / PART_OF_MEMORY);
  }

  /**
   * A source with another clock.
   *
   * @param leaves of the document of a space, as far as that is known
   * @param mostBytes of the documents that are kept at once
   */
  LogTail(
      AuditParts parts, ToIntFunction<SpaceName> leaves, LongSupplier nanoTime, long mostBytes) {
    this.mostBytes = mostBytes;
    this.parts = parts;
    this.leaves = leaves;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
    this.share = new AuditShare(began);
    this.nextPoll = began;
    this.nextSweep = began;
  }

  /** Hands over the next pages, some {@link LogReader#PAGE_BYTES}; none when there is no news. */
  void fill(Consumer<Page> pages) {
    long now = nanoTime.getAsLong();
    if (now - nextPoll < 0) {
      return;
    }
    boolean more = false;
    turn++;
    added = 0;
    isCrowded = false;
    try {
      look();
      for (Work work : longestUnpublishedFirst()) {
        if (added >= LogReader.PAGE_BYTES) {
          more = true; // those that were not looked at come first next time
          break;
        }
        more |= fillOrStop(work, pages);
      }
      nextPoll = now + (more ? 0 : (added > 0 ? POLL_UNDER_LOAD : POLL).toNanos());
    } catch (LogUnavailable e) {
      LOG.warn("the audit waits for the log: {}", e.getMessage());
      nextPoll = now + PATIENCE.toNanos();
    }
    letGo(now, pages);
  }

  /** Notes the heads that changed. */
  private void look() {
    HeadChanges changes = parts.log().headsSince(mark);
    if (changes.isAll()) {
      Map<SpaceName, AuditedHead> verified = new HashMap<>();
      parts.audited().newest().forEach(found -> verified.put(found.head().space(), found));
      toDo.clear();
      for (LogHead head : changes.heads()) {
        AuditedHead found = verified.get(head.space());
        if (places.containsKey(head.space()) || found == null || !isOf(found, head)) {
          note(head);
        }
      }
    } else {
      changes.heads().forEach(this::note);
    }
    mark = changes.mark();
  }

  private void note(LogHead head) {
    boolean isEmpty = head.version() == 0 && !places.containsKey(head.space());
    if (!isEmpty && !stopped.contains(head.space())) {
      toDo.computeIfAbsent(head.space(), _ -> new Work(head)).head = head;
    }
  }

  /** Whether this head was found ready. */
  private static boolean isOf(AuditedHead found, LogHead head) {
    return found.ready()
        && found.head().version() == head.version()
        && found.head().stateRoot().equals(head.root())
        && found.leafHash().equals(head.leafHash());
  }

  /**
   * Lets go of the spaces that have had nothing to do for a while; while others wait for a place,
   * of all that are published.
   */
  private void letGo(long now, Consumer<Page> pages) {
    if (now - nextSweep < 0 && !isCrowded) {
      return;
    }
    nextSweep = now + SWEEP_EVERY.toNanos();
    places
        .entrySet()
        .removeIf(entry -> {
          Place at = entry.getValue();
          boolean isDone =
              isCrowded
                  ? !at.unpublished || !toDo.containsKey(entry.getKey()) // stopped, or gone
                  : !toDo.containsKey(entry.getKey()) && now - at.done >= QUIET.toNanos();
          if (isDone) {
            pages.accept(Page.last(entry.getKey().text()));
            keptBytes -= at.sizeBytes;
          }
          return isDone;
        });
  }

  /** The spaces in the order in which they are looked at, so that the audit's share goes round. */
  private List<Work> longestUnpublishedFirst() {
    List<Work> sorted = new ArrayList<>(toDo.values());
    sorted.sort(
        Comparator.comparingLong((Work work) -> work.turn)
            .thenComparingLong(work -> since(work.head.space())));
    return sorted;
  }

  private long since(SpaceName space) {
    Place at = places.get(space);
    return at == null ? Long.MIN_VALUE : at.published - began;
  }

  /** Calls {@link #fill(Work, Consumer)}, and stops the space when its log is wrong. */
  private boolean fillOrStop(Work work, Consumer<Page> pages) {
    try {
      return fill(work, pages);
    } catch (BrokenHistory e) {
      stop(work.head, String.valueOf(e.getMessage()));
      return false;
    }
  }

  /** Publishes that a record cannot even be read; the space is no longer checkpointed. */
  private void stop(LogHead head, String problem) {
    SpaceName space = head.space();
    LOG.error("AUDIT: space {} cannot be read: {}. It is no longer checkpointed", space, problem);
    Optional<AuditedHead> before = parts.audited().newest(space);
    ContentAddress snapshot =
        before
            .map(AuditedHead::snapshot)
            .orElseGet(() -> ContentAddress.of("{}".getBytes(StandardCharsets.UTF_8)));
    parts
        .audited()
        .publish(
            new AuditedHead(
                new Head(space, Math.max(1, head.version()), head.root(), Hash.ZERO),
                head.leafHash(),
                snapshot,
                before.map(AuditedHead::snapshotVersion).orElse(1L),
                head.committed(),
                parts.log().now(),
                problem));
    leaveAlone(space, problem);
  }

  private void leaveAlone(SpaceName space, String problem) {
    parts.progress().problem(space, problem);
    stopped.add(space);
    toDo.remove(space);
  }

  /** Hands over the next page of a space; true when there is more behind it. */
  private boolean fill(Work work, Consumer<Page> pages) {
    LogHead head = work.head;
    SpaceName space = head.space();
    Start start = null;
    Place at = places.get(space);
    if (at == null && !places.isEmpty() && keptBytes >= mostBytes) {
      isCrowded = true;
      return false; // before the others in a later call, since this one has not looked at it
    }
    if (at == null || at.version > head.version()) {
      Optional<AuditedHead> verified = parts.audited().newest(space);
      if (verified.isPresent() && !verified.get().ready()) {
        leaveAlone(space, String.valueOf(verified.get().problem()));
        return false;
      }
      if (at == null && verified.isPresent() && isOf(verified.get(), head)) {
        toDo.remove(space); // a head that was told again, and was found ready before
        return false;
      }
      Snapshot from = start(space, verified);
      at = begin(at, from);
      added += at.sizeBytes; // its text goes to whoever follows it
      start =
          verified
              .map(found -> Start.of(from, found.snapshotVersion(), found.snapshot().toString()))
              .orElseGet(() -> Start.of(from, 0, ""));
    }
    work.turn = turn;
    if (head.version() <= at.version && start == null) {
      if (at.unpublished && spend(space, at)) {
        pages.accept(new Page(space.text(), null, new ArrayList<>(), true));
        markPublished(at);
      }
      if (!at.unpublished) {
        at.done = nanoTime.getAsLong();
        toDo.remove(space);
      }
      return false;
    }
    List<Update> updates = parts.log().read(space, at.version, PAGE, parts.recent());
    updates.forEach(update -> added += update.sizeBytes());
    long reached = updates.isEmpty() ? at.version : updates.getLast().version();
    long growth = 0;
    for (Update update : updates) {
      growth += growthBytes(update.fields().changes());
    }
    at.sizeBytes += growth;
    boolean atHead = reached >= head.version();
    boolean publish = atHead && isDue(at) && spend(space, at);
    pages.accept(new Page(space.text(), start, new ArrayList<>(updates), publish));
    Place before = places.put(space, at); // once what it begins with is handed over
    keptBytes += before == at ? growth : at.sizeBytes - (before == null ? 0 : before.sizeBytes);
    at.version = reached;
    if (publish) {
      markPublished(at);
    } else {
      at.unpublished = true;
    }
    return !atHead;
  }

  private Place begin(@Nullable Place before, Snapshot from) {
    Place at = new Place();
    at.version = from.version();
    at.published = before == null ? nanoTime.getAsLong() : before.published;
    at.done = at.published;
    at.sizeBytes = sizeBytes(from.state());
    return at;
  }

  private void markPublished(Place at) {
    at.unpublished = false;
    at.published = nanoTime.getAsLong();
  }

  /**
   * Takes what recomputing a space costs from the audit's share; false when nothing is left of it.
   */
  private boolean spend(SpaceName space, Place at) {
    return share.spend(nanoTime.getAsLong(), leaves.applyAsInt(space), at.sizeBytes);
  }

  private static long sizeBytes(State state) {
    long[] bytes = {0};
    state.forEachLeaf(Pointer.ROOT, leaf -> bytes[0] += sizeBytes(leaf.path(), leaf.value()));
    return bytes[0];
  }

  private static long growthBytes(Changes changes) {
    long bytes = 0;
    for (Changes.Added add : changes.added()) {
      bytes += sizeBytes(add.path(), add.value());
    }
    for (Changes.Modified change : changes.modified()) {
      bytes += sizeBytes(change.path(), change.newValue());
      bytes -= sizeBytes(change.path(), change.oldValue());
    }
    for (Changes.Deleted gone : changes.deleted()) {
      bytes -= sizeBytes(gone.path(), gone.oldValue());
    }
    return bytes;
  }

  private static long sizeBytes(Pointer path, Json value) {
    return path.toString().length() + value.sizeBytes();
  }

  /**
   * Whether a space was not published for {@link #PUBLISH_EVERY}, so that it is due also under
   * steady load.
   */
  private boolean isDue(Place at) {
    return nanoTime.getAsLong() - at.published >= PUBLISH_EVERY.toNanos();
  }

  /**
   * The version to go on from: the published one, if the log still holds it as it was published,
   * else version 0.
   */
  private Snapshot start(SpaceName space, Optional<AuditedHead> verified) {
    if (verified.isEmpty()) {
      return Snapshot.ofNew(space);
    }
    AuditedHead at = verified.get();
    Snapshot snapshot =
        parts.log().replay(space, at.head().version()).orElseGet(() -> Snapshot.ofNew(space));
    boolean same =
        snapshot.version() == at.head().version()
            && snapshot.head().leafHash().equals(at.leafHash())
            && snapshot.state().root().equals(at.head().stateRoot())
            && snapshot.logRoot().equals(at.head().logRoot());
    if (same) {
      return snapshot;
    }
    LOG.error(
        "space {}: the log no longer holds the version {} that was verified; it is audited anew"
            + " from version 1",
        space,
        at.head().version());
    return Snapshot.ofNew(space);
  }
}
