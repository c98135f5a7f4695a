package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.http.Takes;
import io.mnemogrid.api.http.Takes.Query;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.OffLoop;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a document, now or as it was. What stands at a path of the newest version is answered by
 * the event loop, where it is small and the replica is loaded. All else goes on a virtual thread.
 */
@Controller("/v1/spaces/{space}/state")
public final class StateController {
  // A store that was restored may hold another version 7 than the one that was read from it.
  private static final String A_VERSION = "private, max-age=60";
  private static final String THE_NEWEST = "no-cache";
  private static final String LATEST = "latest";

  private final Spaces spaces;
  private final ReadCache cache;
  private final Answering answering;
  private final OffLoop offLoop;

  StateController(Spaces spaces, ReadCache cache, Answering answering, OffLoop offLoop) {
    this.spaces = spaces;
    this.cache = cache;
    this.answering = answering;
    this.offLoop = offLoop;
  }

  /** The document, without what is reserved or with it, or what stands at a path of it. */
  @Get
  @Needs(Right.READ)
  @Takes({"path", "at", "view", "reserved"})
  CompletableFuture<HttpResponse<byte[]>> read(HttpRequest<?> request, String space) {
    String path = Query.parameter(request, "path");
    String at = Query.parameter(request, "at");
    String view = Query.parameter(request, "view");
    String reserved = Query.parameter(request, "reserved");
    if (at == null && (view == null || view.equals(LATEST))) {
      HttpResponse<byte[]> quick = readHead(request, space, path, reserved);
      if (quick != null) {
        return CompletableFuture.completedFuture(quick);
      }
    }
    return offLoop.run(() -> readAny(request, space, path, at, view, reserved));
  }

  /** The answer from the newest version here, null where making it might take long or block. */
  private @Nullable HttpResponse<byte[]> readHead(
      HttpRequest<?> request, String space, @Nullable String path, @Nullable String reserved) {
    Space found = spaces.loaded(space);
    Snapshot head = found == null ? null : found.loadedHead().orElse(null);
    if (found == null || head == null) {
      return null;
    }
    Pointer place = Params.read("path", path == null ? "" : path, Pointer::parsePath);
    boolean whole = Params.yes("reserved", reserved);
    byte[] bytes = cache.known(head, place, whole);
    if (bytes == null) {
      if (!ReadCache.isAtMost(OffLoop.QUICK_BYTES, head, place)) {
        return null;
      }
      bytes = cache.read(head, place, whole);
    } else if (bytes.length > Answering.SMALL_BYTES) {
      return null;
    }
    return answer(request, found, place, null, head, bytes);
  }

  private HttpResponse<byte[]> readAny(
      HttpRequest<?> request,
      String space,
      @Nullable String path,
      @Nullable String at,
      @Nullable String view,
      @Nullable String reserved) {
    Space found = spaces.find(space);
    Pointer place = Params.read("path", path == null ? "" : path, Pointer::parsePath);
    boolean whole = Params.yes("reserved", reserved);
    Wanted wanted = wanted(found, at, view);
    Snapshot head = found.head();
    if (wanted.version > head.version()) {
      head = wanted.snapshot(found); // waits for it, and nobody else waits meanwhile
    }
    if (wanted.version == head.version()) {
      return answer(request, found, place, at, head, cache.read(request, head, place, whole));
    }
    try (Answering.Making making = answering.replay(request)) {
      Snapshot snapshot = making.run(() -> wanted.snapshot(found));
      byte[] bytes = making.run(() -> cache.read(snapshot, place, whole));
      return answer(request, found, place, at, snapshot, bytes == null ? null : making.made(bytes));
    }
  }

  private static HttpResponse<byte[]> answer(
      HttpRequest<?> request,
      Space space,
      Pointer place,
      @Nullable String at,
      Snapshot snapshot,
      byte @Nullable [] bytes) {
    if (bytes == null) {
      throw new ProblemException(
          Problem.notFound(
                  "nothing-there",
                  "nothing stands at "
                      + place
                      + " in version "
                      + snapshot.version()
                      + " of "
                      + space.name(),
                  "GET /v1/spaces/" + space.name() + "/state shows the whole document")
              .at("?path", "nothing stands there"));
    }
    return Conditions.tagged(
        request,
        Conditions.etag(snapshot.head()),
        at != null && Params.isVersion(at) ? A_VERSION : THE_NEWEST,
        Answers.json(HttpResponse.ok(), bytes));
  }

  /** A version, or where {@code time} is not null the last one that was committed by then. */
  private record Wanted(long version, @Nullable Instant time) {
    Snapshot snapshot(Space space) {
      return time != null
          ? space.at(time)
          : space
              .at(version)
              .orElseThrow(
                  () -> new ProblemException(Problem.unknownVersion(space.name(), version)));
    }
  }

  private static Wanted wanted(Space space, @Nullable String at, @Nullable String view) {
    String wanted = view == null ? LATEST : view;
    if (!wanted.equals(LATEST) && !wanted.equals("finalized")) {
      throw new ProblemException(Problem.badParameter("view", "is latest or finalized"));
    }
    if (view != null && at != null) {
      throw new ProblemException(Problem.badParameter("view", "and at exclude each other"));
    }
    if (wanted.equals("finalized")) {
      return new Wanted(space.finalizedVersion(), null);
    }
    if (at == null) {
      return new Wanted(space.head().version(), null);
    }
    return Params.isVersion(at)
        ? new Wanted(Long.parseLong(at), null)
        : new Wanted(-1, Params.read("at", at, Timestamps::parse));
  }
}
