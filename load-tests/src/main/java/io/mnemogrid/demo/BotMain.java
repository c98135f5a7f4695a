package io.mnemogrid.demo;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.process.Puppet;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Puppet} that embeds a lite member. Orders, answers and events are JSON objects: an order
 * says in {@code do} what to do, an event says in {@code event} what happened.
 *
 * <p>Arguments: name, author, own port, addresses of members to join.
 */
public final class BotMain {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final Mnemogrid grid;
  private final Author author;
  private final Puppet puppet;
  private final Queue<Long> advances = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "finality-watch");
        thread.setDaemon(true);
        return thread;
      });
  private @Nullable Space space;

  private BotMain(Mnemogrid grid, Author author, Puppet puppet) {
    this.grid = grid;
    this.author = author;
    this.puppet = puppet;
  }

  /** A puppet. */
  public static void main(String[] arguments) {
    Puppet.run(puppet -> live(puppet, List.of(arguments)));
  }

  private static void live(Puppet puppet, List<String> arguments) throws IOException {
    GridConfig config =
        GridConfig.lite()
            .withName(arguments.get(0))
            .withPort(Integer.parseInt(arguments.get(2)))
            .withMembers(arguments.subList(3, arguments.size()))
            .withCommitTimeout(Duration.ofSeconds(20));
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      BotMain bot = new BotMain(grid, new Author(arguments.get(1)), puppet);
      grid.listen(
          new GridListener() {
            @Override
            public void advanced(Snapshot head) {
              bot.advances.add(head.version());
            }
          });
      puppet.serve("up", bot::obey);
    }
  }

  private String obey(String line) {
    Fields order = Fields.parse(line);
    Map<String, Json> answer =
        switch (order.text("do")) {
          case "open" -> open(order.text("space"));
          case "await" -> await(order.whole("version"));
          case "read" -> read(order.text("path"));
          case "count" -> count(order.text("path"), order.whole("times"));
          case "commit" -> made(committed(commit(order)));
          case "try" -> attempt(order);
          case "watch" -> watch(order.whole("version"));
          default -> throw new IllegalArgumentException("a bot cannot " + order.text("do"));
        };
    return Json.object(answer).canonical();
  }

  private Map<String, Json> open(String name) {
    long began = System.nanoTime();
    Optional<Space> found = grid.space(SpaceName.of(name));
    while (found.isEmpty() && System.nanoTime() - began < WAIT_NANOS) {
      pause();
      found = grid.space(SpaceName.of(name));
    }
    space = found.orElseThrow(() -> new IllegalStateException("there is no space " + name));
    return head();
  }

  private Map<String, Json> head() {
    Snapshot head = space().head();
    return Map.of(
        "version", Json.of(head.version()), "root", Json.of(head.head().root().toString()));
  }

  /**
   * Waits until this replica has a version; answers its head and the versions that it took on since
   * the last answer.
   */
  private Map<String, Json> await(long version) {
    long began = System.nanoTime();
    while (space().head().version() < version && System.nanoTime() - began < WAIT_NANOS) {
      pause();
    }
    Map<String, Json> answer = new TreeMap<>(head());
    List<Json> steps = new ArrayList<>();
    for (Long step = advances.poll(); step != null; step = advances.poll()) {
      steps.add(Json.of(step));
    }
    answer.put("advanced", new Json.Arr(steps));
    return answer;
  }

  private Map<String, Json> read(String path) {
    Map<String, Json> answer = new TreeMap<>(head());
    Json value = space().read(Pointer.parsePath(path));
    if (value != null) {
      answer.put("value", value);
    }
    return answer;
  }

  private Map<String, Json> count(String path, long times) {
    List<Json> versions = new ArrayList<>();
    for (long i = 0; i < times; i++) {
      CommitResult result =
          space().compute(Pointer.parsePath(path), author, value -> Json.of(whole(value) + 1));
      versions.add(Json.of(committed(result).version()));
    }
    return Map.of("versions", new Json.Arr(versions));
  }

  private static long whole(@Nullable Json value) {
    return value instanceof Json.Num number ? (long) number.value() : 0;
  }

  private CommitResult commit(Fields order) {
    Delta delta =
        space()
            .delta(
                author,
                builder -> {
                  builder.base(order.whole("base")).type(order.text("type"));
                  if (order.has("timestamp")) {
                    builder.timestamp(Timestamps.parse(order.text("timestamp")));
                  }
                  order.fields("set").object().members().forEach(builder::set);
                  return builder;
                });
    return space().commit(delta).join();
  }

  /** Commits, and answers also why it was refused. */
  private Map<String, Json> attempt(Fields order) {
    CommitResult result = commit(order);
    if (!(result instanceof CommitResult.Refused refused)) {
      return made(committed(result));
    }
    Refusal why = refused.refusal();
    return Map.of(
        "refused", Json.of(why.code()),
        "why",
            Json.of(
                why instanceof Refusal.Policy policy
                    ? policy.rule() + ": " + policy.why()
                    : why.toString()));
  }

  private static Map<String, Json> made(CommitResult.Committed done) {
    return Map.of(
        "version", Json.of(done.version()),
        "root", Json.of(done.update().root().toString()),
        "outcome", Json.of(done.outcome().text()),
        "missed", Json.of(done.missedCount()));
  }

  private static CommitResult.Committed committed(CommitResult result) {
    return switch (result) {
      case CommitResult.Committed done -> done;
      case CommitResult.Refused refused ->
          throw new IllegalStateException("refused: " + refused.refusal());
      case CommitResult.Unchanged same ->
          throw new IllegalStateException("an edit takes a version, got " + same);
      case CommitResult.NotApplied not -> throw new IllegalStateException("failed: " + not.why());
      case CommitResult.Damaged damaged -> throw new IllegalStateException("failed: " + damaged);
      case CommitResult.Unknown unknown ->
          throw new IllegalStateException("outcome unknown: " + unknown.why());
    };
  }

  private Map<String, Json> watch(long version) {
    Space watched = space();
    FinalityWatch.begin(() -> watched.finality(version), news -> tell(version, news), clock);
    return Map.of();
  }

  private void tell(long version, FinalityWatch.News news) {
    switch (news) {
      case FinalityWatch.News.Asked(var finality, int times) ->
          say(
              Map.of(
                  "event", Json.of("asked"),
                  "version", Json.of(version),
                  "status", Json.of(finality.status().text()),
                  "times", Json.of(times)));
      case FinalityWatch.News.WentOn(var finality) ->
          say(
              Map.of(
                  "event", Json.of("went-on"),
                  "version", Json.of(version),
                  "status", Json.of(finality.status().text())));
      case FinalityWatch.News.Final(var finality, int times, boolean late) ->
          say(
              Map.of(
                  "event", Json.of("final"),
                  "version", Json.of(version),
                  "checkpoint", Json.of(finality.checkpoint()),
                  "times", Json.of(times),
                  "late", Json.of(late)));
    }
  }

  private Space space() {
    if (space == null) {
      throw new IllegalStateException("open a space first");
    }
    return space;
  }

  private void say(Map<String, Json> event) {
    puppet.tell(Json.object(event).canonical());
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }
}
