package io.mnemogrid.fault;

import io.mnemogrid.check.Freshness.Window;
import io.mnemogrid.check.Motion;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.process.ChainUnderTest;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.PostgresUnderTest;
import io.mnemogrid.process.SqliteUnderTest;
import io.mnemogrid.process.StoreUnderTest;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.BotProcess;
import io.mnemogrid.traffic.Journal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grid with its agents, its store and its chain, to which faults are done one after the other. It
 * keeps what a fault must know in order to be undone, and what the checks must know of it. One
 * thread.
 */
public final class Stage {
  /**
   * What faults are done to.
   *
   * @param chain null where checkpoints go to the notary
   * @param data the folder of the members, with the SQLite file
   * @param space faults on "the owner" hit the owner of this space, where each space has an owner
   *     of its own
   * @param journal takes what a fault was answered
   */
  public record Parts(
      Place place,
      Fleet fleet,
      List<BotProcess> bots,
      StoreUnderTest store,
      @Nullable ChainUnderTest chain,
      Path data,
      SpaceName space,
      Journal journal) {
    public Parts {
      bots = List.copyOf(bots);
    }
  }

  private final Parts parts;
  private final List<Window> excused = new ArrayList<>();

  // the next fields are about the fault that is played now
  private final Set<String> touched = new HashSet<>();
  private final List<Motion.Close> closes = new ArrayList<>();
  private final Set<Seat> down = new LinkedHashSet<>(); // ended by the fault, and not yet back
  private long began;

  public Stage(Parts parts) {
    this.parts = parts;
  }

  /** The times in which announcements could not reach some member or bot, the earliest first. */
  public List<Window> excused() {
    return List.copyOf(excused);
  }

  /**
   * Plays a fault, undoes it and returns when the grid is whole again.
   *
   * @throws RuntimeException when the fault could not be played to its end; it is undone also then
   */
  public Played play(Planned planned) {
    touched.clear();
    closes.clear();
    down.clear();
    began = System.nanoTime();
    try (Undoing _ = () -> undo(planned)) {
      planned.fault().play(this, planned);
    }
    long undone = System.nanoTime();
    parts.fleet().awaitWhole(parts.bots().size());
    return new Played(planned, began, undone, System.nanoTime(), touched, closes);
  }

  private interface Undoing extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * An interrupt takes effect only when all is undone, because undoing waits for processes, and an
   * interrupted thread cannot wait.
   */
  private void undo(Planned planned) {
    boolean interrupted = Thread.interrupted();
    try {
      planned.fault().undo(this, planned);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  Place place() {
    return parts.place();
  }

  Fleet fleet() {
    return parts.fleet();
  }

  List<BotProcess> bots() {
    return parts.bots();
  }

  StoreUnderTest store() {
    return parts.store();
  }

  ChainUnderTest chain() {
    return Objects.requireNonNull(parts.chain(), "no chain runs");
  }

  Path data() {
    return parts.data();
  }

  SpaceName space() {
    return parts.space();
  }

  Journal journal() {
    return parts.journal();
  }

  /** The name of the member that commits. */
  String owner() {
    String key =
        store() instanceof SqliteUnderTest ? GridNames.COMMITTER_KEY : parts.space().text();
    return bots().getFirst().ask("owner " + key);
  }

  /** Notes that a member is harmed. */
  void touch(Seat seat) {
    touched.add(seat.name());
  }

  /** {@code kill -9}; {@link #startAgain} brings the member back. */
  void kill(Seat seat) {
    touch(seat);
    down.add(seat);
    seat.process().kill();
  }

  /** Asks a member to end and notes how long that took; {@link #startAgain} brings it back. */
  void close(Seat seat) {
    touch(seat);
    down.add(seat);
    end(seat);
  }

  /** Asks a visitor to end, if it runs, and notes how long that took. Nobody brings it back. */
  void dismiss(Seat visitor) {
    if (visitor.isRunning()) {
      end(visitor);
    }
  }

  private void end(Seat seat) {
    closes.add(new Motion.Close(seat.name(), seat.process().end()));
  }

  /** Starts a member, with more in its environment, and returns when it is healthy. */
  void start(Seat seat, Map<String, String> more) {
    parts.fleet().startHealthy(seat, more);
    down.remove(seat);
  }

  /** Starts the members that the fault ended, and returns when they are healthy. */
  void startAgain() {
    for (Seat seat : List.copyOf(down)) {
      seat.process().close(); // a start that failed may have left a process
      start(seat, Map.of());
    }
  }

  /** Notes that from the begin of the fault until now no news could reach somebody. */
  void excuse(String name) {
    excused.add(new Window(name, began, System.nanoTime()));
  }

  /** Gives the store back. Whoever had to read from it meanwhile is excused. */
  void giveStoreBack() {
    store().back();
    if (store() instanceof PostgresUnderTest) { // a reader of SQLite waits for no writer
      excused.add(new Window(null, began, System.nanoTime()));
    }
  }
}
