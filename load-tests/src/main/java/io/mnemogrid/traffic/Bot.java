package io.mnemogrid.traffic;

import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.spi.impl.eventservice.EventRegistration;
import com.hazelcast.spi.impl.eventservice.EventService;
import com.hazelcast.topic.impl.TopicService;
import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.check.Closing;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Puppet;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Puppet} that embeds a lite member and commits through it until it gets the order to end:
 * to paths of its own, to keys that others change too, and to counters. Each commit is sent again
 * under its id until its outcome is certain. Everything that it sends, is answered and reads
 * becomes a line of its journal ({@link BotJournal}).
 *
 * <p>Orders: {@code end}, {@code owner KEY} (the name of the member that holds the key's
 * partition), {@code deafen HOST PORT} (no announcement reaches that member any more), {@code show
 * FOLDER} (writes each space's document there), {@code spaces} (what its health says of them).
 *
 * <p>Arguments: name, host, port, addresses of members divided by commas, journal, seed, how many
 * bytes of documents it holds at most or 0, spaces.
 */
public final class Bot {
  private static final int THREADS = 3;
  private static final int THINK_MILLIS = 4;
  private static final int READ_EVERY = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final String name;
  private final PrintStream journal;
  private final Mnemogrid grid;
  private final boolean holdsAll; // documents, so that it never needs another member to read
  private final List<Space> spaces;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  private Bot(
      String name, PrintStream journal, Mnemogrid grid, boolean holdsAll, List<Space> spaces) {
    this.name = name;
    this.journal = journal;
    this.grid = grid;
    this.holdsAll = holdsAll;
    this.spaces = spaces;
  }

  /** A puppet. */
  public static void main(String[] arguments) {
    Puppet.run(puppet -> live(puppet, List.of(arguments)));
  }

  private static void live(Puppet puppet, List<String> arguments) throws IOException {
    GridConfig config =
        GridConfig.lite()
            .withName(arguments.get(0))
            .withHost(arguments.get(1))
            .withPort(Integer.parseInt(arguments.get(2)))
            .withMembers(List.of(arguments.get(3).split(",", -1)));
    long most = Long.parseLong(arguments.get(6));
    if (most > 0) {
      config = config.withQuotas(config.quotas().withMaxGridBytes(most));
    }
    try (Mnemogrid grid = Mnemogrid.start(config);
        PrintStream journal =
            new PrintStream(Path.of(arguments.get(4)).toFile(), StandardCharsets.UTF_8)) {
      List<Space> spaces = new ArrayList<>();
      for (String space : arguments.subList(7, arguments.size())) {
        spaces.add(grid.space(SpaceName.of(space)).orElseThrow());
      }
      Bot bot = new Bot(arguments.get(0), journal, grid, most == 0, spaces);
      bot.begin(Long.parseLong(arguments.get(5)));
      puppet.serve("up", bot::obey);
      bot.over = true;
    }
  }

  private void begin(long seed) {
    for (int i = 0; i < THREADS; i++) {
      Agent agent = new Agent(name + "-" + i, new Random(seed * 31 + i));
      threads.add(Thread.ofPlatform().name(agent.agent).start(agent));
    }
  }

  private String obey(String line) throws IOException, InterruptedException {
    String[] order = line.split(" ", -1);
    return switch (order[0]) {
      case "owner" -> Owners.of(order[1]);
      case "deafen" -> String.valueOf(deafen(order[1] + ":" + order[2]));
      case "end" -> end();
      case "show" -> show(Path.of(order[1]));
      case "spaces" -> spaces();
      default -> throw new IllegalArgumentException("cannot " + line);
    };
  }

  private String end() throws InterruptedException {
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
    journal.flush();
    return "ended";
  }

  /**
   * Ends the registrations of a member's listeners, as Hazelcast does when it thinks it lost it.
   */
  private static int deafen(String address) {
    EventService events =
        ((HazelcastInstanceProxy) Owners.node())
            .getOriginal()
            .node
            .getNodeEngine()
            .getEventService();
    int ended = 0;
    for (var topic :
        Owners.node().getDistributedObjects().stream()
            .filter(object -> object.getServiceName().equals(TopicService.SERVICE_NAME))
            .toList()) {
      for (EventRegistration one :
          events.getRegistrations(TopicService.SERVICE_NAME, topic.getName())) {
        String subscriber = one.getSubscriber().getHost() + ":" + one.getSubscriber().getPort();
        if (subscriber.equals(address)
            && events.deregisterListener(TopicService.SERVICE_NAME, topic.getName(), one.getId())) {
          ended++;
        }
      }
    }
    return ended;
  }

  private String spaces() {
    return grid.health().parts().stream()
        .filter(part -> part.name().equals("spaces"))
        .map(GridHealth.Part::detail)
        .findFirst()
        .orElse("");
  }

  private String show(Path folder) throws IOException {
    for (Space space : spaces) {
      Snapshot head = space.head();
      Files.writeString(
          folder.resolve(space.name().text()),
          "%d %s %s %s\n%s"
              .formatted(
                  head.version(),
                  head.head().root(),
                  head.logRoot(),
                  head.head().leafHash(),
                  head.state().document().canonical()));
    }
    return "shown";
  }

  private void note(String line) {
    synchronized (journal) {
      journal.println(line);
    }
  }

  /** One of the threads that commit. */
  private final class Agent implements Runnable {
    private final String agent;
    private final Random random;
    private final long[] own;
    private long sent;

    private Agent(String agent, Random random) {
      this.agent = agent;
      this.random = random;
      this.own = new long[spaces.size()];
    }

    @Override
    public void run() {
      try {
        while (!over) {
          act(Wander.next(spaces.size(), random));
          TimeUnit.MILLISECONDS.sleep(random.nextInt(2 * THINK_MILLIS));
        }
      } catch (RuntimeException e) {
        note(BotJournal.surprise(agent + " failed: " + e));
        e.printStackTrace();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void act(int at) {
      try {
        if (random.nextInt(10) == 0) {
          count(at);
        } else {
          commit(at);
        }
        if (random.nextInt(READ_EVERY) == 0) {
          read(at);
        }
      } catch (LogUnavailable e) { // the space was evicted, and nothing is sent before it is read
        if (holdsAll) {
          throw e;
        }
      }
    }

    private void read(int at) {
      Space space = spaces.get(at);
      long began = System.nanoTime();
      Snapshot head = space.head();
      note(BotJournal.read(space.name(), agent, began, head.head(), own[at]));
    }

    private Delta delta(Space space) {
      String id = agent + "-" + UUID.randomUUID().toString().substring(0, 8) + "-" + sent++;
      return space.delta(
          new Author(agent),
          delta -> {
            delta.id(id).type("chaos");
            String shared = "/shared/k" + random.nextInt(20);
            String own = "/sets/" + agent + "/k" + random.nextInt(100);
            return switch (random.nextInt(10)) {
              case 0, 1 -> delta.set(shared, Json.of(random.nextInt()));
              case 2 -> delta.delete(shared);
              case 3 -> delta.delete(own);
              default -> delta.set(own, Json.of(id));
            };
          });
    }

    private void commit(int at) {
      Space space = spaces.get(at);
      Delta delta = delta(space);
      note(BotJournal.sent(space.name(), delta));
      long began = System.nanoTime();
      boolean doubt = false;
      while (true) {
        switch (space.commit(delta).join()) {
          case CommitResult.Committed committed -> {
            acknowledged(at, committed.update());
            return;
          }
          case CommitResult.Refused refused -> {
            note(BotJournal.refused(space.name(), delta.id(), refused.refusal().code()));
            note(BotJournal.surprise(delta.id() + " was refused: " + refused.refusal()));
            return;
          }
          case CommitResult.NotApplied none -> {
            if (Closing.isNamed(none.why())) {
              note(BotJournal.surprise(delta.id() + " was not applied: " + none.why()));
            }
            if (!doubt) {
              note(BotJournal.refused(space.name(), delta.id(), "not-applied"));
              return;
            }
            note(
                BotJournal.surprise(
                    delta.id() + " was unknown first, and then not applied: " + none.why()));
          }
          case CommitResult.Unchanged same -> {
            note(BotJournal.surprise("an edit took no version: " + same));
            return;
          }
          case CommitResult.Damaged damaged -> {
            note(BotJournal.surprise(delta.id() + " met a damaged log: " + damaged));
            return;
          }
          case CommitResult.Unknown _ -> doubt = true;
        }
        if (System.nanoTime() - began > PATIENCE.toNanos()) {
          return; // its outcome stays open, which the checker flags
        }
      }
    }

    private void count(int at) {
      Space space = spaces.get(at);
      Pointer path = Pointer.parse("/counters/c" + random.nextInt(2));
      CommitResult result =
          space.compute(
              path,
              new Author(agent),
              value -> Json.of(value instanceof Json.Num number ? (long) number.value() + 1 : 1));
      switch (result) {
        case CommitResult.Committed committed -> {
          note(BotJournal.sent(space.name(), committed.update()));
          acknowledged(at, committed.update());
        }
        case CommitResult.NotApplied _ -> {} // the store was away
        case CommitResult.Refused refused ->
            note(BotJournal.surprise("counting was refused: " + refused.refusal()));
        case CommitResult.Unchanged same ->
            note(BotJournal.surprise("counting took no version: " + same));
        case CommitResult.Damaged damaged ->
            note(BotJournal.surprise("counting met a damaged log: " + damaged));
        case CommitResult.Unknown unknown ->
            note(BotJournal.surprise("counting has no outcome: " + unknown.why()));
      }
    }

    private void acknowledged(int at, Update update) {
      own[at] = Math.max(own[at], update.version());
      note(BotJournal.stands(update));
    }
  }
}
