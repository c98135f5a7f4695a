package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import io.micronaut.web.router.Router;
import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Every call with every role, in a space that the key is granted and in one that it is not. The
 * table here is written by hand beside docs/security.md; a call that has no row fails the test.
 */
@MicronautTest(contextBuilder = OwnServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixIT {
  private static final Set<Role> ALL = Set.of(Role.values());
  private static final Set<Role> SEE =
      Set.of(Role.READER, Role.WRITER, Role.CURATOR, Role.ERASER, Role.VERIFIER, Role.OPERATOR);
  private static final Set<Role> READ =
      Set.of(Role.READER, Role.WRITER, Role.CURATOR, Role.OPERATOR);
  private static final Set<Role> WRITE = Set.of(Role.WRITER, Role.CURATOR, Role.OPERATOR);
  private static final Set<Role> PROVE =
      Set.of(Role.READER, Role.WRITER, Role.CURATOR, Role.VERIFIER, Role.OPERATOR);
  private static final Set<Role> OPERATE = Set.of(Role.OPERATOR);
  private static final Set<Role> METER = Set.of(Role.OPERATOR, Role.METRICS);

  /** Who may make each call; of those that anybody may, no key is asked. */
  private static final Map<String, Set<Role>> ROWS =
      Map.ofEntries(
          Map.entry("GET /v1/spaces", SEE),
          Map.entry("PUT /v1/spaces/{space}", WRITE),
          Map.entry("GET /v1/spaces/{space}", SEE),
          Map.entry("GET /v1/spaces/{space}/summary", READ),
          Map.entry("GET /v1/spaces/{space}/finality", PROVE),
          Map.entry("GET /v1/spaces/{space}/state", READ),
          Map.entry("PATCH /v1/spaces/{space}/state", WRITE),
          Map.entry("OPTIONS /v1/spaces/{space}/state", READ),
          Map.entry("POST /v1/spaces/{space}/updates", WRITE),
          Map.entry("GET /v1/spaces/{space}/updates", READ),
          Map.entry("GET /v1/spaces/{space}/updates/{version}", READ),
          Map.entry("GET /v1/spaces/{space}/events", READ),
          Map.entry("GET /v1/events", READ),
          Map.entry("POST /v1/tickets", READ),
          Map.entry("POST /mcp", SEE),
          Map.entry("POST /v1/spaces/{space}/undo", WRITE),
          Map.entry("GET /v1/spaces/{space}/history", READ),
          Map.entry("GET /v1/spaces/{space}/blame", READ),
          Map.entry("GET /v1/spaces/{space}/diff", READ),
          Map.entry("POST /v1/spaces/{space}/rollback", WRITE),
          Map.entry("GET /v1/spaces/{space}/proofs/fact", PROVE),
          Map.entry("GET /v1/spaces/{space}/proofs/update", PROVE),
          Map.entry("GET /v1/spaces/{space}/proofs/consistency", PROVE),
          Map.entry("GET /v1/spaces/{space}/log-checkpoint", PROVE),
          Map.entry("GET /v1/checkpoints", PROVE),
          Map.entry("GET /v1/checkpoints/latest", PROVE),
          Map.entry("GET /v1/checkpoints/held", PROVE),
          Map.entry("GET /v1/checkpoints/{number}", PROVE),
          Map.entry("POST /v1/checkpoints", OPERATE),
          Map.entry("GET /v1/blobs/{cid}", PROVE),
          Map.entry("POST /v1/audits", OPERATE),
          Map.entry("GET /v1/audits/latest", OPERATE),
          Map.entry("GET /v1/members", OPERATE),
          Map.entry("GET /v1/audit-trail", OPERATE),
          Map.entry("GET /v1/authors", OPERATE),
          Map.entry("POST /v1/authors", OPERATE),
          Map.entry("DELETE /v1/authors/{author}/keys/{key}", OPERATE),
          Map.entry("GET /v1/keys", OPERATE),
          Map.entry("POST /v1/keys", OPERATE),
          Map.entry("DELETE /v1/keys/{id}", OPERATE),
          Map.entry("POST /v1/keys/{id}/rotate", OPERATE),
          Map.entry("GET /health", METER),
          Map.entry("GET /prometheus", METER),
          Map.entry("GET /health/readiness", ALL),
          Map.entry("GET /health/liveness", ALL),
          Map.entry("GET /openapi.yaml", ALL),
          Map.entry("GET /docs", ALL),
          Map.entry("GET /docs/{file}", ALL));

  private static final Set<String> REFUSALS =
      Set.of("key-required", "key-unknown", "not-allowed", "unknown-space", "keys-unheard");

  private final Map<Role, String> keysOf = new EnumMap<>(Role.class);
  @Inject EmbeddedServer server;
  @Inject Router router;
  @Inject Mnemogrid grid;
  private RunningServer api;
  private String endedKey;

  @BeforeAll
  void makeKeys() {
    api = RunningServer.of(server);
    Keys keys = grid.keys().orElseThrow();
    for (String space : List.of("granted-1", "foreign-1")) {
      assertThat(api.put("/v1/spaces/" + space, "").status()).isEqualTo(201);
      api.commit(space, delta("u1", 0, "/a", "1"));
    }
    api.makeFinal("granted-1", 1);
    for (Role role : Role.values()) {
      List<Glob> spaces = List.of(role.isOfAll() ? Glob.ALL : new Glob("granted-*"));
      keysOf.put(
          role,
          keys.create(role.text(), new Grant(role, spaces, List.of(Glob.ALL)), null)
              .text()
              .whole());
    }
    var ended = keys.create("ended", Grant.ALL, null);
    keys.revoke(ended.key().id());
    endedKey = ended.text().whole();
  }

  private Set<String> routes() {
    Set<String> routes = new HashSet<>();
    router
        .uriRoutes()
        .map(route -> route.getHttpMethodName() + " " + route.getUriMatchTemplate())
        .map(call -> call.replaceFirst("\\{\\?.*", ""))
        .filter(call -> !call.startsWith("HEAD ") && !call.contains("/broken"))
        .forEach(routes::add);
    return routes;
  }

  @Test
  void everyCallHasARow() {
    assertThat(routes()).isEqualTo(ROWS.keySet());
  }

  private Answer call(String route, String space, @Nullable String key) {
    String method = route.substring(0, route.indexOf(' '));
    String path =
        route
            .substring(route.indexOf(' ') + 1)
            .replace("{space}", space)
            .replace("{version}", "1")
            .replace("{number}", "1")
            .replace("{id}", "nobody12")
            .replace("{file}", "page.js")
            .replace("{author}", "me")
            .replace("{key}", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .replace("{cid}", "b" + "a".repeat(58))
            .replaceFirst("/events$", "/events?since=99"); // a stream would have no end
    List<String> headers = new ArrayList<>();
    boolean isPatch = method.equals("PATCH");
    boolean isAsking = path.matches(".*/v1/(audits|checkpoints|tickets)");
    boolean hasBody = isPatch || method.equals("POST") && !isAsking;
    if (hasBody) {
      String type = isPatch ? "application/merge-patch+json" : "application/json";
      headers.addAll(List.of("Content-Type", type, "Mnemogrid-Author", "me"));
    }
    if (key != null) {
      headers.addAll(List.of("Authorization", "Bearer " + key));
    }
    return api.send(method, path, hasBody ? "{}" : "", headers.toArray(String[]::new));
  }

  /** A name that is written otherwise is the same name, and HEAD is asked as GET is. */
  @Test
  void noSpellingOfAnAddressLeadsRoundTheKey() {
    String[] reader = {"Authorization", "Bearer " + keysOf.get(Role.READER)};
    for (String name : List.of("foreign-1", "foreign%2D1", "%66oreign-1")) {
      api.get("/v1/spaces/" + name + "/state", reader).isProblem(404, "unknown-space");
      assertThat(api.send("HEAD", "/v1/spaces/" + name + "/state", "", reader).status())
          .isEqualTo(404);
    }
    assertThat(api.get("/v1/spaces/granted%2D1/state", reader).status()).isEqualTo(200);
    assertThat(api.send("HEAD", "/v1/spaces/granted-1/state", "", reader).status()).isEqualTo(200);
    assertThat(api.send("HEAD", "/v1/spaces/granted-1/state", "").status()).isEqualTo(401);
    api.get("/v1/spaces/No%20Name/state", reader).isProblem(400, "bad-request");
    for (String path : List.of("/v1//spaces/foreign-1/state", "/v1/spaces/foreign-1/state/")) {
      assertThat(api.get(path, reader).status()).as(path).isEqualTo(404);
    }
  }

  /** In a space that several keys are granted, an operator's alone changes its policy. */
  @Test
  void onlyAnOperatorWritesWhatIsReserved() {
    String path = "/v1/spaces/granted-1/updates";
    for (Role role : WRITE) {
      String id = "policy-" + role.text();
      String body = delta(id, 0, "/_mnemogrid/policy", "{\"format\":\"mnemogrid-policy-1\"}");
      String[] headers = {
        "Content-Type", "application/json", "Authorization", "Bearer " + keysOf.get(role)
      };
      Answer answer = api.send("POST", path, body, headers);
      Answer patch =
          api.send(
              "PATCH",
              "/v1/spaces/granted-1/state",
              "[{\"op\":\"add\",\"path\":\"/_mnemogrid/policy/limits\",\"value\":{\"leaves\":%d}}]"
                  .formatted(1_000_000 + role.ordinal()),
              "Content-Type",
              "application/json-patch+json",
              "Mnemogrid-Author",
              "me",
              "Authorization",
              "Bearer " + keysOf.get(role));
      if (role == Role.OPERATOR) {
        assertThat(answer.status()).as(role.text()).isEqualTo(201);
        assertThat(patch.status()).as(role.text()).isEqualTo(201);
      } else {
        assertThat(answer.isProblem(403, "policy").string("errors/0/pointer"))
            .isEqualTo("/changes/added/0");
        assertThat(code(patch)).as(role.text()).isIn("policy", "patch-failed");
      }
    }
  }

  private static String code(Answer answer) {
    return answer.header("content-type").equals("application/problem+json")
        ? answer.string("code")
        : "";
  }

  /** The body without what differs between two requests: its id, and the name of the space. */
  private static String shape(Answer answer, String space) {
    return answer.text().replaceFirst("\"request_id\":\"[^\"]*\"", "").replace(space, "(space)");
  }

  @Test
  void everyRoleMayWhatTheTableSaysAndNothingElse() {
    int cells = 0;
    for (Map.Entry<String, Set<Role>> row : ROWS.entrySet()) {
      String route = row.getKey();
      boolean isOpen = row.getValue().equals(ALL);
      boolean hasSpace = route.contains("{space}");
      for (Role role : Role.values()) {
        String what = role + " " + route;
        Answer granted = call(route, "granted-1", keysOf.get(role));
        cells++;
        if (row.getValue().contains(role)) {
          assertThat(granted.status()).as(what).isNotIn(401, 403);
          assertThat(code(granted)).as(what).isNotIn(REFUSALS);
        } else {
          assertThat(code(granted)).as(what).isEqualTo("not-allowed");
          assertThat(granted.status()).as(what).isEqualTo(403);
        }
        if (hasSpace && !role.isOfAll()) {
          Answer foreign = call(route, "foreign-1", keysOf.get(role));
          Answer absent = call(route, "absent-12", keysOf.get(role));
          cells += 2;
          assertThat(code(foreign)).as(what).isEqualTo("unknown-space");
          assertThat(foreign.status()).as(what).isEqualTo(404);
          assertThat(shape(foreign, "foreign-1"))
              .as("%s: not granted and not there look the same", what)
              .isEqualTo(shape(absent, "absent-12"));
          assertThat(foreign.response().headers().map().keySet())
              .isEqualTo(absent.response().headers().map().keySet());
        }
      }
      for (String wrong : new String[] {null, endedKey, "mg_", "x".repeat(61)}) {
        Answer answer = call(route, "granted-1", wrong);
        cells++;
        if (isOpen) {
          assertThat(answer.status()).as(route).isNotEqualTo(401);
        } else {
          answer.isProblem(401, wrong == null ? "key-required" : "key-unknown");
          assertThat(answer.header("www-authenticate")).startsWith("Bearer ");
        }
      }
    }
    assertThat(cells).isGreaterThanOrEqualTo(400);
  }
}
