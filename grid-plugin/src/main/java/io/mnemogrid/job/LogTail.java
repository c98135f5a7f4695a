package io.mnemogrid.job;

import io.mnemogrid.audit.AuditShare;
import io.mnemogrid.audit.Page;
import io.mnemogrid.audit.Start;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.BrokenHistory;
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
 * <p>All of this is in memory only. When the job is begun again, each space goes on from the
 * version that is published in the store; if the log no longer holds that version, it is audited
 * again from version 1. A log that cannot be read is published as a problem of its space. A space
 * with a published problem is left alone. When the store is away, it is asked again after {@link
 * #PATIENCE}.
 */
final class LogTail {
  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);
  private static final int PAGE = 500;
  private static final Duration POLL = Duration.ofMillis(100);

  /** While there is news, so that it is read before it leaves the memory of this process. */
  private static final Duration POLL_UNDER_LOAD = Duration.ofMillis(50);

  private static final Duration PUBLISH_EVERY = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final AuditParts parts;
  private final Map<SpaceName, Long> positions = new HashMap<>();
  private final Set<SpaceName> stopped = new HashSet<>();
  private final Set<SpaceName> unpublished = new HashSet<>();
  private final Map<SpaceName, Long> published = new HashMap<>();
  private final Map<SpaceName, Long> turns = new HashMap<>(); // the last call that looked at it
  private final Map<SpaceName, Long> sizes = new HashMap<>(); // of the documents, in bytes
  private final long began = System.nanoTime();
  private long nextPoll = began;
  private long turn;
  private long added; // bytes of records, by the call under way
  private final AuditShare share = new AuditShare(began);

  LogTail(AuditParts parts) {
    this.parts = parts;
  }

  /** Hands over the next pages, some {@link LogReader#PAGE_BYTES}; none when there is no news. */
  void fill(Consumer<Page> pages) {
    long now = System.nanoTime();
    if (now - nextPoll < 0) {
      return;
    }
    boolean more = false;
    turn++;
    added = 0;
    try {
      for (LogHead head : longestUnpublishedFirst(parts.log().heads())) {
        if (added >= LogReader.PAGE_BYTES) {
          more = true; // those that were not looked at come first next time
          break;
        }
        turns.put(head.space(), turn);
        if (!stopped.contains(head.space())) {
          more |= fillOrStop(head, pages);
        }
      }
      nextPoll = now + (more ? 0 : (added > 0 ? POLL_UNDER_LOAD : POLL).toNanos());
    } catch (LogUnavailable e) {
      LOG.warn("the audit waits for the log: {}", e.getMessage());
      nextPoll = now + PATIENCE.toNanos();
    }
  }

  /** The spaces in the order in which they are looked at, so that the audit's share goes round. */
  private List<LogHead> longestUnpublishedFirst(List<LogHead> heads) {
    List<LogHead> sorted = new ArrayList<>(heads);
    sorted.sort(
        Comparator.comparingLong((LogHead head) -> turns.getOrDefault(head.space(), 0L))
            .thenComparingLong(head -> since(head.space())));
    return sorted;
  }

  private long since(SpaceName space) {
    Long last = published.get(space);
    return last == null ? Long.MIN_VALUE : last - began;
  }

  /** Calls {@link #fill(LogHead, Consumer)}, and stops the space when its log is wrong. */
  private boolean fillOrStop(LogHead head, Consumer<Page> pages) {
    try {
      return fill(head, pages);
    } catch (BrokenHistory e) {
      stop(head, String.valueOf(e.getMessage()));
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
    parts.progress().problem(space, problem);
    stopped.add(space);
  }

  /** Hands over the next page of a space; true when there is more behind it. */
  private boolean fill(LogHead head, Consumer<Page> pages) {
    SpaceName space = head.space();
    Start start = null;
    Long position = positions.get(space);
    if (position == null || position > head.version()) {
      Optional<AuditedHead> verified = parts.audited().newest(space);
      if (verified.isPresent() && !verified.get().ready()) {
        parts.progress().problem(space, String.valueOf(verified.get().problem()));
        stopped.add(space);
        return false;
      }
      Snapshot from = start(space, verified);
      position = from.version();
      published.putIfAbsent(space, System.nanoTime());
      sizes.put(space, sizeBytes(from.state()));
      start =
          verified
              .map(at -> Start.of(from, at.snapshotVersion(), at.snapshot().toString()))
              .orElseGet(() -> Start.of(from, 0, ""));
    }
    if (head.version() <= position && start == null) {
      if (unpublished.contains(space) && spend(space)) {
        pages.accept(new Page(space.text(), null, new ArrayList<>(), true));
        markPublished(space);
      }
      return false;
    }
    List<Update> updates = parts.log().read(space, position, PAGE, parts.recent());
    updates.forEach(update -> added += update.sizeBytes());
    long reached = updates.isEmpty() ? position : updates.getLast().version();
    for (Update update : updates) {
      sizes.merge(space, growthBytes(update.fields().changes()), Long::sum);
    }
    boolean atHead = reached >= head.version();
    boolean publish = atHead && isDue(space) && spend(space);
    pages.accept(new Page(space.text(), start, new ArrayList<>(updates), publish));
    positions.put(space, reached);
    if (publish) {
      markPublished(space);
    } else {
      unpublished.add(space);
    }
    return !atHead;
  }

  private void markPublished(SpaceName space) {
    unpublished.remove(space);
    published.put(space, System.nanoTime());
  }

  /**
   * Takes what recomputing a space costs from the audit's share; false when nothing is left of it.
   */
  private boolean spend(SpaceName space) {
    return share.spend(
        System.nanoTime(), parts.heads().leaves(space), sizes.getOrDefault(space, 0L));
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
  private boolean isDue(SpaceName space) {
    Long last = published.get(space);
    return last != null && System.nanoTime() - last >= PUBLISH_EVERY.toNanos();
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
