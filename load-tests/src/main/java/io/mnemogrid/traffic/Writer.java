package io.mnemogrid.traffic;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Checker;
import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Closing;
import io.mnemogrid.check.Evidence;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.MemberApi.Reply;
import io.mnemogrid.client.Request;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A bot that commits over HTTP whatever a bot may: values of its own, values that others change
 * too, subtrees whole, deletes, strict increments, lists, ids that it has sent before. It writes
 * down each answer, and what got none. Its choices follow from its seed.
 */
public final class Writer implements Runnable {
  private static final int SHARED = 10;
  private static final int OWN = 40;
  private static final int TREES = 5;
  private static final int COUNTERS = 2;
  private static final int TRIES = 8;
  private static final int MOST_KNOWN = 200;
  private static final int READ_EVERY = 8;
  private static final int THINK_MILLIS = 4;

  /** How long an outcome is asked for, member after member. */
  private static final Duration SETTLING = Duration.ofSeconds(120);

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

  /** A request that the writer sent and knows to be in the log. */
  private record Known(Request request, List<Claim.Place> places) {}

  private final String name;
  private final Random random;
  private final List<MemberApi> members;
  private final List<SpaceName> spaces;
  private final Journal journal;
  private final BooleanSupplier over;
  private final Map<SpaceName, Long> seen = new HashMap<>();
  private final Map<String, Long> own = new HashMap<>();
  private final List<Known> known = new ArrayList<>();
  private MemberApi api;
  private long sent;

  /**
   * A writer.
   *
   * @param name no other one has, in no round: its ids begin with it
   * @param members whom it asks: the first one until it gives no answer, then the next. With one
   *     alone it stops then; with several it sends what got none again, and reads what it wrote
   * @param over when it is to stop
   */
  public Writer(
      String name,
      long seed,
      List<MemberApi> members,
      List<SpaceName> spaces,
      Journal journal,
      BooleanSupplier over) {
    this.name = name;
    this.random = new Random(seed);
    this.members = members;
    this.api = members.getFirst();
    this.spaces = spaces;
    this.journal = journal;
    this.over = over;
  }

  @Override
  public void run() {
    try {
      while (!over.getAsBoolean()) {
        SpaceName space = Wander.next(spaces, random);
        boolean answered = act(space);
        if (members.size() == 1) {
          if (!answered) {
            return;
          }
          continue;
        }
        if (!answered) {
          next();
        } else if (random.nextInt(READ_EVERY) == 0) {
          readOwn(space);
        }
        MemberProcess.pause(random.nextInt(2 * THINK_MILLIS));
      }
    } catch (RuntimeException e) {
      journal.surprise(name + " failed: " + e);
    }
  }

  /** Goes to another member. */
  private void next() {
    api = members.get((members.indexOf(api) + 1) % members.size());
    MemberProcess.pause(BETWEEN_TRIES.toMillis());
  }

  /** Reads where it has written. */
  private void readOwn(SpaceName space) {
    long wanted = own.getOrDefault(api.name() + " " + space, 0L);
    Reader.read(api, space, name, wanted, MemberApi.PATIENCE, journal);
  }

  /** One thing; false when there was no answer. */
  private boolean act(SpaceName space) {
    int dice = random.nextInt(100);
    if (dice < 30) {
      return commit(Request.of(space, delta(space, this::setOwn)));
    } else if (dice < 45) {
      return commit(
          Request.of(space, delta(space, delta -> delta.set(shared(), value()).base(late(space)))));
    } else if (dice < 55) {
      return commit(
          Request.of(space, delta(space, delta -> delta.delete(dice < 50 ? own() : shared()))));
    } else if (dice < 67) {
      return commit(Request.of(space, delta(space, this::changeTree)));
    } else if (dice < 81) {
      return count(space);
    } else if (dice < 89) {
      return list(space);
    } else if (dice < 96) {
      return repeat();
    } else if (dice < 98) {
      return reuse();
    }
    return cut(space);
  }

  private Delta delta(SpaceName space, UnaryOperator<DeltaBuilder> changes) {
    return delta(space, name + "-" + sent++, changes);
  }

  private Delta delta(SpaceName space, String id, UnaryOperator<DeltaBuilder> changes) {
    Instant when = Instant.now().minusMillis(random.nextInt(200));
    DeltaBuilder delta =
        new DeltaBuilder(new Author(name.substring(0, name.indexOf('-'))), seen(space), when)
            .id(id)
            .type("drill");
    return changes.apply(delta).build();
  }

  private long seen(SpaceName space) {
    return seen.getOrDefault(space, 0L);
  }

  /** A base that lies back, so that others have written unseen. */
  private long late(SpaceName space) {
    return Math.max(0, seen(space) - random.nextInt(30));
  }

  private String own() {
    return "/own/" + name.substring(0, name.indexOf('-')) + "/k" + random.nextInt(OWN);
  }

  private String shared() {
    return "/shared/k" + random.nextInt(SHARED);
  }

  private Json value() {
    return switch (random.nextInt(5)) {
      case 0 -> Json.of("ü \" \\ " + random.nextLong());
      case 1 -> Json.of(random.nextInt());
      case 2 -> Json.parse("[1,{\"x\":" + random.nextInt(100) + "},null]");
      case 3 -> Json.EMPTY_OBJECT;
      default -> new Json.Num(random.nextInt(1000) / 8.0);
    };
  }

  private DeltaBuilder setOwn(DeltaBuilder delta) {
    int from = random.nextInt(OWN);
    String folder = "/own/" + name.substring(0, name.indexOf('-'));
    for (int i = 0; i <= random.nextInt(3); i++) {
      delta.set(folder + "/k" + (from + i) % OWN, value());
    }
    return delta;
  }

  /** The whole of a subtree, a place inside it, or its end. */
  private DeltaBuilder changeTree(DeltaBuilder delta) {
    String tree = "/trees/t" + random.nextInt(TREES);
    return switch (random.nextInt(4)) {
      case 0 -> delta.set(tree + "/a/" + name.substring(0, 1), Json.of(random.nextInt(100)));
      case 1 -> delta.delete(random.nextBoolean() ? tree : tree + "/a");
      default ->
          delta.set(
              tree,
              Json.object(
                  Map.of(
                      "a", Json.object(Map.of("x", Json.of(random.nextInt(100)))),
                      "b", Json.of(name),
                      "c", Json.EMPTY_OBJECT)));
    };
  }

  /** Counts up strictly, again and again until nobody was in between. */
  private boolean count(SpaceName space) {
    String path = "/counters/c" + random.nextInt(COUNTERS);
    Reply state = api.tryGet("/v1/spaces/" + space + "/state?path=" + path);
    if (state == null) {
      return false;
    }
    long base = state.status() == 200 ? state.version() : 0;
    Json value = state.status() == 200 ? Json.parseCanonical(state.body()) : Json.of(0);
    String id = name + "-" + sent++;
    for (int i = 0; i < TRIES; i++) {
      long at = base;
      Json next = new Json.Num(((Json.Num) value).value() + 1);
      Request request =
          Request.of(
              space,
              delta(
                  space,
                  id,
                  delta ->
                      delta.base(at).type(Checker.COUNT).strict().reads(path).set(path, next)));
      Reply reply = api.commit(space, request.body(), MemberApi.PATIENCE);
      if (members.size() > 1 && isOpen(reply)) {
        settle(request);
        return true;
      }
      if (!note(request, reply) || reply == null) {
        return false;
      }
      if (!reply.code().equals("strict-conflict")) {
        return true;
      }
      Answered refused = Answered.parse(reply.body());
      base = refused.whole("head");
      Json standing = refused.objects("conflicts").getFirst().object().get("value");
      value = standing == null ? Json.of(0) : standing;
      if (random.nextBoolean()) {
        id = name + "-" + sent++; // else the same: a refused id is free
      }
    }
    return true;
  }

  /** Several as one; now and then one that is refused, and so are all. */
  private boolean list(SpaceName space) {
    List<Delta> deltas = new ArrayList<>();
    for (int i = 0; i < 2 + random.nextInt(4); i++) {
      deltas.add(delta(space, delta -> delta.set(own(), value()).set(shared(), value())));
    }
    if (random.nextInt(4) == 0) {
      deltas.add(
          1,
          delta(
              space,
              delta ->
                  random.nextBoolean()
                      ? delta.base(1L << 40).set(own(), value())
                      : delta.base(0).strict().reads("/counters").set(own(), value())));
    }
    return commit(Request.of(space, deltas));
  }

  /** Sends again what stands: the answer is the same. */
  private boolean repeat() {
    if (known.isEmpty()) {
      return true;
    }
    Known one = known.get(random.nextInt(known.size()));
    Reply reply = api.commit(one.request().space(), one.request().body(), MemberApi.PATIENCE);
    if (reply == null || isLater(reply)) {
      return reply != null; // it is known that it is in the log
    }
    if (!(reply.status() == 200 && places(one.request(), reply).equals(one.places()))) {
      journal.surprise("sent again, %s was answered %s".formatted(one, reply));
    }
    return note(one.request(), reply);
  }

  /** Sends an id that stands with another content: refused. */
  private boolean reuse() {
    if (known.isEmpty()) {
      return true;
    }
    Request standing = known.get(random.nextInt(known.size())).request();
    String id = standing.parts().getFirst().id().text();
    Request other =
        Request.of(
            standing.space(), delta(standing.space(), id, delta -> delta.set(own(), value())));
    Reply reply = api.commit(other.space(), other.body(), MemberApi.PATIENCE);
    if (reply == null || isLater(reply)) {
      return reply != null; // it cannot be applied: its id is in the log
    }
    if (!reply.code().equals("update-id-reused")) {
      journal.surprise("with another content, %s was answered %s".formatted(other, reply));
    }
    return note(other, reply);
  }

  /** Whether the answer says that the store could not be asked. */
  private static boolean isLater(Reply reply) {
    return reply.status() == 202 || reply.status() == 503;
  }

  /**
   * Does not wait for the answer, and sends the same again at once. That the second sending was not
   * applied says nothing about the first.
   */
  private boolean cut(SpaceName space) {
    Request request = Request.of(space, delta(space, delta -> delta.set(shared(), value())));
    Reply first = api.commit(space, request.body(), Duration.ofMillis(1 + random.nextInt(6)));
    if (first != null && !isLater(first)) {
      return note(request, first);
    }
    Reply second = api.commit(space, request.body(), MemberApi.PATIENCE);
    if (second != null && !isLater(second)) {
      return note(request, second);
    }
    if (members.size() > 1) {
      settle(request);
      return true;
    }
    journal.note(new Claim.Open(request));
    return second != null;
  }

  private boolean commit(Request request) {
    Reply reply = api.commit(request.space(), request.body(), MemberApi.PATIENCE);
    if (members.size() > 1 && isOpen(reply)) {
      settle(request);
      return true;
    }
    return note(request, reply);
  }

  private static boolean isOpen(@Nullable Reply reply) {
    return reply == null || reply.status() == 202;
  }

  /**
   * Sends the same again, here and there, until the outcome is certain. That this time it was not
   * applied says nothing about the first time.
   */
  private void settle(Request request) {
    long began = System.nanoTime();
    while (System.nanoTime() - began < SETTLING.toNanos()) {
      next();
      Reply reply = api.commit(request.space(), request.body(), MemberApi.PATIENCE);
      if (reply != null && (reply.status() == 200 || reply.status() == 201 || isFinal(reply))) {
        note(request, reply);
        return;
      }
    }
    journal.note(new Claim.Open(request));
  }

  private static boolean isFinal(Reply reply) {
    return reply.status() >= 400 && reply.status() < 500;
  }

  /** Writes an answer down; false when there is none. */
  private boolean note(Request request, @Nullable Reply reply) {
    Claim claim = claim(request, reply, journal);
    journal.note(claim);
    if (claim instanceof Claim.Stands stands) {
      long version = stands.places().getLast().version();
      seen.merge(request.space(), version, Math::max);
      own.merge(api.name() + " " + request.space(), version, Math::max);
      if (known.size() == MOST_KNOWN) {
        known.remove(random.nextInt(MOST_KNOWN));
      }
      known.add(new Known(request, stands.places()));
      if (members.size() > 1) {
        journal.ack(request.space(), new Evidence.Ack(version, System.nanoTime()));
      }
    }
    return reply != null;
  }

  /** Commits what must be there before others begin. */
  public static void commitFirst(MemberApi api, Request request, Journal journal) {
    Reply reply = api.commit(request.space(), request.body(), MemberApi.PATIENCE);
    Claim claim = claim(request, reply, journal);
    if (!(claim instanceof Claim.Stands)) {
      throw new IllegalStateException(request + " was answered " + reply);
    }
    journal.note(claim);
  }

  /** What must be true of the log because of this answer. */
  public static Claim claim(Request request, @Nullable Reply reply, Journal journal) {
    if (reply == null || reply.status() == 202) {
      return new Claim.Open(request);
    }
    if (reply.status() == 201 || reply.status() == 200) {
      return new Claim.Stands(request, places(request, reply));
    }
    if (reply.status() != 409
        && (!reply.code().equals("not-applied") || Closing.isNamed(reply.body()))) {
      journal.surprise(request + " was answered " + reply.status() + ": " + reply.body());
    }
    return new Claim.Refused(request, reply.code());
  }

  private static List<Claim.Place> places(Request request, Reply reply) {
    List<Answered> told =
        switch (Json.parseCanonical(reply.body())) {
          case Json.Arr array -> Answered.objects(array);
          case Json.Obj object -> List.of(new Answered(object));
          default -> List.of();
        };
    List<Claim.Place> places = new ArrayList<>();
    for (int i = 0; i < told.size(); i++) {
      Answered one = told.get(i);
      Request.Part part = i < request.parts().size() ? request.parts().get(i) : null;
      if (part == null || !one.text("update_id").equals(part.id().text())) {
        throw new IllegalStateException("the answer to " + request + " is of " + one);
      }
      boolean last = i == told.size() - 1;
      places.add(
          new Claim.Place(one.whole("version"), one.hash("root"), last ? reply.leafPrefix() : ""));
    }
    if (places.size() != request.parts().size()) {
      throw new IllegalStateException("the answer to " + request + " has " + places.size());
    }
    return places;
  }
}
