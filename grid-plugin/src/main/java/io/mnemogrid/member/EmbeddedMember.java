package io.mnemogrid.member;

import com.hazelcast.cluster.Member;
import io.mnemogrid.Audits;
import io.mnemogrid.Authors;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.GridListener;
import io.mnemogrid.Keys;
import io.mnemogrid.MemberInfo;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Proofs;
import io.mnemogrid.SharedRates;
import io.mnemogrid.Space;
import io.mnemogrid.TooManySpaces;
import io.mnemogrid.Trail;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.commit.Unsettled;
import io.mnemogrid.grid.Answering;
import io.mnemogrid.grid.GridNode;
import io.mnemogrid.grid.LocalMember;
import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.StoreSize;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.replica.Snapshotter;
import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.Secrets;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.PostgresStore;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A running member: the one place where its parts are wired.
 *
 * <p>A member is a list of parts ({@link Lifecycle.Part}) in the order in which they start. A part
 * starts, opens itself to others, drains, closes, and says how well it works. This class makes the
 * parts and gives each what it needs of the others. A member with a store and one without differ in
 * their lists ({@link #withStore}, {@link #withoutStore}); what both offer to their users is the
 * same.
 *
 * <p>What other members ask is answered by the parts in {@link Answering}. What they announce goes
 * to the part that subscribed to it ({@link Subscriptions}).
 *
 * <p>A start that fails closes what was made and throws. The partitions come last: others send
 * commits here only when all that a commit needs works.
 */
final class EmbeddedMember implements Mnemogrid {
  private final GridConfig config;
  private final GridNode node;
  private final LogReader log;
  private final Replicas replicas;
  private final StoreClock clock;
  private final BotsCode bots;
  private final Followers followers;
  private final Probe probe;
  private final GridAudits audits;
  private final Answering answering = new Answering();
  private final Subscriptions news = new Subscriptions();
  private final Unsettled unsettled = new Unsettled();
  private final Wired wired;
  private final Lifecycle life;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Creates a space; false when it was there already. */
  private interface Creation {
    boolean create(SpaceName name, String policy);
  }

  /**
   * What a member is made of that depends on whether it has a store.
   *
   * @param resign leads no more
   * @param parts all parts, in the order in which they start
   */
  private record Wired(
      GridNode.Link link,
      GridCheckpoints checkpoints,
      Proofs proofs,
      Creation spaces,
      Supplier<Optional<StoreSize>> size,
      Optional<Keys> keys,
      Optional<SharedRates> rates,
      Optional<Trail> trail,
      Optional<Authors> authors,
      Runnable resign,
      List<Lifecycle.Part> parts) {}

  private EmbeddedMember(
      GridConfig config, @Nullable Store store, Function<Store, UpdateLog> logOf, GridNode node) {
    this.config = config;
    this.node = node;
    UpdateLog own = store == null ? null : logOf.apply(store);
    LogReader read = own == null ? node.remoteLog() : own;
    this.replicas = new Replicas(read, config.quotas().maxGridBytes());
    this.log = WatchedLog.of(read, replicas.damaged()::met);
    this.clock = new StoreClock(log::now, System::nanoTime);
    this.bots = new BotsCode(replicas, news, this::manifest, this::checkpoints);
    this.followers = new Followers(replicas);
    this.probe = new Probe(bots.executor());
    this.audits = new GridAudits(node.instance(), store);
    this.wired = store == null || own == null ? withoutStore() : withStore(store, own);
    this.life = new Lifecycle(wired.parts);
  }

  private Wired withoutStore() {
    GridNode.Link link = node.link(new LocalMember(replicas, null, answering, news));
    replicas.loadFrom(link.heads()::get);
    return new Wired(
        link,
        new RemoteCheckpoints(node.storeMembers(), clock, () -> CheckpointPart.demandFromAll(link)),
        new RemoteProofs(node.storeMembers()),
        node::createRemotely,
        Optional::empty,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        () -> {},
        List.of(
            new StorePart(log, replicas, Optional::empty, List::of, () -> {}, probe).part(),
            bots.part(),
            followers.part(),
            new ReplicasPart(replicas).part(),
            new GridPart(node).part(),
            linkPart(link)));
  }

  private Wired withStore(Store store, UpdateLog own) {
    Snapshotter snapshotter = new Snapshotter(own);
    CommitLoop commits =
        new CommitLoop(
            own,
            replicas,
            (head, updates) -> {
              announce(updates);
              snapshotter.committed(head, updates);
            },
            _ -> leaveBroken());
    StoreProofs proofs =
        new StoreProofs(log, store.checkpoints(), replicas, StoreProofs.keyFolder(config));
    MemberKeys keys = new MemberKeys(store.keys(), clock::now, System::nanoTime);
    MemberTrail trail =
        new MemberTrail(
            store.trail(),
            config.trail().recorded(),
            () -> !keys.known().isEmpty(),
            config.network().name(),
            clock::now,
            System::nanoTime);
    TrailKeeper keeper =
        new TrailKeeper(
            store.trail(),
            trail,
            () -> ownSpace(SpaceName.TRAIL),
            () -> AuditPart.isOldestWithStore(node),
            config.trail().days(),
            System::nanoTime);
    answering.add(UpdateLog.class, own);
    answering.add(CommitLoop.class, commits);
    answering.add(Proofs.class, proofs);
    GridNode.Link link = node.link(new LocalMember(replicas, commits, answering, news));
    CheckpointPart checkpoints =
        new CheckpointPart(config, node, link, store, clock, bots, news, probe);
    answering.add(GridCheckpoints.class, checkpoints.checkpoints());
    MemberRates rates = new MemberRates(node.id(), node::storeIds, link::ring, System::nanoTime);
    news.hear(News.Asked.class, rates::heard);
    return new Wired(
        link,
        checkpoints.checkpoints(),
        proofs,
        (space, policy) -> FirstVersion.create(own, space, policy),
        store::size,
        Optional.of(keys),
        Optional.of(rates),
        Optional.of(trail),
        Optional.of(
            new GridAuthors(
                store.settings(),
                this::authorsHead,
                this::newestAuthors,
                () -> ownSpace(SpaceName.AUTHORS))),
        checkpoints::resign,
        List.of(
            new StorePart(log, replicas, store::trouble, store::leftOut, store::close, probe)
                .part(),
            keys.part(),
            bots.part(),
            followers.part(),
            new ReplicasPart(replicas).part(),
            new Lifecycle.Part("news of the store")
                .starts(() -> store.listen(node::id, node::isMember, replicas::told)),
            new Lifecycle.Part("old policies").starts(new OldPolicies(own, replicas)::move),
            new Lifecycle.Part("snapshots").starts(snapshotter::start).closes(snapshotter::close),
            new CommitterPart(commits, config.quotas()).part(),
            new GridPart(node).part(),
            linkPart(link),
            rates.part(),
            new TrailPart(trail, keeper, config.checkpoints().every()).part(),
            new AuditPart(config, node, store, log, replicas.recent(), link.heads(), audits, probe)
                .part(),
            // Others send commits and spread partitions here once all of the above works, and no
            // sooner.
            new Lifecycle.Part("the partitions")
                .opens(() -> {
                  node.promote();
                  replicas.here().forEach(link.heads()::ensure);
                })
                .drains(node::demote),
            checkpoints.part()));
  }

  private static Lifecycle.Part linkPart(GridNode.Link link) {
    return new Lifecycle.Part("the link to the grid").closes(link::close);
  }

  /** The committer met what cannot be: this member commits and leads no more, and reads on. */
  private void leaveBroken() {
    GridPart.leaveBroken(node);
    wired.resign.run();
  }

  private void announce(List<Update> updates) {
    wired.link.committed(updates);
  }

  private Optional<Manifest> manifest(long checkpoint) {
    return wired.checkpoints.find(checkpoint).map(found -> found.checkpoint().manifest());
  }

  static EmbeddedMember start(GridConfig config) {
    return start(config, Store::log);
  }

  /** A member that commits to, and reads, the log that {@code logOf} makes of its store's. */
  static EmbeddedMember start(GridConfig config, Function<Store, UpdateLog> logOf) {
    String secret = GridSecret.of(config, System::getenv);
    Store store = openStore(config);
    GridNode node = null;
    boolean made = false; // by then the member closes what it is made of
    try {
      if (store != null) {
        CheckpointPart.refuseForeignAnchor(config, store);
      }
      node = GridPart.join(config, secret);
      EmbeddedMember member = new EmbeddedMember(config, store, logOf, node);
      made = true;
      member.life.start();
      return member;
    } catch (RuntimeException | Error e) {
      if (node != null && !made) {
        node.close();
      }
      if (store != null && !made) {
        store.close();
      }
      if (e instanceof LogUnavailable && store == null) {
        throw new IllegalStateException(
            "no member with a store answers at %s; start one first (./mnemogrid run)"
                .formatted(String.join(", ", config.network().members())),
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

  /** The ids that this member answered with "unknown". */
  Unsettled unsettled() {
    return unsettled;
  }

  /** The store's time. */
  Instant now() {
    return clock.now();
  }

  /** Who waits here for versions to become final. */
  FinalityWaits finals() {
    return bots.finals();
  }

  /** All who follow spaces on this member. */
  Followers followers() {
    return followers;
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
    if (name.isReserved()) {
      throw new IllegalArgumentException(EmbeddedSpace.reserved(name));
    }
    Json.Obj wanted = Json.parseObject(policy);
    if (!wanted.isEmpty()) {
      Policy.parse(wanted);
    }
    int most = config.quotas().maxSpaces();
    if (log.spaces() >= most && log.head(name).isEmpty()) {
      throw new TooManySpaces(name.text(), most);
    }
    FoundSecret secret = Secrets.scan(wanted);
    if (secret != null && log.head(name).isEmpty()) {
      throw new JsonException(secret.pointer(), "holds " + secret.rule().what());
    }
    boolean created = wired.spaces.create(name, wanted.canonical());
    replicas.created(name);
    replicas.load(name);
    return created;
  }

  @Override
  public List<LogHead> spaces() {
    return log.heads();
  }

  @Override
  public List<LogHead> spacesAfter(String name, int limit) {
    return log.headsAfter(name, limit);
  }

  @Override
  public Optional<Space> space(SpaceName name) {
    if (replicas.get(name) == null && replicas.load(name).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(space(name, !name.isReserved()));
  }

  @Override
  public Optional<Space> loaded(SpaceName name) {
    return replicas.get(name) == null
        ? Optional.empty()
        : Optional.of(space(name, !name.isReserved()));
  }

  private EmbeddedSpace space(SpaceName name, boolean isWritable) {
    return new EmbeddedSpace(
        name,
        isWritable,
        this,
        replicas,
        log,
        wired.link.router(),
        node.deadlines(),
        bots.executor(),
        config.timeouts().commit(),
        Principal.TRUSTED,
        EmbeddedSpace.ANSWERS,
        new SignatureCheck(this::authorsHead, this::newestAuthors),
        null);
  }

  /** A space of the product's own, made where it is missing; it counts for no limit. */
  private Space ownSpace(SpaceName name) {
    if (replicas.get(name) == null && replicas.load(name).isEmpty()) {
      wired.spaces.create(name, "{}");
      replicas.created(name);
      replicas.load(name);
    }
    return space(name, true);
  }

  /** The keys of authors as this member shows them; empty where nobody has one yet. */
  private Optional<Snapshot> authorsHead() {
    Snapshot here = replicas.get(SpaceName.AUTHORS);
    return here != null ? Optional.of(here) : replicas.load(SpaceName.AUTHORS);
  }

  /** The same, once it shows what the log has. */
  private Optional<Snapshot> newestAuthors() {
    return log.head(SpaceName.AUTHORS)
        .filter(head -> head.version() > 0)
        .flatMap(head -> space(SpaceName.AUTHORS, false).at(head.version()))
        .or(this::authorsHead);
  }

  @Override
  public List<MemberInfo> members() {
    String leads = wired.checkpoints.knownLeader();
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

  @Override
  public Optional<StoreSize> storeSize() {
    return wired.size.get();
  }

  @Override
  public GridCheckpoints checkpoints() {
    return wired.checkpoints;
  }

  @Override
  public Audits audits() {
    return audits;
  }

  @Override
  public Optional<Keys> keys() {
    return wired.keys;
  }

  @Override
  public Optional<SharedRates> rates() {
    return wired.rates;
  }

  @Override
  public Optional<Trail> trail() {
    return wired.trail;
  }

  @Override
  public Optional<Authors> authors() {
    return wired.authors;
  }

  @Override
  public Proofs proofs() {
    return wired.proofs;
  }

  @Override
  public void listen(GridListener listener) {
    bots.listen(listener);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      life.close();
    }
  }
}
