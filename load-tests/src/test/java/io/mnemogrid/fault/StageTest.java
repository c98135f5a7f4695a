package io.mnemogrid.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.SqliteUnderTest;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.Journal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault is undone, however far it came. */
@NullMarked
class StageTest {
  @TempDir Path folder;

  private final List<String> done = new ArrayList<>();
  private final List<Fleet> fleets = new ArrayList<>();

  @AfterEach
  void endAll() {
    fleets.forEach(Fleet::close);
  }

  /** Fails half-way. */
  private final class Breaks implements Fault {
    private final boolean alsoUndoing;

    private Breaks(boolean alsoUndoing) {
      this.alsoUndoing = alsoUndoing;
    }

    @Override
    public String text() {
      return "breaks";
    }

    @Override
    public Span span() {
      return Span.seconds(0, 0);
    }

    @Override
    public void play(Stage stage, Planned planned) {
      done.add("play");
      throw new IllegalStateException("half-way");
    }

    @Override
    public void undo(Stage stage, Planned planned) {
      done.add("undo");
      if (alsoUndoing) {
        throw new IllegalStateException("not undone");
      }
    }
  }

  private Stage stage(Fleet fleet) {
    return new Stage(
        new Stage.Parts(
            new Place(false, null, null, false),
            fleet,
            List.of(),
            new SqliteUnderTest(folder),
            null,
            folder,
            SpaceName.of("alpha"),
            new Journal()));
  }

  private static Planned plan(Fault fault) {
    return new Planned(1, fault, 0, Duration.ofSeconds(30), Duration.ZERO, 0);
  }

  @Test
  void undoesWhatFailedHalfWay() {
    Stage stage = stage(fleet(0));
    assertThatThrownBy(() -> stage.play(plan(new Breaks(false))))
        .hasMessage("half-way")
        .hasNoSuppressedExceptions();
    assertThat(done).containsExactly("play", "undo");
  }

  @Test
  void theFirstFailureIsTheOneThatIsThrown() {
    Stage stage = stage(fleet(0));
    assertThatThrownBy(() -> stage.play(plan(new Breaks(true))))
        .hasMessage("half-way")
        .satisfies(
            e -> assertThat(e.getSuppressed()).singleElement().asString().contains("not undone"));
    assertThat(done).containsExactly("play", "undo");
  }

  @Test
  void aFullDiskHasRoomAgain() throws IOException {
    Stage stage = stage(fleet(0));
    DiskFull fault = new DiskFull();
    Files.writeString(folder.resolve("filler"), "all that there was");
    fault.undo(stage, plan(fault));
    assertThat(folder.resolve("filler")).doesNotExist();
    fault.undo(stage, plan(fault)); // where nothing was filled
  }

  // With a process.

  /** What a fleet takes for a member: it answers everything as one that sees itself. */
  static final class Pretends {
    private Pretends() {}

    public static void main(String[] arguments) throws IOException {
      int port = Integer.parseInt(System.getenv("MNEMOGRID_HTTP_PORT"));
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10);
      byte[] answer = "{\"items\":[{\"name\":\"m0\"}]}".getBytes(StandardCharsets.UTF_8);
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, answer.length);
            try (OutputStream body = exchange.getResponseBody()) {
              body.write(answer);
            }
          });
      server.start();
    }
  }

  private Fleet fleet(int members) {
    Path jar = folder.resolve("member.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Pretends.class.getName());
    manifest
        .getMainAttributes()
        .put(Attributes.Name.CLASS_PATH, Path.of("target/test-classes").toUri().toString());
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Fleet fleet = new Fleet(Launch.member(jar), folder, members);
    fleet.seats().forEach(seat -> fleet.startHealthy(seat, Map.of()));
    fleets.add(fleet);
    return fleet;
  }

  /**
   * Plays a fault and interrupts it once something is so; the interrupt is still there after it.
   */
  private static void interrupt(Stage stage, Fault fault, BooleanSupplier once) {
    Thread player = Thread.currentThread();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          await().pollInterval(Duration.ofMillis(10)).until(once::getAsBoolean);
          player.interrupt();
        });
    assertThatThrownBy(() -> stage.play(plan(fault)))
        .hasMessageStartingWith("stopped while waiting")
        .hasNoSuppressedExceptions();
    assertThat(Thread.interrupted()).isTrue();
  }

  private static boolean isStopped(Seat seat) {
    try {
      String stat = Files.readString(Path.of("/proc/" + seat.process().pid() + "/stat"));
      return stat.substring(stat.lastIndexOf(')')).startsWith(") T");
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aStoppedMemberGoesOn() {
    Fleet fleet = fleet(1);
    Seat seat = fleet.seat(0);
    interrupt(stage(fleet), new Stop(), () -> isStopped(seat));
    assertThat(isStopped(seat)).isFalse();
    fleet.awaitWhole(0);
  }

  @Test
  void aKilledMemberIsStartedAgain() {
    Fleet fleet = fleet(1);
    interrupt(stage(fleet), new Kill(Kill.Whom.ANY), () -> !fleet.seat(0).isRunning());
    fleet.awaitWhole(0);
  }

  @Test
  void aVisitorLeaves() {
    Fleet fleet = fleet(1);
    interrupt(
        stage(fleet), new Roll(), () -> fleet.extra().isRunning() && !fleet.seat(0).isRunning());
    fleet.awaitWhole(0);
    assertThat(fleet.extra().isRunning()).isFalse();
  }
}
