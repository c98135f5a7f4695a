package io.mnemogrid.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.ExecutionCallback;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.Partition;
import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Ways;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.RecentUpdates;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Brings a commit to the member that commits for its space, which is the owner of a partition: only
 * for speed, so that members do not race for the head row. Nothing rests on who that is: without an
 * answer in {@link #PATIENCE} this member commits the same ids itself, or, having no store, asks
 * another.
 */
public final class Router {
  /** How long the owner is waited for. */
  public static final Duration PATIENCE = Duration.ofMillis(500);

  private static final Duration AFTER_FAILURE = Duration.ofMillis(50);

  /** After which another batch goes to the same owner. */
  private static final Duration LONG = Duration.ofMillis(20);

  private static final int MOST_UNDER_WAY = 4;
  private static final int MOST_IN_ONE = 256;

  private final HazelcastInstance instance;
  private final @Nullable CommitLoop commits;
  private final boolean oneCommitter;
  private final Executor executor;
  private final Deadlines deadlines;
  private final RecentUpdates recent;
  private final Map<UUID, Outbox> outboxes = new ConcurrentHashMap<>();
  private final Map<String, Partition> partitions = new ConcurrentHashMap<>();

  /**
   * A commit on its way to another member.
   *
   * @param ways all that were tried; guarded by itself
   * @param rerouted whether another way than the owner is tried already
   */
  private record Pending(
      CommitRequest.Item item,
      List<Delta> deltas,
      long deadlineNanos,
      CompletableFuture<List<Answer>> answer,
      Ways ways,
      AtomicBoolean rerouted) {
    Duration left() {
      return Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
    }

    boolean begin() {
      synchronized (ways) {
        return ways.begin();
      }
    }

    void answered(List<Answer> answers) {
      Optional<List<Answer>> told;
      synchronized (ways) {
        told = ways.answered(answers);
      }
      told.ifPresent(answer::complete);
    }

    void ended() {
      Optional<List<Answer>> told;
      synchronized (ways) {
        told = ways.ended();
      }
      told.ifPresent(answer::complete);
    }
  }

  Router(
      HazelcastInstance instance,
      @Nullable CommitLoop commits,
      boolean oneCommitter,
      Executor executor,
      Deadlines deadlines,
      RecentUpdates recent) {
    this.instance = instance;
    this.commits = commits;
    this.oneCommitter = oneCommitter;
    this.executor = executor;
    this.deadlines = deadlines;
    this.recent = recent;
  }

  /** Commits deltas as one; the future never fails. */
  public CompletableFuture<List<Answer>> commit(
      SpaceName space, List<Delta> deltas, Duration timeout) {
    CommitLoop here = commits;
    Member owner = owner(space);
    if (here != null && (owner == null || owner.localMember())) {
      return here.commit(space, deltas, timeout);
    }
    Pending pending = pending(space, deltas, timeout);
    if (owner == null) {
      executor.execute(() -> giveUpOnOwner(pending));
    } else {
      outboxes.computeIfAbsent(owner.getUuid(), _ -> new Outbox(owner)).add(pending);
      deadlines.watch(pending.answer, PATIENCE, () -> giveUpOnOwner(pending));
    }
    return pending.answer;
  }

  private static Pending pending(SpaceName space, List<Delta> deltas, Duration timeout) {
    ArrayList<String> texts = new ArrayList<>();
    deltas.forEach(delta -> texts.add(delta.request().canonical()));
    return new Pending(
        new CommitRequest.Item(space, texts),
        deltas,
        System.nanoTime() + timeout.toNanos(),
        new CompletableFuture<>(),
        new Ways(deltas),
        new AtomicBoolean());
  }

  private @Nullable Member owner(SpaceName space) {
    String key = oneCommitter ? GridNames.COMMITTER_KEY : space.text();
    // which partition a key lies in never changes, only who owns it
    return partitions.computeIfAbsent(key, instance.getPartitionService()::getPartition).getOwner();
  }

  private void giveUpOnOwner(Pending pending) {
    if (pending.answer.isDone() || !pending.rerouted.compareAndSet(false, true)) {
      return;
    }
    CommitLoop here = commits;
    if (here == null) {
      goRound(pending, 0);
      return;
    }
    if (pending.begin()) {
      here.commit(pending.item.space(), pending.deltas, pending.left())
          .thenAccept(pending::answered);
    }
  }

  private void later(Duration pause, Runnable task) {
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, executor)
        .execute(task);
  }

  /** Asks the members that have a store, one after the other, until one answers. */
  private void goRound(Pending pending, int attempt) {
    if (pending.answer.isDone()) {
      return;
    }
    List<Member> members = Calls.withStore(instance);
    if (System.nanoTime() - pending.deadlineNanos >= 0) {
      Answer unknown = new Answer.Unavailable(true, "no member that commits answered in time");
      pending.answer.complete(pending.deltas.stream().map(_ -> unknown).toList());
      return;
    }
    AtomicBoolean moved = new AtomicBoolean();
    Runnable next =
        () -> {
          if (moved.compareAndSet(false, true)) {
            goRound(pending, attempt + 1);
          }
        };
    if (!members.isEmpty() && pending.begin()) {
      Member member = members.get(attempt % members.size());
      send(member, List.of(pending), () -> {}, () -> later(AFTER_FAILURE, next));
    }
    later(PATIENCE, next);
  }

  private void send(Member member, List<Pending> batch, Runnable done, Runnable failed) {
    ArrayList<CommitRequest.Item> items = new ArrayList<>();
    long timeoutMillis = 1;
    for (Pending pending : batch) {
      items.add(pending.item);
      timeoutMillis = Math.max(timeoutMillis, pending.left().toMillis());
    }
    ExecutionCallback<Serializable> callback =
        new ExecutionCallback<>() {
          @Override
          public void onResponse(Serializable response) {
            executor.execute(() -> {
              CommitRequest.Reply reply = (CommitRequest.Reply) response;
              try {
                for (int i = 0; i < batch.size(); i++) {
                  Pending pending = batch.get(i);
                  pending.answered(reply.read(i, pending.item.space(), recent));
                }
              } finally {
                done.run();
              }
            });
          }

          @Override
          public void onFailure(Throwable failure) {
            executor.execute(() -> {
              failed.run();
              batch.forEach(Pending::ended);
              done.run();
            });
          }
        };
    try {
      instance
          .getExecutorService(GridNames.COMMITS)
          .submitToMember(
              new MemberTask(new CommitRequest(items, timeoutMillis)), member, callback);
    } catch (HazelcastException e) {
      callback.onFailure(e);
    }
  }

  /**
   * What waits for one member. One batch is under way at a time, so that what comes meanwhile goes
   * together; another joins it where the first takes long, for what holds up one space is not to
   * hold up others. Guarded by itself.
   */
  private final class Outbox {
    private final Member member;
    private final Deque<Pending> waiting = new ArrayDeque<>();
    private int underWay;
    private int late; // of those under way

    Outbox(Member member) {
      this.member = member;
    }

    void add(Pending pending) {
      synchronized (this) {
        waiting.add(pending);
      }
      flush();
    }

    private void flush() {
      List<Pending> batch = new ArrayList<>();
      synchronized (this) {
        if (underWay > late || underWay == MOST_UNDER_WAY) {
          return;
        }
        while (!waiting.isEmpty() && batch.size() < MOST_IN_ONE) {
          Pending next = waiting.remove();
          if (!next.rerouted.get()
              && next.begin()) { // else it went another way, and may have been refused there
            batch.add(next);
          }
        }
        if (batch.isEmpty()) {
          return;
        }
        underWay++;
      }
      send(batch);
    }

    private void send(List<Pending> batch) {
      CompletableFuture<Void> answered = new CompletableFuture<>();
      AtomicBoolean isLate = new AtomicBoolean();
      deadlines.watch(
          answered,
          LONG,
          () -> {
            synchronized (this) {
              if (answered.isDone()) {
                return;
              }
              isLate.set(true);
              late++;
            }
            flush();
          });
      Router.this.send(
          member,
          batch,
          () -> {
            synchronized (this) {
              answered.complete(null);
              underWay--;
              if (isLate.get()) {
                late--;
              }
            }
            flush();
          },
          () -> batch.forEach(Router.this::giveUpOnOwner));
    }
  }
}
