package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import io.micronaut.core.type.Argument;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.web.router.Router;
import io.mnemogrid.api.RawHttp.Reply;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.http.Takes;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.state.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

/** What operators ask. */
class OperationsIT {
  private final RunningServer api = RunningServer.shared();

  @Test
  void showsMembersAndHealth() {
    Answer members = api.get("/v1/members");
    assertThat(members.at("items/0/local")).isEqualTo(Json.TRUE);
    assertThat(((Json.Obj) members.at("items/0")).members().keySet())
        .containsExactly("address", "id", "leader", "local", "name", "store");
    await() // a part that does not answer in time is down for a moment
        .atMost(RunningServer.PATIENCE)
        .untilAsserted(() -> {
          Answer health = api.get("/health");
          assertThat(health.status()).isEqualTo(200);
          assertThat(health.string("status")).isIn("up", "degraded");
          assertThat(((Json.Arr) health.at("parts")).items()).isNotEmpty();
        });
    assertThat(api.get("/health/liveness").string("status")).isEqualTo("up");
    await()
        .atMost(RunningServer.PATIENCE)
        .until(() -> api.get("/health/readiness").string("status"), "up"::equals);
  }

  @Test
  void isDeadOnceItsGridNodeHasEnded() throws IOException {
    int port = RunningServer.freePort();
    RunningServer own = RunningServer.start(Map.of("mnemogrid.name", "ends-" + port));
    try {
      assertThat(own.get("/health/liveness").status()).isEqualTo(200);
      // as Hazelcast does after an OutOfMemoryError
      Hazelcast.getAllHazelcastInstances().stream()
          .filter(grid ->
              ("ends-" + port).equals(grid.getCluster().getLocalMember().getAttribute("name")))
          .forEach(grid -> grid.getLifecycleService().terminate());
      Answer liveness = own.get("/health/liveness");
      assertThat(liveness.status()).isEqualTo(503);
      assertThat(liveness.string("status")).isEqualTo("down");
      assertThat(api.get("/health/liveness").status()).isEqualTo(200);
    } finally {
      Server.stop(own.server());
    }
  }

  /** As large requests on virtual threads would: a carrier is left only by who waits. */
  @Test
  void livenessIsToldThoughEveryCarrierIsTaken() throws InterruptedException {
    int carriers = Runtime.getRuntime().availableProcessors();
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch taken = new CountDownLatch(carriers);
    try {
      for (int i = 0; i < carriers; i++) {
        Thread.startVirtualThread(() -> {
          taken.countDown();
          while (!over.get()) {
            Thread.onSpinWait();
          }
        });
      }
      taken.await();
      int port = api.server().getPort();
      Reply reply =
          RawHttp.once(
              port, "GET /health/liveness HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n");
      assertThat(reply.status()).isEqualTo(200);
    } finally {
      over.set(true);
    }
  }

  @Test
  void countsWhatItDid() {
    String space = api.newSpace();
    api.commit(space, delta("m-1", 0, "/a", "1"));
    api.commit(space, delta("m-2", 99, "/a", "1"));
    api.awaitMetrics(metrics ->
        assertThat(metrics)
            .contains("mnemogrid_commits_total{outcome=\"applied\"}")
            .contains("mnemogrid_refusals_total{code=\"version-ahead\"}")
            .contains("mnemogrid_commit_seconds_bucket")
            .contains("mnemogrid_conflicts_total")
            .contains("mnemogrid_version{space=\"" + space + "\"} 1.0")
            .contains("http_server_requests_seconds"));
  }

  @Test
  void countsWhatBecameOfCheckpoints() {
    String space = api.newSpace();
    api.commit(space, delta("k-1", 0, "/a", "1"));
    api.makeFinal(space, 1);
    assertThat(api.get("/v1/spaces/" + space + "/finality?version=1").string("status"))
        .isEqualTo("finalized");
    api.awaitMetrics(metrics ->
        assertThat(metrics)
            .contains("mnemogrid_leader 1.0")
            .containsPattern("mnemogrid_checkpoint_finalized_total [1-9]")
            .containsPattern("mnemogrid_checkpoint_latency_seconds_count [1-9]")
            .contains("mnemogrid_checkpoint_latency_seconds_bucket{le=\"60.0\"}")
            .containsPattern("mnemogrid_checkpoint_sent_total\\{how=\"new\"} [1-9]")
            .containsPattern("mnemogrid_checkpoint_age_seconds [0-9]")
            .contains("mnemogrid_checkpoint_waiting 0.0")
            .contains("mnemogrid_checkpoint_waiting_seconds 0.0")
            .contains("mnemogrid_checkpoint_gas_total 0.0")
            .contains("mnemogrid_checkpoint_spent_wei_total 0.0")
            .contains("mnemogrid_checkpoint_conflicts_total 0.0")
            .contains("mnemogrid_checkpoint_undone_total 0.0")
            .contains("mnemogrid_checkpoint_failures_total{kind=\"chain-unavailable\"} 0.0")
            .contains("mnemogrid_checkpoint_blocked{reason=\"budget\"} 0.0")
            .contains("mnemogrid_checkpoint_held_spaces{rule=\"grows\"} 0.0")
            .contains("mnemogrid_checkpoint_budget_left_gas NaN")
            .contains("mnemogrid_checkpoint_budget_left_wei NaN"));
    assertThat(api.get("/v1/checkpoints/held").text()).isEqualTo("{\"items\":[],\"next\":null}");
  }

  @Test
  void auditsEverySpaceWhenAsked() {
    String space = api.newSpace();
    api.commit(space, delta("audit-1", 0, "/a", "1"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        Main.run(
            printed, System.err, "audit", "--url", "http://127.0.0.1:" + api.server().getPort());
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("verified: ");
    assertThat(code).isEqualTo(ExitCode.OK.code());
    Answer latest = api.get("/v1/audits/latest");
    assertThat(latest.string("status")).isEqualTo("verified");
    assertThat(latest.at("finished")).isEqualTo(latest.at("spaces"));
    assertThat(((Json.Arr) latest.at("items")).items())
        .contains(
            Json.parse(
                """
                {"done":1,"member":"%s","space":"%s","status":"verified","total":1,"what":null,"where":null}\
                """
                    .formatted(api.get("/v1/members").string("items/0/name"), space)));
    api.awaitMetrics(metrics -> assertThat(metrics).contains("mnemogrid_audit_lag_updates"));
    assertThat(Main.run(printed, printed, "audit", "--url", "http://127.0.0.1:1"))
        .isEqualTo(ExitCode.UNAVAILABLE.code());
  }

  @Test
  void showsNothingElseOfItself() {
    for (String path : new String[] {"/env", "/beans", "/routes", "/info", "/loggers", "/stop"}) {
      api.get(path).isProblem(404, "not-found");
    }
    assertThat(api.get("/health").header("server")).isEmpty();
  }

  /** The description names exactly the calls that there are. */
  @Test
  @SuppressWarnings("unchecked") // YAML has no types
  void describesEveryCall() {
    Answer served = api.get("/openapi.yaml");
    assertThat(served.status()).isEqualTo(200);
    assertThat(served.header("content-type")).startsWith("application/yaml");
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    Map<String, Object> all = new Yaml(strict).load(served.text());
    Map<String, Object> paths =
        (Map<String, Object>) Objects.requireNonNull(all.get("paths"), "no paths");
    Set<String> described = new TreeSet<>();
    paths.forEach((path, calls) ->
        ((Map<String, Object>) calls)
            .keySet().stream()
                .filter(method -> !method.equals("parameters"))
                .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path)));
    Set<String> there = new TreeSet<>();
    api.server()
        .getApplicationContext()
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .map(route -> route.getHttpMethodName() + " " + route.getUriMatchTemplate())
        .filter(call -> !call.contains("/broken"))
        .forEach(there::add);
    assertThat(described).isEqualTo(there);
  }

  /** And each of their parameters, of the address and behind it. */
  @Test
  void describesEveryParameter() {
    Set<String> described = new TreeSet<>();
    for (Contract.Operation operation : Contract.served().operations()) {
      operation.parameters().stream()
          .filter(parameter -> !parameter.path("in").asText().equals("header"))
          .forEach(parameter -> described.add(operation + " " + parameter.path("name").asText()));
    }
    Set<String> there = new TreeSet<>();
    api.server()
        .getApplicationContext()
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .forEach(route -> {
          String call = route.getHttpMethodName() + " " + route.getUriMatchTemplate();
          route
              .getUriMatchTemplate()
              .getVariableNames()
              .forEach(name -> there.add(call + " " + name));
          for (String name :
              route.getTargetMethod().getAnnotationMetadata().stringValues(Takes.class)) {
            there.add(call + " " + name);
          }
          for (Argument<?> argument : route.getTargetMethod().getArguments()) {
            argument
                .getAnnotationMetadata()
                .findAnnotation(QueryValue.class)
                .ifPresent(named ->
                    there.add(call + " " + named.stringValue().orElseGet(argument::getName)));
          }
        });
    assertThat(described).hasSizeGreaterThan(50).isEqualTo(there);
  }
}
