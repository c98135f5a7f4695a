package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MapStoreConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.function.BiConsumerEx;
import com.hazelcast.function.BiFunctionEx;
import com.hazelcast.function.BinaryOperatorEx;
import com.hazelcast.function.ConsumerEx;
import com.hazelcast.function.FunctionEx;
import com.hazelcast.function.PredicateEx;
import com.hazelcast.function.SupplierEx;
import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.internal.util.ServiceLoader;
import com.hazelcast.jet.Job;
import com.hazelcast.jet.Observable;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.core.DAG;
import com.hazelcast.jet.core.EventTimePolicy;
import com.hazelcast.jet.core.Processor;
import com.hazelcast.jet.core.ProcessorMetaSupplier;
import com.hazelcast.jet.core.ProcessorSupplier;
import com.hazelcast.jet.core.Vertex;
import com.hazelcast.jet.core.processor.SinkProcessors;
import com.hazelcast.jet.core.processor.SourceProcessors;
import com.hazelcast.jet.function.ToResultSetFunction;
import com.hazelcast.jet.impl.connector.MapSinkConfiguration;
import com.hazelcast.jet.pipeline.BatchSource;
import com.hazelcast.jet.pipeline.DataConnectionRef;
import com.hazelcast.jet.pipeline.JournalInitialPosition;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.Sinks;
import com.hazelcast.jet.pipeline.Sources;
import com.hazelcast.jet.pipeline.StreamSource;
import com.hazelcast.jet.pipeline.file.FileSources;
import com.hazelcast.jet.pipeline.test.TestSources;
import com.hazelcast.map.IMap;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.projection.Projection;
import com.hazelcast.projection.Projections;
import com.hazelcast.query.Predicate;
import com.hazelcast.query.Predicates;
import com.hazelcast.topic.ITopic;
import io.mnemogrid.CommitResult;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * What a stranger gets at the grid's port: a member of plain Hazelcast that knows the name on the
 * wire, so it has the secret or heard it, and a client.
 */
class GridPortIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final String REFUSED = "is not allowed|do not name the class";

  private static final Set<String> PARTS_OF_EXCEPTIONS =
      Set.of(
          "java.lang.StackTraceElement",
          "java.util.Collections$EmptyList",
          "com.hazelcast.version.MemberVersion",
          "com.hazelcast.jet.impl.TerminationMode");

  @TempDir static Path folder;
  private static int port;
  private static Mnemogrid member;
  private static String wireName;
  private static HazelcastInstance stranger;

  @BeforeAll
  static void start() throws IOException {
    port = TestGrid.freePort();
    member = Mnemogrid.start(config("server", port));
    member.createSpace(SPACE, "{}");
    wireName =
        Hazelcast.getAllHazelcastInstances().stream()
            .map(instance -> instance.getConfig().getClusterName())
            .filter(name -> name.startsWith("port-" + port + "-"))
            .findFirst()
            .orElseThrow();
    Config config = new Config();
    config.setClusterName(wireName);
    config.setLiteMember(true);
    config.getJetConfig().setEnabled(true);
    config
        .setProperty("hazelcast.phone.home.enabled", "false")
        .setProperty("hazelcast.logging.type", "slf4j");
    config.getNetworkConfig().setPort(port + 40).setPublicAddress("127.0.0.1");
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port);
    stranger = Hazelcast.newHazelcastInstance(config);
    assertThat(stranger.getCluster().getMembers()).as("it joined").hasSize(2);
  }

  @AfterAll
  static void stop() {
    stranger.shutdown();
    member.close();
  }

  private static GridConfig config(String name, int at) {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
        .withCluster("port-" + port)
        .withName(name)
        .withPort(at)
        .withMembers(List.of("127.0.0.1:" + port))
        .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
        .withCheckpoints(Duration.ofMillis(500), 1000);
  }

  /** What the causes say, or that it did not end. */
  private static String end(Supplier<Job> submit) {
    Job job;
    try {
      job = submit.get();
    } catch (HazelcastException | LinkageError e) {
      return messages(e);
    }
    try {
      job.getFuture().get(60, TimeUnit.SECONDS);
      return "it ran to its end";
    } catch (ExecutionException e) {
      return messages(e);
    } catch (TimeoutException e) {
      return "it runs";
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String messages(Throwable failure) {
    StringBuilder all = new StringBuilder();
    Throwable at = failure;
    while (at != null) {
      all.append(at).append('\n');
      at = at.getCause();
    }
    return all.toString();
  }

  private static boolean isRefused(String end) {
    return Pattern.compile(REFUSED).matcher(end).find();
  }

  @Test
  void readsAndWritesNoFileThroughAPipeline() throws IOException {
    Path secrets = Files.createDirectories(folder.resolve("secrets"));
    Files.writeString(secrets.resolve("env"), "MNEMOGRID_CHAIN_KEY=0xdeadbeef");
    Path loot = folder.resolve("loot");
    for (boolean light : new boolean[] {false, true}) {
      Pipeline read = Pipeline.create();
      read.readFrom(Sources.files(secrets.toString())).writeTo(Sinks.list("loot"));
      assertThat(end(() -> job(read, light))).containsPattern(REFUSED);
      assertThat(stranger.getList("loot")).isEmpty();

      Pipeline write = Pipeline.create();
      write.readFrom(TestSources.items("#!/bin/sh")).writeTo(Sinks.files(loot.toString()));
      assertThat(end(() -> job(write, light))).containsPattern(REFUSED);
      assertThat(loot).doesNotExist();
    }
  }

  private static Job job(Pipeline pipeline, boolean light) {
    return light ? stranger.getJet().newLightJob(pipeline) : stranger.getJet().newJob(pipeline);
  }

  private static Job job(ProcessorMetaSupplier step, boolean light) {
    DAG dag = new DAG();
    dag.vertex(new Vertex("step", step));
    return light ? stranger.getJet().newLightJob(dag) : stranger.getJet().newJob(dag);
  }

  /** A step of a job needs no pipeline, and its class is not shown to Hazelcast's own filter. */
  @Test
  void everySourceAndSinkOfJetIsRefused() {
    TreeSet<String> accepted = new TreeSet<>();
    TreeSet<String> notMade = new TreeSet<>();
    int refused = 0;
    for (var step : steps(notMade).entrySet()) {
      for (boolean light : new boolean[] {false, true}) {
        if (light && step.getKey().contains("ClientConfig")) {
          continue; // the stranger itself would look for that other cluster
        }
        String end = end(() -> job(step.getValue(), light));
        if (isRefused(end)) {
          refused++;
        } else if (light && readsAMap(step.getKey())) {
          assertThat(end).isEqualTo("it ran to its end");
        } else if (!light || end.startsWith("it r")) { // a stranger fails at its own step too
          accepted.add((light ? "light " : "") + step.getKey() + ": " + end);
        }
      }
    }
    assertThat(accepted).isEmpty();
    assertThat(notMade)
        .as("what this class path lacks")
        .allSatisfy(name -> assertThat(name.toLowerCase(Locale.ROOT)).containsPattern("jms|cache"));
    assertThat(refused).isGreaterThan(100);
  }

  /** By its signature, what each public factory makes. */
  private static TreeMap<String, ProcessorMetaSupplier> steps(TreeSet<String> notMade) {
    TreeMap<String, ProcessorMetaSupplier> steps = new TreeMap<>();
    for (Class<?> factory :
        List.of(Sources.class, Sinks.class, SourceProcessors.class, SinkProcessors.class)) {
      for (Method method : factory.getMethods()) {
        if (!Modifier.isStatic(method.getModifiers()) || isOfTheCaller(method)) {
          continue;
        }
        if (isOfALibraryThatIsNotHere(method)) {
          notMade.add(method.toString());
          continue;
        }
        try {
          Object made =
              method.invoke(
                  null, Stream.of(method.getParameterTypes()).map(GridPortIT::some).toArray());
          ProcessorMetaSupplier step = step(made);
          if (step != null) {
            steps.put(method.toString(), step);
          }
        } catch (InvocationTargetException e) {
          notMade.add(method + ": " + e.getCause());
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
    for (Object built :
        List.of(
            FileSources.files(folder.toString()).build(),
            Sources.filesBuilder(folder.toString()).build(),
            Sinks.filesBuilder(folder.toString()).build())) {
      steps.put("built " + steps.size(), Objects.requireNonNull(step(built)));
    }
    return steps;
  }

  private static boolean isOfALibraryThatIsNotHere(Method method) {
    String name = method.getName().toLowerCase(Locale.ROOT);
    return name.contains("jms") || name.contains("cache");
  }

  /** Made by a number, and a member reads the grid's maps without a job. */
  private static boolean readsAMap(String step) {
    return step.contains("Sources.map(") || step.contains(".readMapP(");
  }

  /** What wraps a processor of the caller's own, or does nothing at all. */
  private static boolean isOfTheCaller(Method method) {
    return Stream.of(method.getParameterTypes()).anyMatch(ProcessorMetaSupplier.class::equals)
        || method.getName().contains("romProcessor")
        || method.getName().equals("noop");
  }

  private static @Nullable ProcessorMetaSupplier step(Object made) {
    return switch (made) {
      case ProcessorMetaSupplier step -> step;
      case ProcessorSupplier step -> ProcessorMetaSupplier.of(step);
      case SupplierEx<?> step -> processors(step);
      case BatchSource<?> source -> {
        Pipeline pipeline = Pipeline.create();
        pipeline.readFrom(source).writeTo(Sinks.noop());
        yield vertex(pipeline, true);
      }
      case StreamSource<?> source -> {
        Pipeline pipeline = Pipeline.create();
        pipeline.readFrom(source).withoutTimestamps().writeTo(Sinks.noop());
        yield vertex(pipeline, true);
      }
      case Sink<?> sink -> {
        Pipeline pipeline = Pipeline.create();
        write(pipeline, sink);
        yield vertex(pipeline, false);
      }
      default -> null; // a builder of one of the others
    };
  }

  @SuppressWarnings("unchecked")
  private static <T> void write(Pipeline pipeline, Sink<T> sink) {
    pipeline.readFrom((BatchSource<T>) TestSources.items("x")).writeTo(sink);
  }

  @SuppressWarnings("unchecked")
  private static ProcessorMetaSupplier processors(SupplierEx<?> step) {
    return ProcessorMetaSupplier.of((SupplierEx<? extends Processor>) step);
  }

  private static ProcessorMetaSupplier vertex(Pipeline pipeline, boolean first) {
    List<Vertex> vertices = new ArrayList<>();
    pipeline.toDag().forEach(vertices::add);
    return (first ? vertices.getFirst() : vertices.getLast()).getMetaSupplier();
  }

  private static @Nullable Object some(Class<?> type) {
    if (type == String.class) {
      return folder.toString();
    } else if (type == int.class) {
      return 1;
    } else if (type == long.class) {
      return 1L;
    } else if (type == boolean.class) {
      return false;
    } else if (type == Charset.class) {
      return StandardCharsets.UTF_8;
    } else if (type == Class.class) {
      return String.class;
    } else if (type == Properties.class) {
      return new Properties();
    } else if (type == ClientConfig.class) {
      ClientConfig elsewhere = new ClientConfig();
      elsewhere
          .getConnectionStrategyConfig()
          .getConnectionRetryConfig()
          .setClusterConnectTimeoutMillis(1);
      return elsewhere;
    } else if (type == DataConnectionRef.class) {
      return DataConnectionRef.dataConnectionRef("x");
    } else if (type == EventTimePolicy.class) {
      return EventTimePolicy.noEventTime();
    } else if (type == JournalInitialPosition.class) {
      return JournalInitialPosition.START_FROM_OLDEST;
    } else if (type == ProcessingGuarantee.class) {
      return ProcessingGuarantee.NONE;
    } else if (type == Predicate.class) {
      return Predicates.alwaysTrue();
    } else if (type == Projection.class) {
      return Projections.singleAttribute("x");
    } else if (type == IMap.class) {
      return stranger.getMap("x");
    } else if (type == com.hazelcast.collection.IList.class) {
      return stranger.getList("x");
    } else if (type == ITopic.class) {
      return stranger.getReliableTopic("x");
    } else if (type == Observable.class) {
      return stranger.getJet().newObservable();
    } else if (type == MapSinkConfiguration.class) {
      return new MapSinkConfiguration<>("x");
    } else if (type == java.security.Permission.class) {
      return null;
    }
    for (Serializable function :
        List.of(
            new AFunction(),
            new ABiFunction(),
            new ABinaryOperator(),
            new ASupplier(),
            new AConsumer(),
            new ABiConsumer(),
            new APredicate(),
            new AResult())) {
      if (type.isInstance(function) && !type.equals(Object.class)) {
        return function;
      }
    }
    throw new AssertionError("this test must learn to make a " + type);
  }

  // Functions of classes that members may name: what is refused is refused for the connector.

  private static final class AFunction implements FunctionEx<Object, Object> {
    @Override
    public Object applyEx(Object from) {
      return from;
    }
  }

  private static final class ABiFunction implements BiFunctionEx<Object, Object, Object> {
    @Override
    public Object applyEx(Object from, Object other) {
      return from;
    }
  }

  private static final class ABinaryOperator implements BinaryOperatorEx<Object> {
    @Override
    public Object applyEx(Object from, Object other) {
      return from;
    }
  }

  private static final class ASupplier implements SupplierEx<Object> {
    @Override
    public Object getEx() {
      return "";
    }
  }

  private static final class AConsumer implements ConsumerEx<Object> {
    @Override
    public void acceptEx(Object from) {}
  }

  private static final class ABiConsumer implements BiConsumerEx<Object, Object> {
    @Override
    public void acceptEx(Object from, Object other) {}
  }

  private static final class APredicate implements PredicateEx<Object> {
    @Override
    public boolean testEx(Object from) {
      return true;
    }
  }

  private static final class AResult implements ToResultSetFunction {
    @Override
    public java.sql.ResultSet createResultSet(
        java.sql.Connection connection, int parallelism, int index) {
      throw new AssertionError("nobody gets here");
    }
  }

  /** What Hazelcast makes by a number, no name, no list asks about. */
  @Test
  void noConnectorIsMadeByItsNumber() throws Exception {
    TreeSet<String> steps = new TreeSet<>();
    Iterator<DataSerializerHook> hooks =
        ServiceLoader.iterator(
            DataSerializerHook.class,
            "com.hazelcast.DataSerializerHook",
            GridPortIT.class.getClassLoader());
    while (hooks.hasNext()) {
      DataSerializableFactory factory = hooks.next().createFactory();
      for (int id = -100; id < 400; id++) {
        try {
          Object made = factory.create(id);
          if (made instanceof ProcessorMetaSupplier
              || made instanceof ProcessorSupplier
              || made instanceof Processor
              || made instanceof SupplierEx<?>
              || made instanceof FunctionEx<?, ?>
              || made instanceof BiConsumerEx<?, ?>) {
            steps.add(made.getClass().getName().replaceFirst(".*\\.", ""));
          }
        } catch (RuntimeException | LinkageError e) {
          continue; // no such number, or a library that is not here
        }
      }
    }
    assertThat(steps)
        .as("each only wraps what travels by its name, or does nothing with the world")
        .isSubsetOf(
            "Util$Identity",
            "WrappingProcessorMetaSupplier",
            "WrappingProcessorSupplier",
            "ProcessorMetaSupplier$RandomMemberPms",
            "ProcessorMetaSupplier$SpecificMemberPms",
            "ProcessorMetaSupplier$ExpectNothingProcessorSupplier",
            "ProcessorSupplierFromSimpleSupplier",
            "ProcessorSuppliers$AggregatePSupplier",
            "ProcessorSuppliers$ProcessorMapPSupplier",
            "NoopP$NoopPSupplier",
            "AggregateOperation1Impl$AggregateCombiningAccumulate",
            // read what a member reads anyway, or are the function of a step that has a name
            "ReadMapOrCacheP$LocalProcessorSupplier",
            "HazelcastReaders$RemoteCacheReaderFunction",
            "HazelcastReaders$RemoteMapQueryReaderFunction",
            "HazelcastReaders$RemoteMapReaderFunction",
            "ItemsDistributedFillBufferFn")
        .isNotEmpty();
  }

  @Test
  void noClassThatAConfigurationNamesIsLoaded() {
    MapConfig evil =
        new MapConfig("evil")
            .setMapStoreConfig(
                new MapStoreConfig()
                    .setEnabled(true)
                    .setClassName("com.hazelcast.mapstore.GenericMapStore"));
    assertThatThrownBy(
            () -> {
              stranger.getConfig().addMapConfig(evil);
              stranger.getMap("evil").put("key", "value");
            })
        .satisfies(failure -> assertThat(messages(failure)).containsPattern(REFUSED));
  }

  @Test
  void noClientIsAnswered() {
    ClientConfig config = new ClientConfig();
    config.setClusterName(wireName);
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.getNetworkConfig().addAddress("127.0.0.1:" + port);
    config
        .getConnectionStrategyConfig()
        .getConnectionRetryConfig()
        .setClusterConnectTimeoutMillis(3000);
    assertThatThrownBy(() -> HazelcastClient.newHazelcastClient(config))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Unable to connect");
  }

  @Test
  void noRestAndNoMemcacheIsAnswered() throws IOException {
    for (String request :
        List.of("GET /hazelcast/rest/cluster HTTP/1.1\r\nHost: x\r\n\r\n", "version\r\n")) {
      try (Socket socket = new Socket("127.0.0.1", port);
          OutputStream out = socket.getOutputStream();
          InputStream in = socket.getInputStream()) {
        socket.setSoTimeout(2000);
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(in)).as("at most that it speaks another protocol").isIn("", "HZX");
      }
    }
  }

  private static String answer(InputStream in) throws IOException {
    try {
      return new String(in.readNBytes(3), StandardCharsets.US_ASCII);
    } catch (SocketTimeoutException e) {
      return "";
    }
  }

  @Test
  void listensOnItsOwnAddressAlone() throws IOException {
    try (Socket own = new Socket("127.0.0.1", port)) {
      assertThat(own.isConnected()).isTrue();
    }
    assertThatThrownBy(() -> new Socket("127.0.0.2", port).close())
        .isInstanceOf(java.net.ConnectException.class);
    assertThat(member.members().getFirst().address()).isEqualTo("127.0.0.1:" + port);
  }

  @Test
  void ofHazelcastsClassesOnlyExceptionsAreNamed() throws ClassNotFoundException {
    for (String name : WireClasses.others()) {
      if (name.startsWith("com.hazelcast.")
          && !PARTS_OF_EXCEPTIONS.contains(name)
          && !name.equals("com.hazelcast.jet.config.ProcessingGuarantee")) {
        assertThat(Throwable.class).as(name).isAssignableFrom(Class.forName(name));
      }
    }
  }

  /** An exception that cannot be read is another exception, and nobody tries again after that. */
  @Test
  void whatTellsOfAMemberThatLeftCanBeRead() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(
          new ExecutionException(new MemberLeftException(stranger.getCluster().getLocalMember())));
    }
    List<String> named = new ArrayList<>();
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass named0)
              throws IOException, ClassNotFoundException {
            named.add(named0.getName());
            return super.resolveClass(named0);
          }
        }) {
      in.readObject();
    }
    assertThat(named).contains(MemberLeftException.class.getName()).allMatch(WireClasses::allows);
  }

  /**
   * A day of the product: nothing that it sends is refused, and it needs each class that the list
   * has, exceptions aside, of which a day has few.
   */
  @Test
  void theListIsWhatIsNeeded() throws ClassNotFoundException {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger hazelcast = (Logger) LoggerFactory.getLogger("com.hazelcast");
    Level before = hazelcast.getLevel();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    hazelcast.setLevel(Level.INFO);
    root.addAppender(log);
    try (Mnemogrid second = Mnemogrid.start(config("second", port + 11));
        Mnemogrid bot =
            Mnemogrid.start(
                GridConfig.lite()
                    .withSecret(folder.resolve("grid.secret"))
                    .withCluster("port-" + port)
                    .withName("bot")
                    .withPort(port + 22)
                    .withMembers(List.of("127.0.0.1:" + port)))) {
      List<Mnemogrid> all = List.of(member, second, bot);
      for (Mnemogrid each : all) {
        Space space = each.space(SPACE).orElseThrow();
        for (int i = 0; i < 20; i++) {
          int n = i;
          assertThat(
                  space
                      .commit(
                          space.delta(new Author("bot"), delta -> delta.set("/k" + n, Json.of(n))))
                      .join())
              .isInstanceOf(CommitResult.Committed.class);
        }
      }
      askEverything(bot);
      member.audits().start();
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> second.audits().latest().status() == AuditStatus.VERIFIED);
    } finally {
      root.detachAppender(log);
      hazelcast.setLevel(before);
    }
    List<ILoggingEvent> lines = new ArrayList<>(log.list); // who was in the appender may still add
    assertThat(lines)
        .as("the log shows the name on the wire to nobody")
        .filteredOn(line -> !line.getFormattedMessage().startsWith("[127.0.0.1]:" + (port + 40)))
        .isNotEmpty()
        .noneMatch(line -> line.getFormattedMessage().contains(wireName));
    assertThat(lines)
        .noneMatch(line -> isRefused(line.getFormattedMessage()))
        .noneMatch(line ->
            line.getThrowableProxy() != null
                && isRefused(String.valueOf(line.getThrowableProxy().getMessage())));
    TreeSet<String> unused = new TreeSet<>(WireClasses.others());
    unused.removeAll(WireClasses.used());
    for (String name : List.copyOf(unused)) {
      if (name.startsWith("[")
          || PARTS_OF_EXCEPTIONS.contains(name)
          || Throwable.class.isAssignableFrom(Class.forName(name))) {
        unused.remove(name);
      }
    }
    assertThat(unused).as("on the list and never sent").isEmpty();
  }

  /** Each request that a member without a store sends to one that has it. */
  private static void askEverything(Mnemogrid bot) {
    Space space = bot.space(SPACE).orElseThrow();
    long version = space.head().version();
    bot.createSpace(SpaceName.of("another"), "{}");
    assertThat(bot.spaces()).hasSize(2);
    assertThat(space.updates(0, 10)).hasSize(10);
    assertThat(space.at(3)).isPresent();
    space.at(Instant.now());
    assertThat(space.find(space.updates(0, 1).getFirst().id())).isPresent();
    assertThat(space.diff(1, version)).isPresent();
    space.history(Pointer.parsePath("k1"), 0, 10);
    space.blame(Pointer.parsePath("k1"));
    space.policy();
    space.rollback(version - 1, new Author("bot"), new UpdateId("back")).join();
    Json nested = Json.parseCanonical("[{\"a\":1}]");
    space.commit(space.delta(new Author("bot"), delta -> delta.set("/o", nested))).join();
    Delta late =
        new DeltaBuilder(new Author("bot"), 0, Instant.now())
            .strict()
            .set("/k1", Json.of("lost"))
            .set("/o", Json.of("lost"))
            .build();
    assertThat(space.commit(late).join())
        .as("tells what stands there")
        .isInstanceOf(CommitResult.Refused.class)
        .extracting(String::valueOf)
        .asString()
        .contains("/o");
    bot.checkpoints().request();
    await().atMost(Duration.ofSeconds(90)).until(() -> bot.checkpoints().latest().isPresent());
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> space.finality(space.head().version()).isFinal());
    StoredCheckpoint checkpoint = bot.checkpoints().latest().orElseThrow();
    bot.checkpoints().find(checkpoint.number());
    bot.checkpoints().list(Long.MAX_VALUE, 10);
    bot.checkpoints().held();
    bot.checkpoints().status();
    assertThat(bot.checkpoints().blob(checkpoint.checkpoint().pointer())).isPresent();
    ContentAddress document = checkpoint.checkpoint().manifest().spaces().getFirst().snapshot();
    assertThat(bot.checkpoints().documentSpace(document, Grant.ALL)).contains(SPACE);
    assertThat(bot.checkpoints().document(document, SPACE)).isPresent();
    bot.proofs().fact(SPACE, Pointer.parsePath("k1"), version, checkpoint.number());
    bot.proofs().update(SPACE, 1, checkpoint.number());
    bot.proofs().consistency(SPACE, 1, checkpoint.number());
    bot.proofs().signedLog(SPACE);
    bot.members();
  }
}
