package io.mnemogrid.api.operations;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Audits;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The full audit: every space recomputed from its first record, by all members. */
@Controller("/v1/audits")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class AuditsController {
  private static final int MOST_ITEMS = 500;

  private final Audits audits;

  AuditsController(Mnemogrid grid) {
    this.audits = grid.audits();
  }

  /** Begins one unless one is under way. */
  @Post
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> start() {
    return Answers.json(
            HttpResponse.accepted(),
            new ObjectText()
                .member("id", Json.of(audits.start()))
                .member("status", Json.of("running"))
                .toBytes())
        .header("Location", "/v1/audits/latest");
  }

  /** The newest audit: mismatches first, then what is unknown, what is under way, and the rest. */
  @Get("/latest")
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> latest() {
    Audits.Report report = audits.latest();
    return Answers.ok(
            new ObjectText()
                .member("done", report.spaces().stream().mapToLong(Audits.OfSpace::done).sum())
                .member("finished", report.finished())
                .member("id", Json.of(report.id()))
                .member("items", items(report))
                .member("spaces", report.total())
                .member("status", Json.of(report.status().text()))
                .member("total", report.spaces().stream().mapToLong(Audits.OfSpace::total).sum())
                .toBytes())
        .header("Cache-Control", "no-store");
  }

  private static Json items(Audits.Report report) {
    return new Json.Arr(
        report.spaces().stream()
            .sorted((one, other) -> order(one) - order(other))
            .limit(MOST_ITEMS)
            .map(AuditsController::toJson)
            .toList());
  }

  private static int order(Audits.OfSpace space) {
    return switch (space.status()) {
      case MISMATCH -> 0;
      case UNKNOWN -> 1;
      case RUNNING, NONE -> 2;
      case VERIFIED -> 3;
    };
  }

  private static Json toJson(Audits.OfSpace space) {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("done", Json.of(space.done()));
    members.put("member", Json.of(space.member()));
    members.put("space", Json.of(space.space()));
    members.put("status", Json.of(space.status().text()));
    members.put("total", Json.of(space.total()));
    members.put("what", nullable(space.what()));
    members.put("where", nullable(space.where()));
    return new Json.Obj(members);
  }

  private static Json nullable(@Nullable String text) {
    return text == null ? Json.NULL : Json.of(text);
  }
}
