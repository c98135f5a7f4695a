package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Accepted;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Preconditions;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.log.Blame;
import io.mnemogrid.log.HistoryPage;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A document's past: what changed where, by whom, between which versions, and the way back. */
@Controller("/v1/spaces/{space}")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class HistoryController {
  private static final String JSON_PATCH = "application/json-patch+json";

  private final Spaces spaces;
  private final Commits commits;
  private final Answering answering;
  private final Labour labour;

  HistoryController(Spaces spaces, Commits commits, Answering answering, Labour labour) {
    this.spaces = spaces;
    this.commits = commits;
    this.answering = answering;
    this.labour = labour;
  }

  /** The updates that changed something at, above or below a path, oldest first. */
  @Get("/history")
  @Needs(Right.READ)
  HttpResponse<byte[]> history(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String path,
      @QueryValue @Nullable String cursor,
      @QueryValue @Nullable String limit) {
    Space found = spaces.find(space);
    Pointer place = place(path);
    long after = Params.number("cursor", cursor, 0);
    int most = Params.limit(limit);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> page(found.history(place, after, most))));
    }
  }

  private static byte[] page(HistoryPage page) {
    return Answers.list(
        page.updates().stream().map(Update::text).toList(),
        page.next() == 0 ? "null" : Long.toString(page.next()));
  }

  /** The newest update among those that set what stands at or below a path. */
  @Get("/blame")
  @Needs(Right.READ)
  HttpResponse<byte[]> blame(
      HttpRequest<?> request, String space, @QueryValue @Nullable String path) {
    Space found = spaces.find(space);
    Pointer place = place(path);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> blame(found, place)));
    }
  }

  private static byte[] blame(Space found, Pointer place) {
    Blame blame =
        found
            .blame(place)
            .orElseThrow(() ->
                new ProblemException(
                    Problem.notFound(
                            "nothing-there",
                            "nothing stands at " + place + " in " + found.name(),
                            "GET /v1/spaces/"
                                + found.name()
                                + "/history?path="
                                + place
                                + " shows what stood there")
                        .at("?path", "nothing stands there")));
    return new ObjectText()
        .member("leaf", Json.of(blame.leaf().toString()))
        .member("update", blame.update().text())
        .toBytes();
  }

  /** The JSON Patch that makes one version the other; {@code to} is the head when left out. */
  @Get("/diff")
  @Produces({JSON_PATCH, MediaType.APPLICATION_JSON})
  @Needs(Right.READ)
  HttpResponse<byte[]> diff(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String from,
      @QueryValue @Nullable String to,
      @QueryValue @Nullable String reserved) {
    Space found = spaces.find(space);
    if (from == null) {
      throw new ProblemException(Problem.badParameter("from", "is required"));
    }
    boolean whole = Params.yes("reserved", reserved);
    long first = Params.number("from", from, 0);
    long last = Params.number("to", to, found.head().version());
    long newest = Math.max(first, last);
    if (newest > found.head().version() && found.at(newest).isEmpty()) { // waits, without a turn
      throw new ProblemException(Problem.unknownVersion(found.name(), newest));
    }
    try (Answering.Making making = answering.replay(request)) {
      return Answers.ok(making.make(() -> diff(found, first, last, whole)))
          .contentType(
              Accepted.isChosen(request, MediaType.APPLICATION_JSON)
                  ? MediaType.APPLICATION_JSON
                  : JSON_PATCH);
    }
  }

  /**
   * The patch of the documents as {@code state} shows them, or of the whole ones with what is
   * reserved.
   */
  private static byte[] diff(Space found, long first, long last, boolean whole) {
    Patch patch =
        found
            .diff(first, last)
            .orElseThrow(() ->
                new ProblemException(Problem.unknownVersion(found.name(), Math.max(first, last))));
    Json json =
        new Patch(
                patch.operations().stream()
                    .filter(operation -> whole || !Reserved.covers(operation.path()))
                    .toList())
            .toJson();
    if (json.sizeBytes() > Answers.MAX_ANSWER_BYTES) {
      throw new ProblemException(
          Answers.tooLarge(
              "the difference of versions " + first + " and " + last,
              "ask for versions that are closer to each other, or read the records:"
                  + " GET /v1/spaces/"
                  + found.name()
                  + "/updates?since="
                  + Math.min(first, last)));
    }
    return json.canonicalBytes();
  }

  /** Makes the document that of an earlier version, as a new version. */
  @Post("/rollback")
  @Needs(Right.WRITE)
  CompletableFuture<HttpResponse<byte[]>> rollback(HttpRequest<byte[]> request, String space) {
    Condition condition = Preconditions.of(request);
    Space found = spaces.toWrite(space);
    Delta delta =
        labour.read(
            request, () -> Params.body(() -> Delta.parseRollback(object(Gzip.body(request)))));
    Notes.of(request).deltas(List.of(delta));
    Access.refuseOther(request, delta.author());
    UpdatesController.checkIdempotencyKey(request, delta);
    Spent.of(request).work(Spent.REPLAY);
    long began = System.nanoTime();
    return commits.commit(request, found, delta, condition, began);
  }

  private static Json.Obj object(byte[] body) {
    if (Json.parse(body) instanceof Json.Obj object) {
      return object;
    }
    throw new JsonException("", "a rollback is an object");
  }

  private static Pointer place(@Nullable String path) {
    return Params.read("path", path == null ? "" : path, Pointer::parsePath);
  }
}
