package io.mnemogrid.process;

import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.MemberApi.Reply;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Members {@code m0}, {@code m1}, … on this host, each in a process of its own. They share a SQLite
 * file, and each may lead. One thread starts and ends them; any thread may ask.
 */
public final class Members implements AutoCloseable {
  /**
   * How the members are started, besides the name and the ports of each.
   *
   * @param launch what is the same for all of them
   * @param chain the endpoint that a member of this index has
   */
  public record Settings(Launch launch, Path folder, IntFunction<URI> chain) {
    private Path data() {
      return folder.resolve("data");
    }

    /** The file that all share. */
    public Path store() {
      return data().resolve("mnemogrid.db");
    }
  }

  private static final int PAGE = 200;
  private static final int BUSY = 5;

  private enum Condition {
    RUNNING,
    PAUSED,
    DEAD
  }

  private static final class Member {
    private final int httpPort;
    private final int gridPort;
    private final MemberApi api;
    private volatile Condition condition = Condition.DEAD;
    private volatile MemberProcess process;

    private Member(int httpPort, int gridPort, MemberProcess process) {
      this.httpPort = httpPort;
      this.gridPort = gridPort;
      this.api = new MemberApi(httpPort);
      this.process = process;
    }
  }

  private final Settings settings;
  private final List<Integer> ports;
  private final List<Member> members = new ArrayList<>();

  private Members(Settings settings, int count) {
    this.settings = settings;
    this.ports = Ports.free(2 * count);
    for (int i = 0; i < count; i++) {
      Member member =
          new Member(ports.get(i), ports.get(count + i), process(i, ports.get(i), gridPort(i)));
      member.condition = Condition.RUNNING;
      members.add(member);
    }
  }

  /** Starts the members and returns when all are healthy. */
  public static Members start(Settings settings, int count) {
    Members members = new Members(settings, count);
    try {
      members.awaitHealthy();
      return members;
    } catch (RuntimeException e) {
      members.close();
      throw e;
    }
  }

  private int gridPort(int index) {
    return ports.get(ports.size() / 2 + index);
  }

  private MemberProcess process(int index, int httpPort, int gridPort) {
    String addresses =
        ports.subList(ports.size() / 2, ports.size()).stream()
            .map(port -> "127.0.0.1:" + port)
            .collect(Collectors.joining(","));
    return settings
        .launch
        .heap("400m")
        .named(name(index))
        .chain(settings.chain.apply(index))
        .data(settings.data())
        .ports(httpPort, gridPort)
        .members(addresses)
        .start(log(index));
  }

  public static String name(int index) {
    return "m" + index;
  }

  /** What that member prints. */
  public Path log(int index) {
    return settings.folder.resolve(name(index) + ".log");
  }

  int count() {
    return members.size();
  }

  /** Returns when all that run are healthy. */
  public void awaitHealthy() {
    for (int index : running()) {
      members.get(index).process.awaitHealthy(members.get(index).httpPort);
    }
  }

  /** Starts a member that was killed. It is healthy some time after this returns. */
  public void restart(int index) {
    Member member = members.get(index);
    member.process = process(index, member.httpPort, member.gridPort);
    member.condition = Condition.RUNNING;
  }

  /** {@code kill -9}. */
  public void kill(int index) {
    Member member = members.get(index);
    member.condition = Condition.DEAD;
    member.process.kill();
  }

  /** {@code kill -STOP}: the member does nothing until {@link #wake}, and cannot notice it. */
  public void pause(int index) {
    Member member = members.get(index);
    member.condition = Condition.PAUSED;
    member.process.signal("STOP");
  }

  /** {@code kill -CONT}. */
  public void wake(int index) {
    Member member = members.get(index);
    member.process.signal("CONT");
    member.condition = Condition.RUNNING;
  }

  /** The stack of each of its threads, its name in quotes first. */
  public Stream<String> threads(int index) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    long pid = members.get(index).process.pid();
    try {
      Process process =
          new ProcessBuilder(jcmd.toString(), Long.toString(pid), "Thread.print")
              .redirectErrorStream(true)
              .start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(jcmd + " ended with " + process.exitValue() + printed);
      }
      return Stream.of(printed.split("\n\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while asking for threads", e);
    }
  }

  /** The indexes of the members that are neither dead nor paused. */
  public List<Integer> running() {
    List<Integer> running = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).condition == Condition.RUNNING) {
        running.add(i);
      }
    }
    return running;
  }

  public MemberApi api(int index) {
    return members.get(index).api;
  }

  /** Asks those that run, one after the other, until one answers with 200. */
  public Answered ask(String path) {
    for (int index : running()) {
      Reply reply = api(index).tryGet(path);
      if (reply != null && reply.status() == 200) {
        return Answered.parse(reply.body());
      }
    }
    throw new IllegalStateException("no member answers " + path + tails());
  }

  /**
   * The index of the member that holds the lease. Another member read that from the store, up to
   * about a second ago.
   */
  public OptionalInt leader() {
    return ask("/v1/members").objects("items").stream()
        .filter(member -> member.is("leader"))
        .mapToInt(member -> Integer.parseInt(member.text("name").substring(1)))
        .findFirst();
  }

  /** Whom each running member sees in the grid, for an error. */
  public String views() {
    return running().stream()
        .map(index -> {
          Reply seen = api(index).tryGet("/v1/members");
          Reply health = api(index).tryGet("/health");
          return "%n%s sees %s%n   health %s"
              .formatted(
                  name(index),
                  seen == null ? "nothing: no answer" : seen.body(),
                  health == null ? "without an answer" : health.body());
        })
        .collect(Collectors.joining());
  }

  /** Number of the newest final checkpoint, 0 before the first. */
  public long finalCheckpoint() {
    return ask("/v1/checkpoints?limit=20").objects("items").stream()
        .filter(checkpoint -> checkpoint.text("status").equals("finalized"))
        .mapToLong(checkpoint -> checkpoint.whole("number"))
        .max()
        .orElse(0);
  }

  /**
   * Whether a write can begin. A member that was stopped inside its own transaction keeps all
   * others out.
   */
  public boolean canWrite() {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + settings.store());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 2000");
      statement.execute("BEGIN IMMEDIATE");
      statement.execute("ROLLBACK");
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == BUSY) {
        return false;
      }
      throw new IllegalStateException("the store cannot be opened", e);
    }
  }

  /** All checkpoints, oldest first, as the store in this file has them. */
  public static List<StoredCheckpoint> checkpoints(Path file) {
    List<StoredCheckpoint> stored = new ArrayList<>();
    try (SqliteStore store = SqliteStore.open(file)) {
      long before = Long.MAX_VALUE;
      while (before > 1) {
        List<StoredCheckpoint> page = store.checkpoints().list(before, PAGE);
        if (page.isEmpty()) {
          break;
        }
        stored.addAll(0, page.reversed());
        before = page.getLast().number();
      }
    }
    return stored;
  }

  /** The end of what each printed, for a message. */
  public String tails() {
    return members.stream().map(member -> member.process.tail()).collect(Collectors.joining());
  }

  /** Ends all. */
  @Override
  public void close() {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).condition == Condition.PAUSED) {
        wake(i);
      }
    }
    members.parallelStream().forEach(member -> member.process.close());
  }
}
