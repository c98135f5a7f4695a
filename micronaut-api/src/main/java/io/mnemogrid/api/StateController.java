package io.mnemogrid.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Space;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Timestamps;
import org.jspecify.annotations.Nullable;

/** Reads of a document, now or as it was. */
@Controller("/v1/spaces/{space}/state")
@ExecuteOn(TaskExecutors.BLOCKING)
final class StateController {
  // A store that was restored may hold another version 7 than the one that was read from it.
  private static final String A_VERSION = "private, max-age=60";
  private static final String THE_NEWEST = "no-cache";

  private final Spaces spaces;
  private final ReadCache cache;

  StateController(Spaces spaces, ReadCache cache) {
    this.spaces = spaces;
    this.cache = cache;
  }

  /** The document, or what stands at a path of it. */
  @Get
  HttpResponse<byte[]> read(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String path,
      @QueryValue @Nullable String at,
      @QueryValue @Nullable String view) {
    Space found = spaces.find(space);
    Pointer place = Params.read("path", path == null ? "" : path, Pointer::parsePath);
    Snapshot snapshot = snapshot(found, at, view);
    byte[] bytes = cache.read(snapshot, place);
    if (bytes == null) {
      throw new ProblemException(
          Problem.notFound(
                  "nothing-there",
                  "nothing stands at "
                      + place
                      + " in version "
                      + snapshot.version()
                      + " of "
                      + found.name(),
                  "GET /v1/spaces/" + found.name() + "/state shows the whole document")
              .at("?path", "nothing stands there"));
    }
    return Conditions.tagged(
        request,
        Conditions.etag(snapshot.head()),
        at != null && Params.isVersion(at) ? A_VERSION : THE_NEWEST,
        Answers.json(HttpResponse.ok(), bytes));
  }

  private static Snapshot snapshot(Space space, @Nullable String at, @Nullable String view) {
    String wanted = view == null ? "latest" : view;
    if (!wanted.equals("latest") && !wanted.equals("finalized")) {
      throw new ProblemException(Problem.badParameter("view", "is latest or finalized"));
    }
    if (view != null && at != null) {
      throw new ProblemException(Problem.badParameter("view", "and at exclude each other"));
    }
    if (wanted.equals("finalized")) {
      return version(space, space.finalizedVersion());
    }
    if (at == null) {
      return space.head();
    }
    return Params.isVersion(at)
        ? version(space, Long.parseLong(at))
        : space.at(Params.read("at", at, Timestamps::parse));
  }

  private static Snapshot version(Space space, long version) {
    return space
        .at(version)
        .orElseThrow(
            () -> new ProblemException(SpacesController.unknownVersion(space.name(), version)));
  }
}
