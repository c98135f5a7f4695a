package io.mnemogrid.process;

import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members of a grid, each in its process, with its own address of loopback, so that what goes
 * between two of them can be told by its addresses. One thread changes it.
 */
public final class Fleet implements AutoCloseable {
  private static final int FIRST_ADDRESS = 11;
  private static final Duration WHOLE = Duration.ofSeconds(150);
  private static final Duration HEALTH = Duration.ofSeconds(3);

  /** A place for a member, whose process comes and goes. */
  public static final class Seat {
    private final String name;
    private final String host;
    private final int gridPort;
    private final int httpPort;
    private final MemberApi api;
    private final Timeline answered = new Timeline();
    private @Nullable MemberProcess process;

    private Seat(int index, int gridPort, int httpPort) {
      this.name = "m" + index;
      this.host = Isolation.address(FIRST_ADDRESS + index);
      this.gridPort = gridPort;
      this.httpPort = httpPort;
      this.api = new MemberApi(name, httpPort);
    }

    public String name() {
      return name;
    }

    public String host() {
      return host;
    }

    public int gridPort() {
      return gridPort;
    }

    public int httpPort() {
      return httpPort;
    }

    public MemberApi api() {
      return api;
    }

    /** When it answered a reader. */
    public Timeline answered() {
      return answered;
    }

    public MemberProcess process() {
      return Objects.requireNonNull(process, name + " does not run");
    }

    /** Whether a process of it runs, healthy or not. */
    public boolean isRunning() {
      MemberProcess started = process;
      return started != null && started.isAlive();
    }
  }

  private final Launch launch;
  private final Path folder;
  private final List<Seat> seats = new ArrayList<>();
  private final Seat extra;
  private boolean startsFast = true;

  /**
   * Places for members, and one more for a member that comes and goes. Nothing is started yet.
   *
   * @param launch what is the same for all of them
   * @param folder takes the log of each
   */
  public Fleet(Launch launch, Path folder, int members) {
    this.launch = launch;
    this.folder = folder;
    List<Integer> ports = Ports.free(2 * members + 2);
    for (int i = 0; i < members; i++) {
      seats.add(new Seat(i, ports.get(2 * i), ports.get(2 * i + 1)));
    }
    extra = new Seat(members, ports.get(2 * members), ports.get(2 * members + 1));
  }

  /** Its members compile their code well: for a run that is long, and not for one that is short. */
  public void compilesWell() {
    startsFast = false;
  }

  public List<Seat> seats() {
    return List.copyOf(seats);
  }

  public Seat seat(int index) {
    return seats.get(index % seats.size());
  }

  /** The place of that name, or the one at an index when nobody has the name. */
  public Seat seat(String name, int otherwise) {
    return seats.stream()
        .filter(seat -> seat.name.equals(name))
        .findFirst()
        .orElse(seat(otherwise));
  }

  /** The place of a member that only visits. */
  public Seat extra() {
    return extra;
  }

  /** Where all are to be looked for. */
  public String addresses() {
    return seats.stream()
        .map(seat -> seat.host + ":" + seat.gridPort)
        .collect(Collectors.joining(","));
  }

  /** Starts a member; returns at once. */
  public void start(Seat seat, Map<String, String> more) {
    Launch heap = launch.heap("768m");
    seat.process =
        (startsFast ? heap.startingFast() : heap)
            .boundToItsAddress()
            .named(seat.name)
            .with("MNEMOGRID_GRID_HOST", seat.host)
            .ports(seat.httpPort, seat.gridPort)
            .members(addresses())
            .with(more)
            .start(folder.resolve(seat.name + ".log"));
  }

  /** Starts it and returns when it is healthy. */
  public void startHealthy(Seat seat, Map<String, String> more) {
    start(seat, more);
    seat.process().awaitHealthy(seat.httpPort);
  }

  /** Returns when every member is healthy and sees as many members as there are processes. */
  public void awaitWhole(int bots) {
    long began = System.nanoTime();
    String seen = "";
    while (System.nanoTime() - began < WHOLE.toNanos()) {
      seen = "";
      for (Seat seat : seats) {
        if (!seat.process().isAlive()) {
          throw new IllegalStateException(
              "%s ended with %d%s"
                  .formatted(
                      seat.name,
                      seat.process().exit(Duration.ofSeconds(1)),
                      seat.process().tail()));
        }
        MemberApi.Reply health = seat.api.tryGet("/health", HEALTH);
        MemberApi.Reply told = seat.api.tryGet("/v1/members", HEALTH);
        int sees =
            told == null || told.status() != 200
                ? 0
                : Answered.parse(told.body()).objects("items").size();
        if (health == null || health.status() != 200 || sees != seats.size() + bots) {
          seen +=
              " %s is %s and sees %d;"
                  .formatted(seat.name, health == null ? "silent" : health.status(), sees);
        }
      }
      if (seen.isEmpty()) {
        return;
      }
      MemberProcess.pause(100);
    }
    throw new IllegalStateException("the grid is not whole after " + WHOLE + ":" + seen);
  }

  /** The name of the member that makes checkpoints, as the first who answers says. */
  public String leader() {
    for (Seat seat : seats) {
      MemberApi.Reply told = seat.api.tryGet("/v1/members", HEALTH);
      if (told != null && told.status() == 200) {
        for (Answered member : Answered.parse(told.body()).objects("items")) {
          if (member.is("leader")) {
            return member.text("name");
          }
        }
      }
    }
    return "nobody";
  }

  @Override
  public void close() {
    for (Seat seat : seats) {
      if (seat.process != null) {
        seat.process.close();
      }
    }
    if (extra.process != null) {
      extra.process.close();
    }
  }
}
