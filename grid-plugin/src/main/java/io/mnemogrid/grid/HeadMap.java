package io.mnemogrid.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.map.IMap;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The distributed map of head states, as this member writes it. The map is derived from the log, so
 * nothing that happens to it loses a commit. It has the spaces that somebody uses: a space enters
 * with its first commit, and leaves when nobody has used it for a while.
 *
 * <p>Committed updates are merged soon after, by an entry processor ({@link ApplyUpdates}) that
 * runs where the entry lies. For each space one is under way at a time, and what is committed
 * meanwhile goes into the next. Updates that wait are bounded in number and bytes.
 *
 * <p>An entry falls behind when its updates did not fit, a merge failed, or updates of another
 * member are missing in between. Then this member puts its whole replica there ({@link
 * OfferSnapshot}); {@link #ensure} finds an entry that nobody else noticed.
 */
public final class HeadMap implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeadMap.class);
  private static final int MOST_QUEUED = 10_000;

  /** After this time without a commit or a read, an entry leaves the map. */
  static final Duration IDLE = Duration.ofMinutes(5);

  /** At most about so many entries are on one member, and those that were used last stay. */
  static final int MOST_ENTRIES = 10_000;

  /**
   * The updates that wait have at most this many bytes of text, of one space and of all. What does
   * not fit is left out, and the entry is put back from the replica later.
   */
  static final long MOST_QUEUED_BYTES = 4 << 20;

  private static final long MOST_QUEUED_BYTES_IN_ALL = 32 << 20;

  /**
   * A round waits this long for further commits to merge with. The delay harms nobody: no author
   * reads the map to see its own write.
   */
  private static final Duration PAUSE = Duration.ofMillis(100);

  /**
   * An entry that is behind is looked at again after this time, for merges under way may arrive.
   */
  private static final Duration GRACE = Duration.ofMillis(500);

  /**
   * Who reads an entry waits this long for its owner. A stopped member owns its entries for ten
   * seconds more, and the log has all of them.
   */
  static final Duration READ = Duration.ofMillis(500);

  private final IMap<String, Snapshot> map;
  private final HazelcastInstance instance;
  private final Replicas replicas;
  private final Executor executor;
  private final Map<SpaceName, Lane> lanes = new ConcurrentHashMap<>();
  private final BlockingQueue<Lane> due = new LinkedBlockingQueue<>();
  private final AtomicLong gaps = new AtomicLong();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Silent silent = new Silent(System::nanoTime);
  private final Thread merger;

  /** What waits to be merged into one entry. Guarded by itself. */
  private static final class Lane {
    final SpaceName space;
    List<Update> waiting = new ArrayList<>();
    long bytes; // of those
    boolean isDue; // stands in the queue, or a merge is under way

    Lane(SpaceName space) {
      this.space = space;
    }
  }

  HeadMap(HazelcastInstance instance, Replicas replicas, Executor executor) {
    this.map = instance.getMap(GridNames.HEADS);
    this.instance = instance;
    this.replicas = replicas;
    this.executor = executor;
    replicas.listenForTheEvicted(this::evicted);
    this.merger = Thread.ofPlatform().name("mnemogrid-map").daemon().start(this::run);
  }

  private void evicted(SpaceName space) {
    try {
      executor.execute(() -> drop(space));
    } catch (RejectedExecutionException e) {
      LOG.debug("this member leaves, and its entries of the map with it", e);
    }
  }

  /** The owner of an entry whose replica was let go lets the entry go too. */
  private void drop(SpaceName space) {
    try {
      Member owner = owner(space);
      if (owner != null && owner.localMember()) {
        map.evict(space.text());
      }
    } catch (HazelcastException | IllegalStateException e) {
      LOG.debug("the map entry of {} stays until it is idle", space, e);
    }
  }

  /** Merges what was just committed, soon; returns at once. */
  void committed(List<Update> updates) {
    long size = updates.stream().mapToLong(Update::sizeBytes).sum();
    lanes.compute(
        updates.getFirst().space(),
        (space, before) -> {
          Lane lane = before == null ? new Lane(space) : before;
          add(lane, updates, size);
          return lane;
        });
  }

  private void add(Lane lane, List<Update> updates, long size) {
    boolean becomesDue;
    synchronized (lane) {
      if (lane.waiting.size() < MOST_QUEUED
          && lane.bytes + size <= MOST_QUEUED_BYTES
          && queuedBytes.get() + size <= MOST_QUEUED_BYTES_IN_ALL) {
        lane.waiting.addAll(updates);
        lane.bytes += size;
        queuedBytes.addAndGet(size);
      }
      becomesDue = !lane.isDue;
      lane.isDue = true;
    }
    if (becomesDue) {
      due.add(lane);
    }
  }

  private void run() {
    List<Lane> round = new ArrayList<>();
    while (true) {
      try {
        round.add(due.take());
        Thread.sleep(PAUSE); // so that the updates that follow are merged with these
        due.drainTo(round);
        round.forEach(this::mergeOrLeave);
        round.clear();
      } catch (InterruptedException e) {
        return; // closed
      } catch (Throwable e) {
        LOG.error("map entries not merged; the audit will replay them", e);
      }
    }
  }

  /** Whatever fails here costs this entry one merge, and never the thread. */
  private void mergeOrLeave(Lane lane) {
    try {
      merge(lane);
    } catch (Throwable e) {
      if (e instanceof HazelcastException || e instanceof IllegalStateException) {
        LOG.debug("map entry of {} not merged; the audit will replay it", lane.space, e);
      } else {
        LOG.error("map entry of {} not merged; the audit will replay it", lane.space, e);
      }
      again(lane);
    }
  }

  private void merge(Lane lane) {
    List<Update> updates;
    synchronized (lane) {
      updates = lane.waiting;
      lane.waiting = new ArrayList<>();
      queuedBytes.addAndGet(-lane.bytes);
      lane.bytes = 0;
    }
    if (updates.isEmpty()) { // nothing of it fitted
      offer(lane.space, false);
      again(lane);
      return;
    }
    map.submitToKey(lane.space.text(), new ApplyUpdates(updates))
        .whenCompleteAsync(
            (version, failure) -> {
              try {
                merged(lane.space, updates.getLast().version(), version, failure);
              } finally {
                again(lane);
              }
            },
            executor);
  }

  private void again(Lane lane) {
    lanes.computeIfPresent(
        lane.space,
        (_, here) -> {
          synchronized (lane) {
            lane.isDue = !lane.waiting.isEmpty();
            if (!lane.isDue) {
              return null;
            }
          }
          due.add(lane);
          return here;
        });
  }

  private void merged(
      SpaceName space, long wanted, @Nullable Long version, @Nullable Throwable failure) {
    if (failure != null || version == null) {
      LOG.debug("map entry of {} not merged; the audit will replay it", space, failure);
    } else if (version < wanted) {
      gaps.incrementAndGet();
      offer(space, version == ApplyUpdates.OTHER_HISTORY);
    }
  }

  private void offer(SpaceName space, boolean replace) {
    Snapshot replica = replicas.peek(space);
    if (replica != null) {
      map.submitToKey(space.text(), new OfferSnapshot(replica, replace));
    }
  }

  /**
   * Puts this member's replica, if it has one, into the map if the map stays behind it. Under load
   * the map is always a little behind. So only what is still missing after {@link #GRACE} is a gap,
   * because to fill it a whole document crosses the network.
   */
  public void ensure(SpaceName space) {
    Snapshot replica = replicas.peek(space);
    if (replica != null) {
      ensure(space, replica.version(), false);
    }
  }

  private void ensure(SpaceName space, long wanted, boolean waited) {
    try {
      askAndOffer(space, wanted, waited);
    } catch (HazelcastInstanceNotActiveException e) {
      LOG.debug("this member leaves; the others have the log", e);
    }
  }

  private void askAndOffer(SpaceName space, long wanted, boolean waited) {
    map.submitToKey(space.text(), new StandingVersion())
        .whenCompleteAsync(
            (version, failure) -> {
              if (failure != null || version >= wanted) {
                return;
              }
              if (waited || version == 0) {
                gaps.incrementAndGet();
                offer(space, false);
              } else {
                CompletableFuture.delayedExecutor(GRACE.toMillis(), TimeUnit.MILLISECONDS, executor)
                    .execute(() -> ensure(space, wanted, true));
              }
            },
            executor);
  }

  /**
   * Offers this member's replicas of all spaces in the map, after two halves of a split grid have
   * merged. The newest version wins, because both halves wrote one log.
   */
  void offerAll() {
    for (String space : map.keySet()) {
      offer(new SpaceName(space), false);
    }
  }

  /**
   * The head state of a space as the map holds it, or null, also when the map cannot be read. It is
   * serialized when another member holds the entry. An owner that does not answer within {@link
   * #READ} is not asked again for {@link Silent#LAST}.
   */
  public @Nullable Snapshot get(SpaceName space) {
    try {
      Member owner = owner(space);
      return owner == null || silent.isSilent(owner.getUuid()) ? null : read(space, owner);
    } catch (HazelcastException | IllegalStateException | ExecutionException e) {
      LOG.debug("the map entry of {} cannot be read; the log has it", space, e);
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private @Nullable Snapshot read(SpaceName space, Member owner)
      throws ExecutionException, InterruptedException {
    try {
      return map.getAsync(space.text())
          .toCompletableFuture()
          .get(READ.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      silent.didNotAnswer(owner.getUuid());
      LOG.debug("the owner of the map entry of {} does not answer; the log has it", space);
      return null;
    }
  }

  private @Nullable Member owner(SpaceName space) {
    return instance.getPartitionService().getPartition(space.text()).getOwner();
  }

  /** Number of leaves of a space, as far as this member knows it. */
  public int leaves(SpaceName space) {
    Snapshot replica = replicas.peek(space);
    return replica == null ? 0 : replica.state().leaves();
  }

  /** Bytes of text that wait to be merged. */
  long queuedBytes() {
    return queuedBytes.get();
  }

  /** Merges nothing more. */
  @Override
  public void close() {
    merger.interrupt();
  }

  /** How often an entry was behind and had to be replaced. */
  public long gaps() {
    return gaps.get();
  }
}
