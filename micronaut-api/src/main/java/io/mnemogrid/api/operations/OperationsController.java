package io.mnemogrid.api.operations;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.GridHealth;
import io.mnemogrid.MemberInfo;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.tls.Tls;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What operators and their tools ask. */
@Controller
@ExecuteOn(TaskExecutors.BLOCKING)
public final class OperationsController {
  private final Mnemogrid grid;
  private final Tls tls;
  private final byte[] openApi;

  OperationsController(Mnemogrid grid, Tls tls) throws IOException {
    this.grid = grid;
    this.tls = tls;
    try (InputStream in = OperationsController.class.getResourceAsStream("/openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("openapi.yaml is missing from the jar: build it again");
      }
      this.openApi = in.readAllBytes();
    }
  }

  /** The id of the grid and all its members. */
  @Get("/v1/members")
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> members() {
    List<String> items = grid.members().stream().map(m -> toJson(m).canonical()).toList();
    ObjectText answer = new ObjectText();
    grid.authors().ifPresent(authors -> answer.member("grid", Json.of(authors.grid().hex())));
    return Answers.ok(
        answer
            .member("items", "[" + String.join(",", items) + "]")
            .member("next", Json.NULL)
            .toBytes());
  }

  private static Json.Obj toJson(MemberInfo member) {
    return Json.object(
        Map.of(
            "id", Json.of(member.id()),
            "name", Json.of(member.name()),
            "address", Json.of(member.address()),
            "store", Json.of(member.store()),
            "local", Json.of(member.local()),
            "leader", Json.of(member.leader())));
  }

  /** What works and what does not; 503 when this member cannot take commits. */
  @Get("/health")
  @Needs(Right.METER)
  HttpResponse<byte[]> health() {
    GridHealth health = grid.health();
    if (!tls.isOn()) {
      return health(health.isReady(), toJson(health));
    }
    List<GridHealth.Part> parts = new ArrayList<>(health.parts());
    parts.add(certificate());
    return health(health.isReady(), toJson(new GridHealth(parts)));
  }

  private GridHealth.Part certificate() {
    return tls.ending()
        .map(ending ->
            new GridHealth.Part(
                "certificate",
                ending.hasEnded() ? GridHealth.Status.DOWN : GridHealth.Status.DEGRADED,
                ending.detail()))
        .orElseGet(() ->
            new GridHealth.Part("certificate", GridHealth.Status.UP, "ends in 14 days or more"));
  }

  /** Whether this member can take commits. */
  @Get("/health/readiness")
  @Needs({})
  HttpResponse<byte[]> readiness() {
    GridHealth health = grid.health();
    return health(health.isReady(), status(health.isReady() ? "up" : "down"));
  }

  /** The answer about something that is up or not. */
  static HttpResponse<byte[]> health(boolean up, Json body) {
    HttpStatus status = up ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
    return Answers.json(HttpResponse.status(status), body.canonicalBytes())
        .header("Cache-Control", "no-store");
  }

  /** A status alone. */
  static Json.Obj status(String status) {
    return Json.object(Map.of("status", Json.of(status)));
  }

  private static Json.Obj toJson(GridHealth health) {
    List<Json> parts = new ArrayList<>();
    boolean whole = true;
    for (GridHealth.Part part : health.parts()) {
      whole &= part.status() == GridHealth.Status.UP;
      parts.add(
          Json.object(
              Map.of(
                  "name", Json.of(part.name()),
                  "status", Json.of(Json.word(part.status())),
                  "detail", Json.of(part.detail()))));
    }
    String status = !health.isReady() ? "down" : whole ? "up" : "degraded";
    return status(status).with("parts", new Json.Arr(parts));
  }

  /** This API, for machines. */
  @Get("/openapi.yaml")
  @Produces({"application/yaml", MediaType.TEXT_PLAIN})
  @Needs({})
  HttpResponse<byte[]> openApi() {
    return HttpResponse.ok(openApi).contentType(MediaType.of("application/yaml"));
  }
}
