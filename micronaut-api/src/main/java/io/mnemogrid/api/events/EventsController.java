package io.mnemogrid.api.events;

import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Follower;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Streams;
import io.mnemogrid.api.spaces.Spaces;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import org.jspecify.annotations.Nullable;

/** What happens in a space, from a version on and without an end. */
@Controller("/v1/spaces/{space}/events")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class EventsController {
  private final Spaces spaces;
  private final Streams streams;
  private final EventStreams events;

  EventsController(Spaces spaces, Streams streams, EventStreams events) {
    this.spaces = spaces;
    this.streams = streams;
    this.events = events;
  }

  /**
   * Follows a space. What cannot begin is a problem; afterwards the stream itself says why it ends.
   *
   * @param since a version, or an id of an event or ETag; the head when it is left out. The header
   *     Last-Event-ID goes before it, because a browser that comes again sends both
   * @param ticket read by {@link Access}
   */
  @Get
  @Produces(MediaType.TEXT_EVENT_STREAM)
  @Needs(Right.READ)
  HttpResponse<?> events(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String since,
      @QueryValue @Nullable String path,
      @QueryValue @Nullable String author,
      @QueryValue @Nullable String values,
      @QueryValue @Nullable String ticket) {
    Space found = spaces.find(space);
    EventFilter filter = EventFilter.of(path, author, values);
    Streams.Place counted = streams.open(Asked.caller(request));
    Follower follower = null;
    try {
      follower = follow(found, Asked.place(request, since));
      Follower begun = follower;
      HeadTag asked = begun.at();
      Followed first = events.page(() -> begun.read(Lane.FIRST_PAGE, EventStream.MOST_BYTES));
      if (first instanceof Followed.OtherHistory other) {
        throw new ProblemException(refusal(found, asked, other.here()));
      }
      if (!(request instanceof NettyHttpRequest<?> netty)
          || request.getMethod() == HttpMethod.HEAD) {
        begun.close();
        counted.close();
        return Asked.headers(HttpResponse.ok());
      }
      // if only the number was known, its record is by now
      HeadTag began =
          first instanceof Followed.Updates next
              ? HeadTag.of(asked.version(), next.updates().getFirst().previous())
              : begun.at();
      Lane lane = new Lane(found, began, begun);
      EventStream stream = EventStream.ofOne(events, netty, lane, first, filter, counted);
      return Asked.headers(HttpResponse.ok(stream.body()));
    } catch (RuntimeException | Error e) {
      if (follower != null) {
        follower.close();
      }
      counted.close();
      throw e;
    }
  }

  private static Follower follow(Space space, @Nullable String place) {
    if (place == null) {
      LogHead head = space.head().head();
      return space.follow(HeadTag.of(head.version(), head.leafHash()));
    }
    if (Params.isVersion(place)) {
      return space.follow(Long.parseLong(place));
    }
    String bare =
        place.length() > 1 && place.startsWith("\"") && place.endsWith("\"")
            ? place.substring(1, place.length() - 1)
            : place;
    return space.follow(
        HeadTag.find(bare)
            .orElseThrow(() ->
                new ProblemException(
                    Problem.badParameter(
                        "since",
                        "is a version, or <version>.<16 hex digits> as in an ETag or the id of an"
                            + " event"))));
  }

  /** Why nothing follows that version. */
  private static Problem refusal(Space space, HeadTag began, LogHead here) {
    String state = "GET /v1/spaces/" + space.name() + "/state";
    boolean isAhead = began.version() > here.version();
    return Problem.of(
            HttpStatus.CONFLICT,
            isAhead ? "version-ahead" : "other-history",
            isAhead
                ? "the log of " + space.name() + " ends at version " + here.version()
                : "version " + began.version() + " is another one here than the one that you saw",
            state + ", and follow from the ETag that it answers")
        .with("current", Conditions.current(here.version(), here.root(), here.leafHash()))
        .with("head", Json.of(here.version()));
  }
}
