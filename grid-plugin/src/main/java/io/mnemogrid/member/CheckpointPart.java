package io.mnemogrid.member;

import com.hazelcast.cluster.Member;
import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.Checkpoints;
import io.mnemogrid.GridHealth;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.BrokenCheckpoint;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Checkpointer;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.grid.GridNode;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a member with a store in checkpoints: it may lead, hears when somebody wants a
 * checkpoint, reports to the listeners here what happens to checkpoints, and announces to all
 * members what became final. Without an anchor it never leads.
 */
final class CheckpointPart {
  /** The newest final checkpoint is said again after this time. */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(CheckpointPart.class);

  private final GridNode node;
  private final GridNode.Link link;
  private final BotsCode bots;
  private final Probe probe;
  private final @Nullable Leader leader;
  private final GridCheckpoints checkpoints;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile long announced; // the newest final checkpoint that was; 0 before the first

  CheckpointPart(
      GridConfig config,
      GridNode node,
      GridNode.Link link,
      Store store,
      StoreClock clock,
      BotsCode bots,
      Subscriptions news,
      Probe probe) {
    this.node = node;
    this.link = link;
    this.bots = bots;
    this.probe = probe;
    this.leader = leader(config, store);
    this.checkpoints = new StoreCheckpoints(store, clock, this::leading, () -> demandFromAll(link));
    news.hear(News.Demand.class, _ -> demanded());
  }

  /** Lets the leader know that a checkpoint is wanted. */
  static void demandFromAll(GridNode.Link link) {
    link.ring(new News.Demand());
  }

  GridCheckpoints checkpoints() {
    return checkpoints;
  }

  Lifecycle.Part part() {
    Leader mine = leader;
    Lifecycle.Part part = new Lifecycle.Part("the leader").tells(this::health);
    return mine == null
        ? part
        : part.opens(
                () -> {
                  mine.start();
                  Thread.ofVirtual().name("mnemogrid-finality").start(this::sayAgain);
                })
            .drains(this::resign);
  }

  /** Leads no more and gives the lease up; may be called again. */
  void resign() {
    closed.countDown();
    if (leader != null) {
      leader.close();
    }
  }

  /**
   * Says again and again which checkpoint is the newest final one, while this member leads. Who
   * missed the news, or joined after it, reads what it lacks.
   */
  private void sayAgain() {
    try {
      while (!closed.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          if (leading().isPresent()) {
            newestFinal().ifPresent(number -> link.ring(new News.Final(number, new HashMap<>())));
          }
        } catch (RuntimeException | Error e) { // a thread's border
          LOG.debug("the newest final checkpoint is said again later", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A leader that has announced none yet asks the store. */
  private OptionalLong newestFinal() {
    if (announced == 0) {
      checkpoints.newestFinal().ifPresent(latest -> announced(latest.number()));
    }
    return announced == 0 ? OptionalLong.empty() : OptionalLong.of(announced);
  }

  private synchronized void announced(long number) {
    announced = Math.max(announced, number);
  }

  /**
   * Refuses to start with a chain that is ahead of the store or holds other headers: it belongs to
   * another store.
   */
  static void refuseForeignAnchor(GridConfig config, Store store) {
    try {
      Optional<Anchor> anchor = opener(config, store).openExisting();
      if (anchor.isPresent()) {
        try (Anchor open = anchor.get()) {
          Checkpointer.disagreement(open, store.checkpoints())
              .ifPresent(stopped -> {
                throw new IllegalStateException(stopped.code() + ": " + stopped.why());
              });
        }
      }
    } catch (BrokenCheckpoint e) {
      LOG.error("{}; checkpoints wait until it is whole, all else is served", e.getMessage());
    } catch (AnchorUnavailable e) {
      LOG.warn("the chain does not answer; checkpoints wait for it: {}", e.getMessage());
    }
  }

  private static AnchorOpener opener(GridConfig config, Store store) {
    Checkpoints wanted = config.checkpoints();
    return new AnchorOpener(wanted.anchor(), wanted.spending(), store.settings());
  }

  private static Checkpointer.Policy policy(Checkpoints wanted) {
    return Checkpointer.Policy.of(wanted.every(), wanted.versions())
        .withBudget(budget(wanted))
        .withReplaceAfter(wanted.spending().replaceAfter())
        .withTrusted(wanted.spending().trusted());
  }

  /**
   * The budget as configured. The usual budget does not apply to a dev chain, whose coin is worth
   * nothing.
   */
  private static Cost budget(Checkpoints wanted) {
    Cost budget = wanted.spending().budget();
    boolean costs =
        wanted.anchor() instanceof GridConfig.AnchorConfig.Evm evm && evm.privateKey() != null;
    return costs || !budget.equals(GridConfig.Spending.DEFAULT.budget()) ? budget : Cost.UNLIMITED;
  }

  private @Nullable Leader leader(GridConfig config, Store store) {
    if (config.checkpoints().anchor() instanceof GridConfig.AnchorConfig.None) {
      return null;
    }
    AnchorOpener opener = opener(config, store);
    return new Leader(
        node.id(),
        store.lease(),
        store.audited(),
        store.checkpoints(),
        store.blobs(),
        store.log(),
        opener::open,
        policy(config.checkpoints()),
        this::checkpointed);
  }

  private Optional<CheckpointStatus.Leading> leading() {
    return leader == null ? Optional.empty() : leader.leading();
  }

  private void demanded() {
    Leader mine = leader;
    if (mine != null) {
      bots.executor().execute(mine::demand);
    }
  }

  private void checkpointed(CheckpointEvent event) {
    bots.checkpointed(event);
    if (event instanceof CheckpointEvent.Finalized done) {
      finalized(done.checkpoint());
    }
  }

  private void finalized(StoredCheckpoint checkpoint) {
    HashMap<SpaceName, Long> versions = new HashMap<>();
    for (Manifest.Entry entry : checkpoint.checkpoint().manifest().spaces()) {
      versions.put(entry.head().space(), entry.head().version());
    }
    link.ring(new News.Final(checkpoint.number(), versions));
    announced(checkpoint.number());
  }

  private List<GridHealth.Part> health() {
    return List.of(
        leader == null
            ? new GridHealth.Part(
                "anchor", GridHealth.Status.UP, "none: this member makes nothing public")
            : leader.health(),
        probe.ask("checkpoints", this::heldHealth),
        probe.ask("leader", this::leaderHealth));
  }

  private GridHealth.Part heldHealth() {
    List<Held> held = checkpoints.held();
    if (held.isEmpty()) {
      return new GridHealth.Part("checkpoints", GridHealth.Status.UP, "no space is held up");
    }
    StringJoiner all = new StringJoiner("; ", "held up: ", "");
    held.forEach(at -> all.add(at.space() + " (" + at.rule().text() + "): " + at.detail()));
    return new GridHealth.Part("checkpoints", GridHealth.Status.DEGRADED, all.toString());
  }

  private GridHealth.Part leaderHealth() {
    String leads = checkpoints.knownLeader();
    for (Member member : node.members()) {
      if (GridNode.idOf(member).equals(leads)) {
        return new GridHealth.Part("leader", GridHealth.Status.UP, GridNode.nameOf(member));
      }
    }
    return new GridHealth.Part(
        "leader",
        leader == null ? GridHealth.Status.UP : GridHealth.Status.DEGRADED,
        "nobody leads now");
  }
}
