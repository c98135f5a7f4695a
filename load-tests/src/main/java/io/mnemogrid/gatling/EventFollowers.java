package io.mnemogrid.gatling;

import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.SpaceName;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;

/**
 * Clients that follow the spaces of a run over HTTP: four of five each one space, every fifth all
 * of them in one stream. Each takes note of the versions that it is told, and after a break goes on
 * behind its last id at the next member, as a browser does. Safe for all threads.
 */
final class EventFollowers implements AutoCloseable {
  /** Followers for each bot, but for {@link #MOST}. */
  private static final int A_BOT = 10;

  private static final int MOST = 1000;

  /** A key may have 256 streams on a member. */
  private static final int A_KEY = 100;

  private static final int MANY_EVERY = 5;
  private static final int MOST_MILLIS = 60_000;
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(AGAIN.toMillis(), TimeUnit.MILLISECONDS);

  private final HttpClient http;
  private final List<String> urls;
  private final List<String> keys;
  private final List<Follower> all = new ArrayList<>();
  private final AtomicLongArray late = new AtomicLongArray(MOST_MILLIS + 1); // by milliseconds
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong gaps = new AtomicLong();
  private final AtomicLong doubles = new AtomicLong();
  private final AtomicLong breaks = new AtomicLong();
  private final Map<String, Boolean> refusals = new ConcurrentHashMap<>();
  private volatile boolean isOpen = true;

  private EventFollowers(HttpClient http, List<String> urls, List<String> keys) {
    this.http = http;
    this.urls = urls;
    this.keys = keys;
  }

  /** How many follow beside so many bots. */
  static int count(int bots) {
    return Math.min(MOST, bots * A_BOT);
  }

  /** How many keys they want. */
  static int keys(int bots) {
    return 1 + count(bots) / A_KEY;
  }

  /**
   * Has so many follow spaces that are at version 1.
   *
   * @param keys what they send, in turn; empty for none
   * @param run how the names of all spaces begin
   */
  static EventFollowers start(
      HttpClient http,
      List<String> urls,
      List<String> keys,
      List<SpaceName> spaces,
      String run,
      int count) {
    EventFollowers followers = new EventFollowers(http, urls, keys);
    for (int i = 0; i < count; i++) {
      String path =
          i % MANY_EVERY == 0
              ? "/v1/events?values=no&spaces=" + run + "-*"
              : "/v1/spaces/" + spaces.get(i % spaces.size()) + "/events?values=no&since=1";
      followers.all.add(followers.new Follower(i, path));
    }
    followers.all.forEach(Follower::open);
    return followers;
  }

  /** One client. One connection at a time feeds it. */
  final class Follower {
    private final String path;
    private final String key;
    private final Map<String, Long> told = new HashMap<>(); // guarded by this, as is the rest
    private int member;
    private String id = "";
    private boolean hasBegun;

    Follower(int number, String path) {
      this.path = path;
      this.member = number % urls.size();
      this.key = keys.isEmpty() ? "" : keys.get(number % keys.size());
    }

    private synchronized void open() {
      if (!isOpen) {
        return;
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(urls.get(member) + path))
              .header("Accept", "text/event-stream");
      if (!key.isEmpty()) {
        request.header("Authorization", "Bearer " + key);
      }
      if (!id.isEmpty()) {
        request.header("Last-Event-ID", id);
      }
      http.sendAsync(request.build(), this::answered).whenComplete((_, _) -> again());
    }

    private HttpResponse.BodySubscriber<Void> answered(HttpResponse.ResponseInfo info) {
      int status = info.statusCode();
      if (status == 200) {
        return BodyHandlers.fromLineSubscriber(new Lines(this)).apply(info);
      }
      if (status != 429 && status != 503) {
        refusals.put("a follower was answered " + status + " for " + path, true);
      }
      return HttpResponse.BodySubscribers.discarding();
    }

    private void again() {
      if (isOpen) {
        breaks.incrementAndGet();
        synchronized (this) {
          member = (member + 1) % urls.size();
        }
        LATER.execute(this::open);
      }
    }

    /** The stream has told all of an event; its name is empty where it has told a place alone. */
    synchronized void took(String name, String newId, String data, long nowMillis) {
      id = newId;
      hasBegun = true;
      if (name.equals("reset") || name.equals("held")) {
        refusals.put("a follower was told: " + name + " " + data, true);
      }
      if (name.equals("commit")) {
        came(text(data, "space"), version(data), committed(data), nowMillis);
      }
    }

    private void came(String space, long version, Instant committed, long nowMillis) {
      events.incrementAndGet();
      long before = told.getOrDefault(space, 1L);
      if (version <= before) {
        doubles.incrementAndGet();
        return;
      }
      gaps.addAndGet(version - before - 1);
      told.put(space, version);
      late.incrementAndGet(Math.clamp(nowMillis - committed.toEpochMilli(), 0, MOST_MILLIS));
    }

    private synchronized boolean isAt(Map<SpaceName, Long> heads) {
      return heads.entrySet().stream()
          .filter(head -> path.startsWith("/v1/events") || path.contains(head.getKey() + "/"))
          .allMatch(head -> told.getOrDefault(head.getKey().text(), 1L) >= head.getValue());
    }

    private synchronized boolean hasBegun() {
      return hasBegun;
    }
  }

  /** Reads lines as a browser does: an event counts when its empty line came. */
  static final class Lines implements Flow.Subscriber<String> {
    private final Follower of;
    private String name = "";
    private String id = "";
    private String data = "";

    Lines(Follower of) {
      this.of = of;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      if (line.startsWith("event: ")) {
        name = line.substring("event: ".length());
      } else if (line.startsWith("id: ")) {
        id = line.substring("id: ".length());
      } else if (line.startsWith("data: ")) {
        data = line.substring("data: ".length());
      } else if (line.isEmpty() && !id.isEmpty()) {
        of.took(name, id, data, System.currentTimeMillis());
        name = "";
        data = "";
      }
    }

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onComplete() {}
  }

  // A record is canonical, so its members stand in the order of their names, and the last ones are
  // not inside of what was written.

  private static String text(String record, String member) {
    String before = "\"" + member + "\":\"";
    int at = record.lastIndexOf(before) + before.length();
    return record.substring(at, record.indexOf('"', at));
  }

  private static long version(String record) {
    return Long.parseLong(record.substring(record.lastIndexOf(':') + 1, record.length() - 1));
  }

  private static Instant committed(String record) {
    return Instant.parse(text(record, "committed"));
  }

  /** Returns when all streams have begun, or after a minute. */
  void awaitBegun() {
    await(() -> all.stream().allMatch(Follower::hasBegun));
  }

  /** Returns when each was told of these versions, or after a minute. */
  void awaitHeads(Map<SpaceName, Long> heads) {
    await(() -> all.stream().allMatch(follower -> follower.isAt(heads)));
  }

  private static void await(BooleanSupplier isDone) {
    long began = System.nanoTime();
    while (!isDone.getAsBoolean() && System.nanoTime() - began < PATIENCE.toNanos()) {
      MemberProcess.pause(50);
    }
  }

  /**
   * What followers were told.
   *
   * @param behind how many were not told of all
   * @param refusals what no follower should have met, in sentences
   * @param p99 milliseconds from the commit, by the clock of the store, to a client
   */
  record Told(
      int count,
      long events,
      long gaps,
      long doubles,
      long behind,
      long breaks,
      List<String> refusals,
      long p50,
      long p99) {
    /** For people. */
    void print(PrintStream out) {
      out.printf(
          Locale.ROOT,
          "%,d followers were told of %,d commits, p50 %,d ms and p99 %,d ms behind; %,d streams"
              + " broke; %,d gaps, %,d doubles, %,d not told of all%n",
          count,
          events,
          p50,
          p99,
          breaks,
          gaps,
          doubles,
          behind);
    }

    /** What is wrong on any machine, in sentences. */
    List<String> flaws(boolean kills) {
      List<String> flaws = new ArrayList<>(refusals);
      if (gaps > 0 || doubles > 0) {
        flaws.add("followers missed " + gaps + " commits and were told " + doubles + " twice");
      }
      if (behind > 0) {
        flaws.add(behind + " followers were not told of all that is in the log");
      }
      if (events == 0) {
        flaws.add("no follower was told of anything");
      }
      if (kills && breaks == 0) {
        flaws.add("no stream broke, though a member was killed");
      }
      return flaws;
    }

    /** What took too long, in sentences. */
    List<String> late(long most) {
      return p99 > most
          ? List.of(
              "99 %% of the events came up to %,d ms behind their commit, more than %,d ms"
                  .formatted(p99, most))
          : List.of();
    }
  }

  /** What they were told so far, where these are the heads of the spaces. */
  Told told(Map<SpaceName, Long> heads) {
    return new Told(
        all.size(),
        events.get(),
        gaps.get(),
        doubles.get(),
        all.stream().filter(follower -> !follower.isAt(heads)).count(),
        breaks.get(),
        refusals.keySet().stream().sorted().limit(5).toList(),
        percentile(0.5),
        percentile(0.99));
  }

  private long percentile(double part) {
    long sum = 0;
    for (int i = 0; i <= MOST_MILLIS; i++) {
      sum += late.get(i);
    }
    long seen = 0;
    for (int i = 0; i <= MOST_MILLIS; i++) {
      seen += late.get(i);
      if (seen > 0 && seen >= sum * part) {
        return i;
      }
    }
    return 0;
  }

  @Override
  public void close() {
    isOpen = false;
    http.shutdownNow();
  }
}
