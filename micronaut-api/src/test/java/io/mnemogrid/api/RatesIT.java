package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rates over HTTP: what counts, whom, what is told, and that members grant a rate together. */
class RatesIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** More would make a slow machine slower, and a quick one has an answer to each at once. */
  private static final int MOST_UNDER_WAY = 64;

  private static final Map<Role, String> KEYS = new EnumMap<>(Role.class);
  private static RunningServer api;
  private static String space = "";

  /** Each class is tight in one kind. */
  @BeforeAll
  static void start() {
    api =
        RunningServer.start(
            Map.of(
                "mnemogrid.rate.reader", "10,0,0",
                "mnemogrid.rate.writer", "0,0,200",
                "mnemogrid.rate.operator", "0,100000,0",
                "mnemogrid.rate.address", "10,0,0"));
    space = api.newSpace();
    assertThat(api.commit(space, delta("first", 0, "/a", "1")).status()).isEqualTo(201);
    for (int i = 0; i < 50; i++) {
      Answer answer = api.get("/v1/spaces/" + space);
      assertThat(answer.status()).as("loopback without keys").isEqualTo(200);
      assertThat(answer.header("ratelimit")).isEmpty();
    }
    Keys keys = keys(api);
    for (Role role : List.of(Role.READER, Role.VERIFIER, Role.WRITER, Role.OPERATOR)) {
      KEYS.put(role, key(keys, role));
    }
  }

  private static Keys keys(RunningServer server) {
    return server.server().getApplicationContext().getBean(Mnemogrid.class).keys().orElseThrow();
  }

  private static String key(Keys keys, Role role) {
    Grant grant = new Grant(role, List.of(Glob.ALL), List.of(Glob.ALL));
    return keys.create(role.text(), grant, null).text().whole();
  }

  @AfterAll
  static void stop() {
    Server.stop(api.server());
  }

  private static String[] with(Role role, String... headers) {
    List<String> all = new ArrayList<>(List.of("X-API-Key", String.valueOf(KEYS.get(role))));
    all.addAll(List.of(headers));
    return all.toArray(String[]::new);
  }

  /** The first answer that is not {@code good}, of a hundred. */
  private static Answer until(int good, String path, String... headers) {
    for (int i = 0; i < 100; i++) {
      Answer answer = api.get(path, headers);
      if (answer.status() != good) {
        return answer;
      }
    }
    throw new AssertionError("a hundred requests were let in: " + path);
  }

  private static void isRefused(Answer answer, String name, String of, long limit) {
    answer.isProblem(429, "rate");
    assertThat(answer.string("class")).isEqualTo(name);
    assertThat(answer.string("of")).isEqualTo(of);
    assertThat(answer.number("limit")).isEqualTo(limit);
    assertThat(answer.response().headers().allValues("retry-after")).hasSize(1);
    assertThat(Long.parseLong(answer.header("retry-after"))).isBetween(1L, 60L);
    String policy = "requests".equals(of) ? name : name + "-" + of;
    assertThat(answer.header("ratelimit")).matches("\"" + policy + "\";r=0;t=\\d+");
    assertThat(answer.header("ratelimit-policy"))
        .contains("\"" + policy + "\";q=" + limit + ";w=1");
  }

  @Test
  void tellsWhatIsLeftAndRefusesBeyond() {
    String path = "/v1/spaces/" + space;
    Answer first = api.get(path, with(Role.READER));
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.header("ratelimit-policy")).isEqualTo("\"reader\";q=10;w=1");
    assertThat(first.header("ratelimit")).matches("\"reader\";r=\\d+;t=[01]");
    isRefused(until(200, path, with(Role.READER)), "reader", "requests", 10);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(api.get(path, with(Role.READER)).status()).as("later").isEqualTo(200));
    isRefused(until(404, "/v1/spaces/absent-1", with(Role.READER)), "reader", "requests", 10);
    isRefused(until(403, "/v1/members", with(Role.READER)), "reader", "requests", 10);
    for (int i = 0; i < 50; i++) {
      assertThat(api.get("/health/liveness").status()).isEqualTo(200);
      assertThat(api.get("/health/readiness", with(Role.READER)).status()).isIn(200, 503);
      assertThat(api.get("/health", with(Role.OPERATOR)).header("ratelimit")).isEmpty();
    }
    api.awaitMetrics(
        shown ->
            assertThat(shown)
                .containsPattern(
                    "mnemogrid_rate_refusals_total\\{class=\"reader\",of=\"requests\"} [1-9]")
                .contains("mnemogrid_rate_refusals_total{class=\"reader\",of=\"work\"} 0.0"),
        with(Role.OPERATOR));
  }

  /** As at GitHub: whoever asks whether anything is new may ask as often as it likes. */
  @Test
  void anAnswerThatNothingIsNewCostsNothing() {
    String path = "/v1/spaces/" + space + "/state";
    Answer whole =
        await()
            .atMost(SOON)
            .until(() -> api.get(path, with(Role.READER)), answer -> answer.status() == 200);
    String[] known = with(Role.READER, "If-None-Match", whole.header("etag"));
    await().atMost(SOON).until(() -> api.get(path, known).status() == 304);
    for (int i = 0; i < 100; i++) {
      assertThat(api.get(path, known).status()).isEqualTo(304);
    }
  }

  @Test
  void wrongKeysCountAtTheirAddressAndKeysDoNot() {
    isRefused(
        until(401, "/v1/spaces", "X-API-Key", "mg_" + "x".repeat(58)), "address", "requests", 10);
    isRefused(until(401, "/v1/spaces"), "address", "requests", 10);
    isRefused(until(200, "/openapi.yaml"), "address", "requests", 10);
    assertThat(api.get("/v1/checkpoints", with(Role.WRITER)).status()).isEqualTo(200);
  }

  @Test
  void workIsChargedAfterwardsAndARepeatedIdCostsOne() {
    String own = "work-1";
    assertThat(api.send("PUT", "/v1/spaces/" + own, "", with(Role.WRITER)).status()).isEqualTo(201);
    String leaves =
        IntStream.range(0, 500)
            .mapToObj(i -> "\"k" + i + "\":1")
            .collect(Collectors.joining(",", "{", "}"));
    String large = delta("w-1", 0, "/many", leaves);
    assertThat(api.commit(own, large, with(Role.WRITER)).status())
        .as("a thousand units, of 200")
        .isEqualTo(201);
    Answer refused = api.commit(own, delta("w-2", 1, "/b", "1"), with(Role.WRITER));
    isRefused(refused, "writer", "work", 200);
    assertThat(Long.parseLong(refused.header("retry-after"))).isBetween(2L, 5L);
    await().atMost(SOON).until(() -> api.commit(own, large, with(Role.WRITER)).status() == 200);
    for (int i = 0; i < 20; i++) {
      assertThat(api.commit(own, large, with(Role.WRITER)).status())
          .as("each is one")
          .isEqualTo(200);
    }
    for (int i = 0; i < 10; i++) { // 11 versions are a thousand units each
      if (api.get("/v1/spaces/" + own + "/state?at=0", with(Role.WRITER)).status() == 429) {
        return;
      }
    }
    throw new AssertionError("replays cost nothing");
  }

  @Test
  void bytesOfAnswersAndBodiesAndStreamsCount() {
    String own = "bytes-1";
    assertThat(api.send("PUT", "/v1/spaces/" + own, "", with(Role.OPERATOR)).status())
        .isEqualTo(201);
    String large = delta("b-1", 0, "/large", '"' + "x".repeat(230_000) + '"');
    assertThat(api.commit(own, large, with(Role.OPERATOR)).status()).isEqualTo(201);
    for (String path : List.of("/state", "/updates")) {
      isRefused(api.get("/v1/spaces/" + own, with(Role.OPERATOR)), "operator", "bytes", 100_000);
      await()
          .atMost(SOON)
          .until(() ->
              api.get(
                          "/v1/spaces/" + own + path,
                          with(
                              Role.OPERATOR,
                              "Accept",
                              path.equals("/updates") ? "application/x-ndjson" : "*/*"))
                      .status()
                  == 200);
    }
    isRefused(api.get("/v1/spaces/" + own, with(Role.OPERATOR)), "operator", "bytes", 100_000);
  }

  /** Three members on one store; most callers are at one of them, and then at another. */
  @Test
  void threeMembersGrantOneRate(@TempDir Path folder) {
    List<RunningServer> members = new ArrayList<>();
    int port = RunningServer.freePort();
    try {
      for (int i = 0; i < 3; i++) {
        members.add(
            RunningServer.start(
                Map.of(
                    "mnemogrid.data",
                    folder.toString(),
                    "mnemogrid.cluster",
                    "rates-" + port,
                    "mnemogrid.grid-port",
                    i == 0 ? port : RunningServer.freePort(),
                    "mnemogrid.members",
                    "127.0.0.1:" + port,
                    "mnemogrid.rate.reader",
                    "120,0,0")));
      }
      String key = key(keys(members.getFirst()), Role.READER);
      for (RunningServer member : members) {
        await()
            .atMost(SOON)
            .until(() -> member.get("/v1/spaces", "X-API-Key", key).status() == 200);
      }
      granted(members, key, 2, 300, 20, 0); // what was saved up is used up
      for (int[] asked : List.of(new int[] {300, 20, 0}, new int[] {0, 20, 300})) {
        Span span = granted(members, key, 10, asked);
        System.out.println("120 a second, asked " + Arrays.toString(asked) + ": " + span);
        assertThat(span.granted).isGreaterThan((int) (0.9 * 120 * span.ownSeconds));
        assertThat(span.granted).isLessThan((int) (1.1 * 120 * span.seconds));
      }
    } finally {
      members.forEach(each -> Server.stop(each.server()));
    }
  }

  /**
   * What was granted in a span.
   *
   * @param seconds how long it was
   * @param ownSeconds how long it was without the time in which this process did not get to run, so
   *     that nobody asked
   */
  private record Span(int granted, double seconds, double ownSeconds) {}

  /**
   * How many requests are granted when each member is asked so many times a second. Callers do not
   * wait for each other: on a busy machine an answer takes longer, and as many are asked for.
   */
  private static Span granted(List<RunningServer> members, String key, int seconds, int... asked) {
    AtomicInteger granted = new AtomicInteger();
    Semaphore underWay = new Semaphore(MOST_UNDER_WAY);
    long began = System.nanoTime();
    Duration own =
        OwnTime.of(() -> {
          try (ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
              ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < asked.length; i++) {
              RunningServer member = members.get(i);
              if (asked[i] > 0) {
                clock.scheduleAtFixedRate(
                    () -> {
                      if (underWay.tryAcquire()) {
                        callers.execute(() -> ask(member, key, granted, underWay));
                      }
                    },
                    0,
                    TimeUnit.SECONDS.toNanos(1) / asked[i],
                    TimeUnit.NANOSECONDS);
              }
            }
            Thread.sleep(Duration.ofSeconds(seconds)); // the span that is measured
            clock.shutdownNow();
          }
        });
    return new Span(granted.get(), (System.nanoTime() - began) / 1e9, own.toNanos() / 1e9);
  }

  private static void ask(
      RunningServer member, String key, AtomicInteger granted, Semaphore underWay) {
    try {
      if (member.get("/v1/checkpoints", "X-API-Key", key).status() == 200) {
        granted.incrementAndGet();
      }
    } finally {
      underWay.release();
    }
  }
}
