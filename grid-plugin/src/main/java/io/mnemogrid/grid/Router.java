package io.mnemogrid.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.ExecutionCallback;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.Partition;
import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Routing;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.RecentUpdates;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the commits of this process to a committer. A commit whose owner is this member goes to
 * the committer here at once, and to the {@link Routing} only if the committer does not take it.
 * All others go to the routing, which decides; this class carries its batches over the grid,
 * commits here what the routing wants committed here, and ticks while anything is unanswered.
 *
 * <p>A member that leaves, fails or does not answer is reported to the routing, and its requests go
 * another way. Every request is answered, at the latest soon after its deadline. When this member
 * closes, what is still under way is answered "unknown".
 *
 * <p>The routing is guarded by its own lock, under which nothing is performed. Answers are given by
 * threads of their own, because what follows them may block.
 */
public final class Router implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private static final Duration TICK = Duration.ofMillis(10);

  private final HazelcastInstance instance;
  private final @Nullable CommitLoop commits;
  private final boolean oneCommitter;
  private final Executor executor;
  private final RecentUpdates recent;
  private final Routing routing; // guarded by itself
  private final Map<Long, Asked> asked = new ConcurrentHashMap<>();
  private final Map<String, Partition> partitions = new ConcurrentHashMap<>();
  private final AtomicLong tickets = new AtomicLong();
  private final UUID listener;
  private final Thread ticker;
  private volatile boolean asleep;
  private volatile boolean open = true;

  /** Who waits for the answers to {@code deltas} deltas. */
  private record Asked(int deltas, CompletableFuture<List<Answer>> answer) {
    /** Called by a thread of its own, for what follows may block. */
    void tell(List<Answer> answers) {
      answer.complete(answers);
    }
  }

  Router(
      HazelcastInstance instance,
      @Nullable CommitLoop commits,
      boolean oneCommitter,
      Executor executor,
      RecentUpdates recent) {
    this.instance = instance;
    this.commits = commits;
    this.oneCommitter = oneCommitter;
    this.executor = executor;
    this.recent = recent;
    this.routing = new Routing(new Sight());
    this.listener = instance.getCluster().addMembershipListener(new Leavers());
    this.ticker = Thread.ofPlatform().name("mnemogrid-router").daemon().start(this::tick);
  }

  /** The grid as this member sees it. */
  private final class Sight implements Routing.View {
    @Override
    public @Nullable String owner(SpaceName space) {
      Member owner = Router.this.owner(space);
      return owner == null || owner.localMember() ? null : owner.getUuid().toString();
    }

    @Override
    public List<String> committers() {
      return StoreMembers.withStore(instance).stream()
          .map(member -> member.getUuid().toString())
          .toList();
    }

    @Override
    public boolean commitsHere() {
      CommitLoop here = commits;
      return here != null && here.isRunning();
    }
  }

  private final class Leavers implements MembershipListener {
    @Override
    public void memberAdded(MembershipEvent event) {}

    @Override
    public void memberRemoved(MembershipEvent event) {
      String gone = event.getMember().getUuid().toString();
      handOver(() -> act(at -> at.gone(gone, System.nanoTime())));
    }
  }

  /**
   * Commits deltas as one; the future never fails.
   *
   * @param sending for whom, and what the head must be to which the first of them is appended
   */
  public CompletableFuture<List<Answer>> commit(
      SpaceName space, List<Delta> deltas, Sending sending, Duration timeout) {
    CommitLoop here = commits;
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    if (here == null || !here.isRunning() || new Sight().owner(space) != null) {
      return send(space, deltas, sending, deadlineNanos, null);
    }
    return here.commit(space, deltas, sending, timeout)
        .thenCompose(answers ->
            Answer.isElsewhere(answers)
                ? send(space, deltas, sending, deadlineNanos, answers)
                : CompletableFuture.completedFuture(answers));
  }

  private CompletableFuture<List<Answer>> send(
      SpaceName space,
      List<Delta> deltas,
      Sending sending,
      long deadlineNanos,
      @Nullable List<Answer> declined) {
    long ticket = tickets.incrementAndGet();
    CompletableFuture<List<Answer>> answer = new CompletableFuture<>();
    asked.put(ticket, new Asked(deltas.size(), answer));
    Routing.Item item = new Routing.Item(ticket, space, deltas, sending, deadlineNanos);
    long now = System.nanoTime();
    try {
      act(at -> declined == null ? at.submit(item, now) : at.declinedHere(item, declined, now));
    } catch (RuntimeException | Error e) {
      LOG.error("the router failed at a commit to space {}", space, e);
      Answer unknown = new Answer.Unavailable(true, "this member's router failed: " + e);
      tell(ticket, Collections.nCopies(deltas.size(), unknown));
    }
    if (asleep) {
      LockSupport.unpark(ticker);
    }
    return answer;
  }

  private @Nullable Member owner(SpaceName space) {
    String key = oneCommitter ? GridNames.COMMITTER_KEY : space.text();
    try {
      // which partition a key lies in never changes, only who owns it
      return partitions
          .computeIfAbsent(key, instance.getPartitionService()::getPartition)
          .getOwner();
    } catch (RuntimeException e) {
      LOG.debug("the grid names no owner of {}: this member may be leaving", space, e);
      return null;
    }
  }

  /** Gives the routing a message, and does what it wants done. */
  private void act(Function<Routing, List<Routing.Action>> message) {
    List<Routing.Action> actions;
    synchronized (routing) {
      actions = message.apply(routing);
    }
    for (Routing.Action action : actions) {
      try {
        perform(action);
      } catch (RuntimeException | Error e) {
        LOG.error("the router could not do {}", action, e);
      }
    }
  }

  private void perform(Routing.Action action) {
    switch (action) {
      case Routing.Action.CommitHere here -> commitHere(here.item());
      case Routing.Action.Send send -> send(send);
      case Routing.Action.Tell tell -> tell(tell.ticket(), tell.answers());
    }
  }

  private void tell(long ticket, List<Answer> answers) {
    Asked asker = asked.remove(ticket);
    if (asker != null) {
      handOver(() -> asker.tell(answers));
    }
  }

  private void commitHere(Routing.Item item) {
    CommitLoop here = commits;
    Duration left = Duration.ofNanos(Math.max(1, item.deadlineNanos() - System.nanoTime()));
    if (here == null) {
      throw new IllegalStateException("a member without a store commits nothing");
    }
    here.commit(item.space(), item.deltas(), item.sending(), left)
        .thenAccept(
            answers -> act(at -> at.answeredHere(item.ticket(), answers, System.nanoTime())));
  }

  private void send(Routing.Action.Send send) {
    Member to =
        StoreMembers.withStore(instance).stream()
            .filter(member -> member.getUuid().toString().equals(send.to()))
            .findFirst()
            .orElse(null);
    if (to == null) {
      declined(send);
      return;
    }
    ArrayList<CommitRequest.Item> items = new ArrayList<>();
    long timeoutMillis = 1;
    for (Routing.Item item : send.items()) {
      ArrayList<String> texts = new ArrayList<>();
      item.deltas().forEach(delta -> texts.add(delta.request().canonical()));
      items.add(new CommitRequest.Item(item.space(), texts, item.sending()));
      long left = (item.deadlineNanos() - System.nanoTime()) / 1_000_000;
      timeoutMillis = Math.max(timeoutMillis, left);
    }
    ExecutionCallback<CommitRequest.Reply> callback =
        new ExecutionCallback<>() {
          @Override
          public void onResponse(CommitRequest.Reply reply) {
            handOver(() -> replied(send, reply));
          }

          @Override
          public void onFailure(Throwable failure) {
            failed(send.batch(), failure);
          }
        };
    try {
      instance
          .getExecutorService(GridNames.COMMITS)
          .submitToMember(new MemberTask<>(new CommitRequest(items, timeoutMillis)), to, callback);
    } catch (RuntimeException e) {
      // not only a HazelcastException: a member that shuts down throws an IllegalStateException
      callback.onFailure(e);
    }
  }

  private void replied(Routing.Action.Send send, CommitRequest.Reply reply) {
    List<@Nullable List<Answer>> answers = new ArrayList<>();
    try {
      for (int i = 0; i < send.items().size(); i++) {
        answers.add(reply.read(i, send.items().get(i).space(), recent));
      }
    } catch (RuntimeException | Error e) {
      LOG.error("an answer of another member cannot be read", e);
    }
    act(at -> at.replied(send.batch(), answers, System.nanoTime()));
  }

  /** The member left before anything was sent. */
  private void declined(Routing.Action.Send send) {
    Answer gone = new Answer.Elsewhere("the member that was to commit it left");
    List<List<Answer>> answers =
        send.items().stream().map(item -> Collections.nCopies(item.deltas().size(), gone)).toList();
    handOver(() -> act(at -> at.replied(send.batch(), answers, System.nanoTime())));
  }

  private void failed(long batch, Throwable failure) {
    LOG.debug("a batch of commits got no answer", failure);
    handOver(() -> act(at -> at.failed(batch, System.nanoTime())));
  }

  /**
   * Runs a task on a thread of its own, also when this member is closed already, so that nobody
   * waits for ever.
   */
  private void handOver(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      Thread.ofVirtual().name("mnemogrid-closed").start(task);
    }
  }

  private void tick() {
    while (open) {
      boolean busy;
      synchronized (routing) {
        busy = routing.isBusy();
      }
      if (busy) {
        goOn();
      } else {
        asleep = true;
        synchronized (routing) {
          busy = routing.isBusy();
        }
        if (!busy && open) {
          LockSupport.park(this);
        }
        asleep = false;
      }
      LockSupport.parkNanos(this, TICK.toNanos());
    }
  }

  /** The ticker never ends by what is thrown: without it nobody would be answered at a deadline. */
  private void goOn() {
    try {
      act(at -> at.tick(System.nanoTime()));
    } catch (RuntimeException | Error e) {
      LOG.error("the router failed at a tick; it goes on", e);
    }
  }

  /** Ends. What is still under way is answered "unknown". */
  @Override
  public void close() {
    open = false;
    LockSupport.unpark(ticker);
    try {
      instance.getCluster().removeMembershipListener(listener);
    } catch (RuntimeException e) {
      LOG.debug("the grid is left already", e);
    }
    Answer unknown = new Answer.Unavailable(true, "this member closed before it was answered");
    for (Long ticket : List.copyOf(asked.keySet())) {
      Asked asker = asked.remove(ticket);
      if (asker != null) {
        handOver(() -> asker.tell(Collections.nCopies(asker.deltas, unknown)));
      }
    }
  }
}
