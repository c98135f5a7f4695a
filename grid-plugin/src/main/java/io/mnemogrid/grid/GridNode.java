package io.mnemogrid.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.SerializerConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.util.ConcurrencyUtil;
import com.hazelcast.jet.impl.util.Util;
import com.hazelcast.spi.merge.DiscardMergePolicy;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's Hazelcast member: membership, partitions, map, topic, executors, Jet. It carries
 * messages and decides nothing: the log decides.
 *
 * <p>Community Edition has no encryption and no authentication. A process that does not know the
 * grid's secret cannot join. But the secret's digest crosses the network in clear, and a process
 * that joins may do everything. So a member binds to loopback unless it is configured otherwise.
 */
public final class GridNode implements AutoCloseable {
  private static final String NAME = "name";
  private static final String ID = "id";
  private static final Duration PROMOTION = Duration.ofSeconds(10);
  private static final Duration AGAIN = Duration.ofMillis(100);
  private static final Duration HAND_OVER = Duration.ofSeconds(1);
  private static final Duration LEAVING = Duration.ofSeconds(1);
  private static final Duration ENDING = Duration.ofMillis(500);
  private static final Logger LOG = LoggerFactory.getLogger(GridNode.class);

  private final HazelcastInstance instance;
  private final GridSettings settings;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Deadlines deadlines = new Deadlines(executor);
  private final StoreMembers storeMembers;
  private final List<String> refusals;

  private GridNode(MemberLog.Started started, GridSettings settings) {
    this.instance = started.instance();
    this.settings = settings;
    this.storeMembers = new StoreMembers(instance);
    this.refusals = started.refusals();
  }

  /**
   * Starts the member and joins the grid.
   *
   * @throws IllegalStateException when none of its ports is free
   */
  public static GridNode start(GridSettings settings) {
    completeOnVirtualThreads();
    WireClasses classes = new WireClasses();
    String wireName = settings.wireName();
    MemberLog.Started started =
        MemberLog.start(
            config(settings, wireName, classes),
            line ->
                line.replace(wireName, settings.cluster())); // whoever knows the wire name may join
    classes.started();
    return new GridNode(started, settings);
  }

  /**
   * On two cores or one, Hazelcast starts a platform thread for each call that is completed
   * (decision 015); a virtual one does the same for a hundredth of the time.
   */
  private static void completeOnVirtualThreads() {
    if (ForkJoinPool.getCommonPoolParallelism() <= 1) {
      ConcurrencyUtil.setDefaultAsyncExecutor(
          task -> Thread.ofVirtual().name("mnemogrid-completion").start(task));
    }
  }

  private static Config config(GridSettings settings, String wireName, WireClasses classes) {
    Config config = new Config();
    config.setClassLoader(classes);
    config.setClusterName(wireName);
    config.setLiteMember(true); // others send nothing here before promote()
    config
        .getMemberAttributeConfig()
        .setAttribute(NAME, settings.name())
        .setAttribute(ID, UUID.randomUUID().toString());
    config
        .setProperty("hazelcast.phone.home.enabled", "false")
        .setProperty("hazelcast.shutdownhook.enabled", "false")
        .setProperty("hazelcast.logging.type", "slf4j")
        .setProperty("hazelcast.socket.bind.any", "false")
        .setProperty("hazelcast.operation.fail.on.indeterminate.state", "true")
        .setProperty("hazelcast.heartbeat.interval.seconds", "1")
        .setProperty("hazelcast.max.no.heartbeat.seconds", "10")
        // a killed member refuses connections: three tries, 30 ms apart, and it is out
        .setProperty("hazelcast.connection.monitor.interval", "30")
        .setProperty("hazelcast.merge.first.run.delay.seconds", "10")
        .setProperty("hazelcast.merge.next.run.delay.seconds", "5")
        .setProperty("hazelcast.partial.member.disconnection.resolution.heartbeat.count", "5")
        .setProperty("hazelcast.wait.seconds.before.join", "0")
        // a member that joins in the moment in which another one does may miss the list with that
        // one; it starts only when it has it, and gives up after 50 s, before the usual 60
        .setProperty("hazelcast.member.list.publish.interval.seconds", "2")
        // what a member leaves behind in a hurry is put back from the log; by default it would ask
        // again after 5 s where the oldest member ends in the same moment
        .setProperty("hazelcast.graceful.shutdown.max.wait", "1")
        // no jar that a job names is looked for
        .setProperty("hazelcast.jet.custom.lib.dir", "/dev/null")
        // the audit is in no hurry, and its threads look for work all the time
        .setProperty("hazelcast.jet.idle.cooperative.max.microseconds", "50000")
        .setProperty("hazelcast.jet.idle.noncooperative.max.microseconds", "100000");
    config.getMetricsConfig().setEnabled(false);
    // A member that closes asks the oldest one, which may be a bot, to let go of its jobs.
    config.getJetConfig().setEnabled(true);
    if (settings.lite()) {
      config.getJetConfig().setCooperativeThreadCount(1);
    }
    // what waits between two steps of the audit is pages of hundreds of updates each
    config.getJetConfig().getDefaultEdgeConfig().setQueueSize(16);

    // An endpoint for members alone: no client, no REST, no memcache is answered.
    ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig();
    endpoint
        .setPort(settings.port())
        .setPortAutoIncrement(true)
        .setPortCount(GridSettings.PORTS)
        .setPublicAddress(settings.host());
    endpoint.getInterfaces().setEnabled(true).addInterface(settings.host());
    AdvancedNetworkConfig network = config.getAdvancedNetworkConfig();
    network.setEnabled(true).setMemberEndpointConfig(endpoint);
    JoinConfig join = network.getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true);
    settings.members().forEach(join.getTcpIpConfig()::addMember);

    config.addMapConfig(
        new MapConfig(GridNames.HEADS)
            .setInMemoryFormat(InMemoryFormat.OBJECT)
            .setBackupCount(1)
            .setMaxIdleSeconds((int) HeadMap.IDLE.toSeconds())
            .setEvictionConfig(
                new EvictionConfig()
                    .setMaxSizePolicy(MaxSizePolicy.PER_NODE)
                    .setEvictionPolicy(EvictionPolicy.LRU)
                    .setSize(HeadMap.MOST_ENTRIES))
            .setMergePolicyConfig(
                new MergePolicyConfig().setPolicy(DiscardMergePolicy.class.getName())));
    // four batches of each of 16 askers, each held for a second at most
    config.getExecutorConfig(GridNames.COMMITS).setPoolSize(64);
    config.getExecutorConfig(GridNames.CALLS).setPoolSize(16);
    config
        .getSerializationConfig()
        .addSerializerConfig(
            new SerializerConfig()
                .setTypeClass(Snapshot.class)
                .setImplementation(new SnapshotSerializer()));
    config.getSerializationConfig().setJavaSerializationFilterConfig(WireClasses.filter());
    return config;
  }

  /** The log as members with a store show it: for a member without one. */
  public LogReader remoteLog() {
    return new RemoteLog(storeMembers);
  }

  /** Creates a space through a member that has a store. */
  public boolean createRemotely(SpaceName space, String policy) {
    return new RemoteLog(storeMembers).create(space, policy);
  }

  /** Runs actions for answers that do not come in time. */
  public Deadlines deadlines() {
    return deadlines;
  }

  /** Requests to members that have a store. */
  public StoreMembers storeMembers() {
    return storeMembers;
  }

  /** The link of this process's parts to the grid; made once, after they exist. */
  public Link link(LocalMember local) {
    instance.getUserContext().put(GridNames.LOCAL, local);
    HeadMap heads = new HeadMap(instance, local.replicas(), executor);
    instance
        .getLifecycleService()
        .addLifecycleListener(event -> {
          if (event.getState() == LifecycleEvent.LifecycleState.MERGED) {
            executor.execute(heads::offerAll);
          }
        });
    return new Link(
        heads,
        new Doorbell(instance, local),
        new Router(
            instance,
            local.commits(),
            settings.oneCommitter(),
            executor,
            local.replicas().recent()));
  }

  /** What a linked process uses. */
  public static final class Link implements AutoCloseable {
    private final HeadMap heads;
    private final Doorbell doorbell;
    private final Router router;

    private Link(HeadMap heads, Doorbell doorbell, Router router) {
      this.heads = heads;
      this.doorbell = doorbell;
      this.router = router;
    }

    /** Brings committed updates to the map and to the other members; returns at once. */
    public void committed(List<Update> updates) {
      heads.committed(updates);
      doorbell.announce(updates);
    }

    /** Announces anything else to all members; returns at once. */
    public void ring(Serializable news) {
      doorbell.ring(news);
    }

    /** The distributed map. */
    public HeadMap heads() {
      return heads;
    }

    /** The way to the committer. */
    public Router router() {
      return router;
    }

    @Override
    public void close() {
      doorbell.close();
      heads.close();
      router.close();
    }
  }

  /** The Hazelcast instance, for jobs. */
  public HazelcastInstance instance() {
    return instance;
  }

  /**
   * {@code host:port} of each address where the cluster refused this member, because it has another
   * name.
   */
  public List<String> refusals() {
    return refusals;
  }

  /** All members. */
  public List<Member> members() {
    return List.copyOf(instance.getCluster().getMembers());
  }

  /** The name a member was configured with. */
  public static String nameOf(Member member) {
    return attribute(member, NAME);
  }

  /**
   * The id of a member's process. The lease names its holder by this id and not by Hazelcast's own,
   * which changes when a member that was taken for dead comes back.
   */
  public static String idOf(Member member) {
    return attribute(member, ID);
  }

  private static String attribute(Member member, String name) {
    String value = member.getAttribute(name);
    return value == null ? "" : value;
  }

  /**
   * The ids of the members that own partitions: those with a store, once they are ready and until
   * they end.
   */
  public Set<String> storeIds() {
    Set<String> ids = new HashSet<>();
    for (Member member : instance.getCluster().getMembers()) {
      if (!member.isLiteMember()) {
        ids.add(idOf(member));
      }
    }
    return ids;
  }

  /** Whether the grid has a member of that id now, this one included. */
  public boolean isMember(String id) {
    return isRunning()
        && instance.getCluster().getMembers().stream().anyMatch(each -> idOf(each).equals(id));
  }

  /** This member's id. */
  public String id() {
    return idOf(instance.getCluster().getLocalMember());
  }

  /** Whether the member runs. */
  public boolean isRunning() {
    return instance.getLifecycleService().isRunning();
  }

  /**
   * From now on this member owns partitions, and others send it commits. Does nothing in a lite
   * member.
   *
   * @throws IllegalStateException when the grid does not take it in ten seconds
   */
  public void promote() {
    long until = System.nanoTime() + PROMOTION.toNanos();
    while (!settings.lite() && instance.getCluster().getLocalMember().isLiteMember()) {
      try {
        instance.getCluster().promoteLocalLiteMember();
      } catch (HazelcastException | IllegalStateException e) {
        // the oldest member may just be leaving
        if (System.nanoTime() - until >= 0 || !isRunning()) {
          throw new IllegalStateException("the grid does not take this member in", e);
        }
        LockSupport.parkNanos(AGAIN.toNanos());
      }
    }
  }

  /**
   * Hands its partitions over to the others, if there are any, so that they send nothing here any
   * more. Waits for that a second at most.
   */
  public void demote() {
    if (!isRunning() || instance.getCluster().getLocalMember().isLiteMember()) {
      return;
    }
    if (members().stream().noneMatch(other -> !other.isLiteMember() && !other.localMember())) {
      return;
    }
    Future<?> done = executor.submit(instance.getCluster()::demoteLocalDataMember);
    try {
      done.get(HAND_OVER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // a member that asks this one is sent elsewhere, and the partitions go when it goes
      LOG.debug("the partitions are not handed over yet", e);
      done.cancel(true); // else it waits 5 s for the oldest member, which may be ending too
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Leaves the grid and stays a process: reads go on. */
  public void leave() {
    instance.shutdown();
  }

  /**
   * Leaves the grid and hands its partitions over. Hazelcast first asks the oldest member to let go
   * of this one's jobs. If that member ends in the same moment, or a job is just starting, that
   * takes 5 to 10 s (JetServiceBackend.shutDownJobs). Waiting for it gains nothing, because the
   * audit goes on elsewhere from what the store has. So after {@link #LEAVING} this member leaves
   * all the same, and what still waits for a page of the audit ends in the background.
   */
  @Override
  public void close() {
    if (!isDone("mnemogrid-leaving", instance::shutdown, LEAVING)) {
      LOG.info("its jobs are not let go of within {} ms; it leaves", LEAVING.toMillis());
      Node node = Util.getHazelcastInstanceImpl(instance).node;
      isDone("mnemogrid-ending", () -> node.shutdown(true), ENDING);
    }
    deadlines.close();
    executor.shutdownNow();
    executor.close();
  }

  private static boolean isDone(String thread, Runnable step, Duration atMost) {
    try {
      return Thread.ofPlatform().daemon().name(thread).start(() -> quietly(step)).join(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void quietly(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) { // a thread's border
      LOG.warn("the member did not leave in order: {}", e.toString());
    }
  }
}
