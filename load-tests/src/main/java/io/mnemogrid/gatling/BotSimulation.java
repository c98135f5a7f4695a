package io.mnemogrid.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.forAll;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.OpenInjectionStep;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import io.mnemogrid.client.MemberApi.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * What all simulations share: a fleet of {@link FleetBot}s, and beside it two callers that ask one
 * member whether it is alive, whose times are what the machine allows in the same run.
 *
 * <p>A request that fails is a failure in Gatling's report, also when the bot asks again and gets
 * its answer; what was asked again has a name of its own there.
 */
abstract class BotSimulation extends Simulation {
  /** Requests that may fail, of a hundred; the second one while a member is killed. */
  private static final double MOST_FAILED = 1;

  private static final double MOST_FAILED_AT_A_KILL = 10;

  /** Within this time 99 of a hundred requests of every kind are answered, on any machine. */
  private static final int MOST_MILLIS = 5_000;

  private static final Duration SHORTEST_THOUGHT = Duration.ofMillis(50);
  private static final Duration LONGEST_THOUGHT = Duration.ofMillis(250);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final int LOOKERS = 2;

  /** Time to end what is under way: a write is settled within a minute. */
  private static final Duration ENDING = Duration.ofSeconds(90);

  private static final String BOT = "bot";
  private static final String STATUS = "status";
  private static final String TAG = "tag";
  private static final String ANSWER = "answer";
  private static final String WAIT = "wait";

  private final Plan plan = Plan.of(System.getProperties());
  private final List<String> keys = keys(plan);
  private final Notes notes = new Notes(plan.journal());
  private final Counts counts = new Counts();
  private final AtomicInteger bots = new AtomicInteger();
  private volatile Phases phases =
      new Phases(System.nanoTime(), plan.time(), plan.load().phases().size());

  private static List<String> keys(Plan plan) {
    return plan.keys() == null ? List.of() : Keys.read(plan.keys());
  }

  final Plan plan() {
    return plan;
  }

  /** Plays populations beside the callers for liveness. */
  final void play(PopulationBuilder... populations) {
    List<PopulationBuilder> all = new ArrayList<>(List.of(populations));
    all.add(liveness());
    setUp(all)
        .protocols(protocol())
        .maxDuration(plan.time().plus(ENDING))
        .assertions(
            global()
                .failedRequests()
                .percent()
                .lte(plan.kills() ? MOST_FAILED_AT_A_KILL : MOST_FAILED),
            forAll().responseTime().percentile(99).lt(MOST_MILLIS));
  }

  private static HttpProtocolBuilder protocol() {
    return http.disableWarmUp()
        .disableCaching() // the bots send their tags themselves
        .disableAutoOrigin()
        .disableAutoReferer()
        .disableFollowRedirect()
        .acceptHeader("application/json")
        .userAgentHeader("mnemogrid-load");
  }

  @Override
  public void before() {
    phases = new Phases(System.nanoTime(), plan.time(), plan.load().phases().size());
    try {
      Files.writeString(plan.began(), Long.toString(phases.beganNanos()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void after() {
    try {
      notes.close();
      counts.write(plan.counts());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // populations

  /** The fleet, from begin to end. */
  final PopulationBuilder fleet() {
    Duration ramp = plan.time().dividedBy(10);
    return bots("fleet", _ -> true, rampUsers(plan.users()).during(ramp));
  }

  /** Bots that play as long as the part of the run is one of theirs. */
  final PopulationBuilder bots(
      String name, Predicate<Integer> theirs, OpenInjectionStep... injection) {
    return scenario(name)
        .exec(session ->
            session.set(
                BOT, new FleetBot(plan, phases, notes, counts, keys, bots.getAndIncrement())))
        .asLongAs(
            _ -> {
              long now = System.nanoTime();
              return phases.isRunning(now) && theirs.test(phases.at(now));
            },
            false)
        .on(turn())
        .injectOpen(injection);
  }

  private PopulationBuilder liveness() {
    String member = plan.urls().getLast(); // if one is killed, it is another
    return scenario("liveness")
        .asLongAs(_ -> phases.isRunning(System.nanoTime()), false)
        .on(
            exec(
                http(_ -> plan.load().name("liveness", phases.at(System.nanoTime())))
                    .get(member + "/health/liveness")
                    .check(status().is(200))),
            pause(LOOK_EVERY))
        .injectOpen(io.gatling.javaapi.core.CoreDsl.atOnceUsers(LOOKERS));
  }

  // what a bot does

  private static FleetBot bot(Session session) {
    FleetBot bot = session.get(BOT);
    if (bot == null) {
      throw new IllegalStateException("a user without a bot");
    }
    return bot;
  }

  /** One thing that a bot wants to know or to write, asked until it is answered; then a thought. */
  private ChainBuilder turn() {
    return exec(
            session -> {
              bot(session).begin();
              return session;
            })
        .exec(
            asLongAs(session -> bot(session).isOpen(), false)
                .on(
                    doIf(session -> !bot(session).pause().isZero())
                        .then(pause(session -> bot(session).pause())),
                    exec(session -> session.removeAll(STATUS, TAG, ANSWER, WAIT)),
                    doIfOrElse(session -> bot(session).isWrite())
                        .then(
                            doIfOrElse(session -> bot(session).isMinimal())
                                .then(write().header("Prefer", "return=minimal"))
                                .orElse(write()))
                        .orElse(
                            doIfOrElse(session -> bot(session).tag().isEmpty())
                                .then(read())
                                .orElse(
                                    read().header("If-None-Match", session -> bot(session).tag()))),
                    exec(BotSimulation::take)))
        .exec(pause(SHORTEST_THOUGHT, LONGEST_THOUGHT));
  }

  private static Session take(Session session) {
    String tag = text(session, TAG).replace("\"", "");
    Reply reply =
        session.contains(STATUS)
            ? new Reply(session.getInt(STATUS), text(session, ANSWER), tag)
            : null;
    bot(session).answered(reply, text(session, WAIT));
    return session.markAsSucceeded();
  }

  private static String text(Session session, String name) {
    String value = session.contains(name) ? session.getString(name) : null;
    return value == null ? "" : value;
  }

  private HttpRequestActionBuilder read() {
    return withKey(http(session -> bot(session).name()).get(session -> bot(session).url()))
        .check(
            status().saveAs(STATUS),
            header("ETag").optional().saveAs(TAG),
            header("Retry-After").optional().saveAs(WAIT),
            status().in(200, 304));
  }

  private HttpRequestActionBuilder write() {
    return withKey(http(session -> bot(session).name()).post(session -> bot(session).url()))
        .header("Content-Type", "application/json")
        .body(StringBody(session -> bot(session).body()))
        .check(
            status().saveAs(STATUS),
            header("ETag").optional().saveAs(TAG),
            header("Retry-After").optional().saveAs(WAIT),
            bodyString().optional().saveAs(ANSWER),
            status().in(200, 201));
  }

  private HttpRequestActionBuilder withKey(HttpRequestActionBuilder request) {
    return keys.isEmpty()
        ? request
        : request.header("Authorization", session -> bot(session).authorization());
  }
}
