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
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.limits.Streams;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What happens in many spaces, in one stream without an end. */
@Controller("/v1/events")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class ManyEventsController {
  private final Mnemogrid grid;
  private final Streams streams;
  private final EventStreams events;

  ManyEventsController(Mnemogrid grid, Streams streams, EventStreams events) {
    this.grid = grid;
    this.streams = streams;
    this.events = events;
  }

  /** The spaces that a stream begins with. */
  private record Begin(
      Places places, List<Lane> lanes, List<BrokenHistory> damaged, List<SpaceName> missing) {
    void close() {
      lanes.forEach(lane -> lane.follower.close());
    }
  }

  /**
   * Follows all spaces that the key is granted and the pattern fits, also those that will be made.
   *
   * @param spaces a pattern of names; all when it is left out
   * @param since the id of an event of such a stream, or 0 for all that there is; the heads when it
   *     is left out. The header Last-Event-ID goes before it
   * @param ticket read by {@link Access}
   */
  @Get
  @Produces(MediaType.TEXT_EVENT_STREAM)
  @Needs(Right.READ)
  HttpResponse<?> events(
      HttpRequest<?> request,
      @QueryValue @Nullable String spaces,
      @QueryValue @Nullable String since,
      @QueryValue @Nullable String path,
      @QueryValue @Nullable String author,
      @QueryValue @Nullable String values,
      @QueryValue @Nullable String ticket) {
    Glob glob = spaces == null ? Glob.ALL : Params.read("spaces", spaces, Glob::new);
    Wide wide = new Wide(glob, Access.of(request));
    EventFilter filter = EventFilter.of(path, author, values);
    String place = Asked.place(request, since);
    Places from =
        place == null || place.equals("0")
            ? new Places()
            : Params.read("since", place, Places::parse);
    List<LogHead> heads = events.page(() -> wanted(Spent.of(request), wide));
    if (heads.size() > Places.MOST) {
      throw tooWide("more than %,d spaces match".formatted(Places.MOST));
    }
    Streams.Place counted = streams.open(Asked.caller(request), EventStream.streams(heads.size()));
    Begin begin = null;
    try {
      begin = begin(wide, heads, place == null ? null : from);
      if (begin.places.characters() > Places.MOST_CHARACTERS) {
        throw tooWide(
            "the places in %,d spaces take %,d characters"
                .formatted(heads.size(), begin.places.characters()));
      }
      if (!(request instanceof NettyHttpRequest<?> netty)
          || request.getMethod() == HttpMethod.HEAD) {
        begin.close();
        counted.close();
        return Asked.headers(HttpResponse.ok());
      }
      EventStream stream =
          EventStream.ofMany(
              events,
              netty,
              wide,
              begin.places,
              begin.lanes,
              begin.damaged,
              begin.missing,
              filter,
              counted);
      return Asked.headers(HttpResponse.ok(stream.body()));
    } catch (RuntimeException | Error e) {
      if (begin != null) {
        begin.close();
      }
      counted.close();
      throw e;
    }
  }

  /** The spaces with the pattern's prefix are looked through, a page at a time, and no others. */
  private List<LogHead> wanted(Spent spent, Wide wide) {
    String prefix = wide.glob().prefix();
    List<LogHead> wanted = new ArrayList<>();
    String at = before(prefix);
    while (true) {
      List<LogHead> page = grid.spacesAfter(at, LogReader.PAGE);
      spent.work(Spent.PAGE);
      for (LogHead head : page) {
        if (!head.space().text().startsWith(prefix)) {
          return wanted;
        }
        if (wide.wants(head.space())) {
          wanted.add(head);
        }
      }
      if (page.isEmpty() || wanted.size() > Places.MOST) {
        return wanted;
      }
      at = page.getLast().space().text();
    }
  }

  /** A text after which the names with this prefix come first, for no character of them is ~. */
  private static String before(String prefix) {
    int last = prefix.length() - 1;
    return last < 0 ? "" : prefix.substring(0, last) + (char) (prefix.charAt(last) - 1) + "~";
  }

  /**
   * Where each space begins.
   *
   * @param from null for the heads
   */
  private Begin begin(Wide wide, List<LogHead> heads, @Nullable Places from) {
    Begin begin = new Begin(new Places(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    try {
      TreeSet<SpaceName> missing = new TreeSet<>();
      if (from != null) {
        from.spaces().stream().filter(wide::wants).forEach(missing::add);
      }
      for (LogHead head : heads) {
        missing.remove(head.space());
        begin(begin, head, from);
      }
      for (SpaceName name : missing) {
        begin.places.set(name, from == null ? Frames.BEFORE_ALL : from.at(name));
        begin.missing.add(name);
      }
      return begin;
    } catch (RuntimeException | Error e) {
      begin.close();
      throw e;
    }
  }

  private void begin(Begin begin, LogHead head, @Nullable Places from) {
    SpaceName name = head.space();
    HeadTag at = from == null ? HeadTag.of(head.version(), head.leafHash()) : from.at(name);
    try {
      Space space = grid.space(name).orElse(null);
      if (space != null && from == null) { // this member may not show the newest version yet
        LogHead here = space.head().head();
        at = HeadTag.of(here.version(), here.leafHash());
      }
      if (space != null) {
        begin.lanes.add(Lane.from(space, at));
      }
    } catch (BrokenHistory e) {
      begin.damaged.add(e); // one damaged space does not hold up the others
    }
    begin.places.set(name, at);
  }

  private static ProblemException tooWide(String what) {
    return new ProblemException(
        Problem.of(
                HttpStatus.BAD_REQUEST,
                "stream-too-wide",
                what
                    + "; one stream follows "
                    + Places.MOST
                    + " spaces at most, and its ids have "
                    + Places.MOST_CHARACTERS
                    + " characters at most",
                "follow fewer by a narrower pattern, ?spaces=team-a.*, and the others by streams"
                    + " of their own")
            .with("limit", Json.of(Places.MOST)));
  }
}
