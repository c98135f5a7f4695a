package io.mnemogrid.member;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import io.mnemogrid.Audits;
import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.GridListener;
import io.mnemogrid.MemberInfo;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Proofs;
import io.mnemogrid.Space;
import io.mnemogrid.TooManySpaces;
import io.mnemogrid.audit.AuditLag;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Checkpointer;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.commit.Unsettled;
import io.mnemogrid.grid.Answering;
import io.mnemogrid.grid.GridNode;
import io.mnemogrid.grid.GridSettings;
import io.mnemogrid.grid.LocalMember;
import io.mnemogrid.job.AuditJob;
import io.mnemogrid.job.AuditParts;
import io.mnemogrid.job.AuditProgress;
import io.mnemogrid.job.FullAudit;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.StoreSize;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.replica.Snapshotter;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.PostgresStore;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running member: the one place where the parts are wired. */
final class EmbeddedMember implements Mnemogrid {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedMember.class);
  private static final Duration SUPERVISION = Duration.ofSeconds(2);
  private static final Duration HEALTH_PATIENCE = Duration.ofMillis(1500);
  private static final Duration LAST_TASKS = Duration.ofMillis(500);
  private static final int MOST_DAMAGED_TOLD = 10;

  private final GridConfig config;
  private final @Nullable Store store;
  private final GridNode node;
  private final LogReader log;
  private final Replicas replicas;
  private final @Nullable CommitLoop commits;
  private final @Nullable Snapshotter snapshotter;
  private final @Nullable Leader leader;
  private final GridCheckpoints checkpoints;
  private final GridNode.Link link;
  private final StoreClock clock;
  private final AuditProgress audit = new AuditProgress();
  private final AuditJob auditJob;
  private final FullAudit fullAudit;
  private final GridAudits audits;
  private final List<Listening> listeners = new CopyOnWriteArrayList<>();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService supervisor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("mnemogrid-supervisor").daemon().factory());
  private final Unsettled unsettled = new Unsettled();
  private final Answering answering = new Answering();
  private final Lifecycle life;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedMember(GridConfig config, @Nullable Store store, GridNode node) {
    this.config = config;
    this.store = store;
    this.node = node;
    LogReader read = store == null ? node.remoteLog() : store.log();
    this.replicas = new Replicas(read);
    this.log = WatchedLog.of(read, replicas.damaged()::met);
    this.snapshotter = store == null ? null : new Snapshotter(store.log());
    this.commits =
        store == null
            ? null
            : new CommitLoop(store.log(), replicas, this::committed, this::leaveBroken);
    this.clock = new StoreClock(log::now, System::nanoTime);
    this.audits = new GridAudits(node.instance(), store);
    this.auditJob = new AuditJob(node.instance());
    this.fullAudit = new FullAudit(node.instance());
    this.leader = leader(config, store);
    Runnable demand = this::demandCheckpoint;
    this.checkpoints =
        store == null
            ? new RemoteCheckpoints(node.storeMembers(), clock, demand)
            : new StoreCheckpoints(store, clock, this::leading, demand);
    answerOthers(store);
    this.link = node.link(new LocalMember(replicas, commits, answering, this::heard));
    replicas.listen(head -> listeners.forEach(listener -> listener.advanced(head)));
    this.life = new Lifecycle(parts());
  }

  /** What this member is made of, the first to start first; one without a store has less. */
  private List<Lifecycle.Part> parts() {
    List<Lifecycle.Part> parts = new ArrayList<>();
    Store opened = store;
    parts.add(
        new Lifecycle.Part("the store")
            .closes(() -> {
              if (opened != null) {
                opened.close();
              }
            })
            .tells(() -> List.of(probe("store", this::storeHealth))));
    parts.add(new Lifecycle.Part("the bot's code").closes(this::endExecutor));
    parts.add(
        new Lifecycle.Part("the replicas")
            .starts(this::loadReplicas)
            .closes(replicas::close)
            .tells(() -> List.of(spacesHealth())));
    CommitLoop loop = commits;
    Snapshotter saver = snapshotter;
    if (loop != null && saver != null) {
      parts.add(new Lifecycle.Part("snapshots").starts(saver::start).closes(saver::close));
      parts.add(
          new Lifecycle.Part("the committer")
              .starts(() -> {
                loop.limit(config.quotas());
                loop.start();
              })
              .drains(loop::drain)
              .closes(loop::close)
              .tells(() -> List.of(committerHealth(loop))));
    }
    parts.add(
        new Lifecycle.Part("the grid node").closes(node::close).tells(() -> List.of(gridHealth())));
    parts.add(new Lifecycle.Part("the link to the grid").closes(link::close));
    if (opened != null) {
      parts.add(
          new Lifecycle.Part("the audit")
              .starts(() -> registerAudit(opened))
              .opens(this::beginSupervision)
              .drains(this::endAudits)
              .tells(() -> List.of(probe("audit", this::auditHealth))));
      // Others send commits and spread partitions here once all of the above works, and no sooner.
      parts.add(
          new Lifecycle.Part("the partitions")
              .opens(() -> {
                node.promote();
                log.heads().forEach(head -> link.heads().ensure(head.space()));
              })
              .drains(node::demote));
      parts.add(
          new Lifecycle.Part("the leader")
              .opens(() -> {
                if (leader != null) {
                  leader.start();
                }
              })
              .drains(() -> {
                if (leader != null) {
                  leader.close();
                }
              })
              .tells(this::checkpointHealth));
    }
    return parts;
  }

  /** A member whose committer found its own data wrong is no member to go on with. */
  private void leaveBroken(Throwable why) {
    LOG.error("this member leaves the grid; end the process and start another");
    try {
      node.leave();
    } catch (RuntimeException e) {
      LOG.warn("it could not leave politely: {}", e.toString());
    }
  }

  static EmbeddedMember start(GridConfig config) {
    String secret = GridSecret.of(config, System::getenv);
    Store store = openStore(config);
    GridNode node = null;
    boolean made = false; // by then the member closes what it is made of
    try {
      if (store != null) {
        refuseForeignAnchor(config, store);
      }
      node = startNode(config, secret);
      refuseToBeAlone(config, node);
      EmbeddedMember member = new EmbeddedMember(config, store, node);
      made = true;
      member.life.start();
      return member;
    } catch (RuntimeException e) {
      if (node != null && !made) {
        node.close();
      }
      if (store != null && !made) {
        store.close();
      }
      if (e instanceof LogUnavailable && store == null) {
        throw new IllegalStateException(
            "no member with a store answers at %s; start one first (./mnemogrid run)"
                .formatted(String.join(", ", config.members())),
            e);
      }
      throw e;
    }
  }

  private static @Nullable Store openStore(GridConfig config) {
    return switch (config.store()) {
      case null -> null;
      case GridConfig.StoreConfig.Sqlite sqlite -> SqliteStore.open(sqlite.file());
      case GridConfig.StoreConfig.Postgres postgres ->
          PostgresStore.open(postgres.url(), postgres.user(), postgres.password());
    };
  }

  /** Others are there, of another secret, another name or another version. */
  private static void refuseToBeAlone(GridConfig config, GridNode node) {
    List<String> refusals =
        node.refusals().stream()
            .filter(address -> config.store() == null || !GridSecret.isOwn(config, address))
            .toList();
    if (refusals.isEmpty()) {
      return;
    }
    String told =
        ("%s does not let this member in: its grid has another secret, another name than %s, or"
                + " members of another version of mnemogrid (this one speaks version %d of the"
                + " language of members; stop all members before the first one of a new version"
                + " starts); give the secret of that grid, which stands in %s beside its data"
                + " (./mnemogrid run prints the path): GridConfig.withSecret(Path.of(…)), or %s")
            .formatted(
                String.join(", ", refusals),
                config.cluster(),
                GridSettings.WIRE_VERSION,
                GridSecret.FILE,
                GridSecret.VARIABLE);
    if (node.members().size() == 1) {
      throw new IllegalStateException(told);
    }
    LOG.warn("{}", told);
  }

  private static GridNode startNode(GridConfig config, String secret) {
    try {
      return GridNode.start(
          new GridSettings(
              config.cluster(),
              config.name(),
              config.host(),
              config.port(),
              config.members(),
              secret,
              config.store() == null,
              // a database lets the owners of several partitions commit at once
              !(config.store() instanceof GridConfig.StoreConfig.Postgres)));
    } catch (HazelcastException | IllegalStateException e) {
      throw new IllegalStateException(
          "the grid cannot start at %s, ports %d to %d: %s; free one or choose another port"
              .formatted(
                  config.host(),
                  config.port(),
                  config.port() + GridSettings.PORTS - 1,
                  e.getMessage()),
          e);
    }
  }

  /** A chain that is ahead of the store, or holds other headers, belongs to another store. */
  private static void refuseForeignAnchor(GridConfig config, Store store) {
    try {
      Optional<Anchor> anchor =
          new AnchorOpener(config.anchor(), config.spending(), store.checkpoints()).openExisting();
      if (anchor.isPresent()) {
        try (Anchor open = anchor.get()) {
          new Checkpointer(
                  store.checkpoints(), store.log(), open, policy(config), () -> false, _ -> {})
              .disagreement()
              .ifPresent(stopped -> {
                throw new IllegalStateException(stopped.code() + ": " + stopped.why());
              });
        }
      }
    } catch (AnchorUnavailable e) {
      LOG.warn("the chain does not answer; checkpoints wait for it: {}", e.getMessage());
    }
  }

  private static Checkpointer.Policy policy(GridConfig config) {
    return Checkpointer.Policy.of(config.checkpointEvery(), config.checkpointVersions())
        .withBudget(budget(config))
        .withReplaceAfter(config.spending().replaceAfter())
        .withTrusted(config.spending().trusted());
  }

  /** The usual budget guards coin that is worth something, which a dev chain's is not. */
  private static Cost budget(GridConfig config) {
    Cost budget = config.spending().budget();
    boolean costs =
        config.anchor() instanceof GridConfig.AnchorConfig.Evm evm && evm.privateKey() != null;
    return costs || !budget.equals(GridConfig.Spending.USUAL_BUDGET) ? budget : Cost.UNLIMITED;
  }

  private @Nullable Leader leader(GridConfig config, @Nullable Store store) {
    if (store == null || config.anchor() instanceof GridConfig.AnchorConfig.None) {
      return null;
    }
    AnchorOpener opener = new AnchorOpener(config.anchor(), config.spending(), store.checkpoints());
    return new Leader(
        node.id(),
        store.lease(),
        store.checkpoints(),
        store.log(),
        opener::open,
        policy(config),
        this::checkpointed);
  }

  private void loadReplicas() {
    for (LogHead head : log.heads()) {
      try {
        replicas.load(head.space());
      } catch (BrokenHistory e) {
        continue; // told already; the other spaces are served, and health shows it
      }
    }
    replicas.start();
  }

  private void registerAudit(Store opened) {
    new AuditParts(
            log,
            opened.checkpoints(),
            link.heads(),
            audit,
            () -> GridAudits.auditor(config, opened))
        .register(node.instance());
  }

  private void beginSupervision() {
    supervisor.scheduleWithFixedDelay(
        this::superviseAudit, 500, SUPERVISION.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The oldest member with a store runs the jobs, on all that have one. */
  private void superviseAudit() {
    try {
      boolean oldest = isOldestWithStore();
      audits.watch().look(log, Objects.requireNonNull(store).checkpoints(), oldest);
      auditJob.keep(oldest);
      fullAudit.keep(oldest);
    } catch (Throwable e) { // the next look may do better
      if (!closed.get()) {
        LOG.warn("the audits cannot be supervised now: {}", e.getMessage());
      }
    }
  }

  private boolean isOldestWithStore() {
    return node.members().stream()
        .filter(member -> !member.isLiteMember())
        .findFirst()
        .filter(Member::localMember)
        .isPresent();
  }

  private void committed(Snapshot head, List<Update> updates) {
    link.committed(updates);
    Objects.requireNonNull(snapshotter).committed(head, updates);
  }

  private void checkpointed(CheckpointEvent event) {
    listeners.forEach(listener -> listener.checkpointed(event));
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
  }

  private void heard(Serializable message) {
    switch (message) {
      case News.Demand _ -> {
        Leader mine = leader;
        if (mine != null) {
          executor.execute(mine::demand);
        }
      }
      case News.Final finality ->
          finality
              .versions()
              .forEach((space, version) ->
                  listeners.forEach(listener -> listener.finalized(space, version)));
      default -> LOG.debug("news that this version does not know: {}", message.getClass());
    }
  }

  private void answerOthers(@Nullable Store opened) {
    if (opened != null) {
      answering.add(UpdateLog.class, opened.log());
      answering.add(GridCheckpoints.class, checkpoints);
      answering.add(Proofs.class, storeProofs(opened));
    }
    if (commits != null) {
      answering.add(CommitLoop.class, commits);
    }
  }

  private void demandCheckpoint() {
    link.ring(new News.Demand());
  }

  private Optional<CheckpointStatus.Leading> leading() {
    return leader == null ? Optional.empty() : leader.leading();
  }

  /** The ids whose outcome this member told to be unknown. */
  Unsettled unsettled() {
    return unsettled;
  }

  /** The store's time. */
  Instant now() {
    return clock.now();
  }

  /** The replicas of this member. */
  Replicas replicas() {
    return replicas;
  }

  @Override
  public long footprintBytes() {
    return replicas.footprintBytes();
  }

  @Override
  public boolean createSpace(SpaceName name, String policy) {
    String canonical = Json.parseObject(policy).canonical();
    if (Json.parseObject(policy).sizeBytes() > MAX_POLICY_BYTES) {
      throw new JsonException("", "a policy has at most 64 KiB of canonical JSON");
    }
    if (replicas.count() >= config.maxSpaces() && replicas.load(name).isEmpty()) {
      throw new TooManySpaces(name.text(), config.maxSpaces());
    }
    boolean created =
        store == null ? node.createRemotely(name, canonical) : store.log().create(name, canonical);
    replicas.load(name);
    return created;
  }

  @Override
  public List<LogHead> spaces() {
    return log.heads();
  }

  @Override
  public Optional<Space> space(SpaceName name) {
    if (replicas.get(name) == null && replicas.load(name).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new EmbeddedSpace(
            name,
            this,
            replicas,
            log,
            link.router(),
            node.deadlines(),
            executor,
            config.commitTimeout()));
  }

  @Override
  public List<MemberInfo> members() {
    String leads = checkpoints.knownLeader();
    List<MemberInfo> members = new ArrayList<>();
    for (Member member : node.members()) {
      String id = GridNode.idOf(member);
      members.add(
          new MemberInfo(
              id,
              GridNode.nameOf(member),
              member.getAddress().getHost() + ":" + member.getAddress().getPort(),
              !member.isLiteMember(),
              member.localMember(),
              id.equals(leads)));
    }
    return members;
  }

  @Override
  public boolean isRunning() {
    return node.isRunning();
  }

  @Override
  public GridHealth health() {
    return new GridHealth(life.health());
  }

  private GridHealth.Part gridHealth() {
    return node.isRunning()
        ? new GridHealth.Part("grid", GridHealth.Status.UP, node.members().size() + " members")
        : new GridHealth.Part("grid", GridHealth.Status.DOWN, "this process left the grid");
  }

  private static GridHealth.Part committerHealth(CommitLoop loop) {
    if (loop.isRunning()) {
      return new GridHealth.Part("committer", GridHealth.Status.UP, "takes commits");
    }
    return new GridHealth.Part(
        "committer",
        GridHealth.Status.DOWN,
        loop.failure()
            .map(why -> "it met what cannot be, and stopped; the log says more: " + why)
            .orElse("this member is closing"));
  }

  private List<GridHealth.Part> checkpointHealth() {
    return List.of(
        leader == null
            ? new GridHealth.Part(
                "anchor", GridHealth.Status.UP, "none: this member makes nothing public")
            : leader.health(),
        probe("checkpoints", this::heldHealth),
        probe("leader", this::leaderHealth));
  }

  private GridHealth.Part storeHealth() {
    Optional<String> trouble = store == null ? Optional.empty() : store.trouble();
    if (trouble.isPresent()) {
      return new GridHealth.Part("store", GridHealth.Status.DOWN, trouble.get());
    }
    int spaces = log.heads().size();
    long reloads = replicas.reloads();
    return reloads == 0
        ? new GridHealth.Part("store", GridHealth.Status.UP, spaces + " spaces")
        : new GridHealth.Part(
            "store",
            GridHealth.Status.DEGRADED,
            spaces
                + " spaces; "
                + reloads
                + " replicas were dropped since the start, for the log held another history:"
                + " restored, or failed over to a standby that lagged");
  }

  private GridHealth.Part spacesHealth() {
    List<BrokenHistory> damaged = replicas.damaged().all();
    if (damaged.isEmpty()) {
      return new GridHealth.Part(
          "spaces", GridHealth.Status.UP, replicas.count() + " have a replica here");
    }
    StringJoiner all = new StringJoiner("; ", "log damaged: ", "");
    damaged.stream().limit(MOST_DAMAGED_TOLD).forEach(at -> all.add(at.getMessage()));
    if (damaged.size() > MOST_DAMAGED_TOLD) {
      all.add((damaged.size() - MOST_DAMAGED_TOLD) + " more spaces");
    }
    return new GridHealth.Part(
        "spaces",
        GridHealth.Status.DEGRADED,
        all + "; the other spaces are served; run ./mnemogrid fsck");
  }

  private GridHealth.Part probe(String name, Callable<GridHealth.Part> part) {
    try {
      return CompletableFuture.supplyAsync(
              () -> {
                try {
                  return part.call();
                } catch (Exception e) {
                  return new GridHealth.Part(
                      name, GridHealth.Status.DOWN, String.valueOf(e.getMessage()));
                }
              },
              executor)
          .completeOnTimeout(
              new GridHealth.Part(name, GridHealth.Status.DOWN, "does not answer"),
              HEALTH_PATIENCE.toMillis(),
              TimeUnit.MILLISECONDS)
          .join();
    } catch (RuntimeException e) {
      return new GridHealth.Part(name, GridHealth.Status.DOWN, String.valueOf(e.getMessage()));
    }
  }

  private GridHealth.Part auditHealth() {
    CheckpointStore checkpoints = Objects.requireNonNull(store).checkpoints();
    Map<SpaceName, String> problems = audit.problems();
    checkpoints.newestVerified().stream()
        .filter(at -> !at.ready())
        .forEach(at -> problems.put(at.head().space(), String.valueOf(at.problem())));
    audits.lies().forEach((space, lie) -> problems.putIfAbsent(space, "full audit: " + lie));
    Audits.Lag lag = audits.lag();
    boolean runs = audit.isRunning();
    String detail =
        "%s, %d updates behind, the oldest for %.1f s"
            .formatted(
                runs ? "runs here" : "does not run here",
                lag.updates(),
                lag.age().toMillis() / 1e3);
    if (!problems.isEmpty()) {
      StringJoiner all = new StringJoiner("; ");
      problems.forEach((space, problem) -> all.add(space + ": " + problem));
      return new GridHealth.Part("audit", GridHealth.Status.DEGRADED, all + "; " + detail);
    }
    Optional<AuditLag> tooFar = audits.watch().tooFar();
    if (tooFar.isPresent()) {
      detail += "; farthest behind with space " + tooFar.get().space();
    }
    return new GridHealth.Part(
        "audit",
        (runs || !isOldestWithStore()) && tooFar.isEmpty()
            ? GridHealth.Status.UP
            : GridHealth.Status.DEGRADED,
        detail);
  }

  private GridHealth.Part heldHealth() {
    List<Held> held = Objects.requireNonNull(store).checkpoints().held();
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

  @Override
  public Optional<StoreSize> storeSize() {
    return store == null ? Optional.empty() : store.size();
  }

  @Override
  public GridCheckpoints checkpoints() {
    return checkpoints;
  }

  @Override
  public Audits audits() {
    return audits;
  }

  @Override
  public Proofs proofs() {
    return store == null ? new RemoteProofs(node.storeMembers()) : storeProofs(store);
  }

  private StoreProofs storeProofs(Store opened) {
    return new StoreProofs(log, opened.checkpoints(), replicas, logKey());
  }

  /**
   * Members on several hosts would each make a key of their own, and readers of one log see many;
   * so with PostgreSQL there is one only when its folder is named.
   */
  private @Nullable Path logKey() {
    if (config.logKey() != null) {
      return config.logKey();
    }
    return config.store() instanceof GridConfig.StoreConfig.Sqlite sqlite
        ? sqlite.file().resolveSibling("log-key")
        : null;
  }

  @Override
  public void listen(GridListener listener) {
    listeners.add(new Listening(listener));
  }

  private void endAudits() {
    supervisor.shutdownNow();
    try {
      auditJob.close();
      fullAudit.close();
    } catch (RuntimeException e) {
      LOG.debug("the audits end with this member", e);
    }
  }

  /** What a bot's code does after a commit may take for ever; closing does not wait for it. */
  private void endExecutor() {
    listeners.forEach(Listening::close);
    executor.shutdown();
    try {
      if (!executor.awaitTermination(LAST_TASKS.toMillis(), TimeUnit.MILLISECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      life.close();
    }
  }
}
