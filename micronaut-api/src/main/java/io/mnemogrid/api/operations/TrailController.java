package io.mnemogrid.api.operations;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Trail;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The audit trail, for operators. */
@Controller("/v1/audit-trail")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class TrailController {
  private final Trail trail;
  private final Answering answering;

  TrailController(Mnemogrid grid, Answering answering) {
    this.trail = grid.trail().orElseThrow();
    this.answering = answering;
  }

  /** Entries after a number, or from a time on, oldest first. */
  @Get
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> list(
      HttpRequest<?> request,
      @QueryValue @Nullable String since,
      @QueryValue @Nullable String limit) {
    int most = Params.limit(limit);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> page(after(since), most)));
    }
  }

  private long after(@Nullable String since) {
    return since == null || Params.isVersion(since)
        ? Params.number("since", since, 0)
        : trail.before(Params.read("since", since, Timestamps::parse));
  }

  private byte[] page(long after, int most) {
    try {
      Trail.Page page = trail.read(after, most);
      List<String> items =
          page.entries().stream()
              .map(at -> at.entry().members().with("number", Json.of(at.number())).canonical())
              .toList();
      return Answers.list(items, page.next() == 0 ? "null" : Long.toString(page.next()));
    } catch (Trail.Altered e) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.INTERNAL_SERVER_ERROR,
              "trail-altered",
              String.valueOf(e.getMessage()),
              "./mnemogrid fsck tells which entry it is; the entries behind it are read by a"
                  + " greater since"));
    }
  }
}
