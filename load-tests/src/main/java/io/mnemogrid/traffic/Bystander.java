package io.mnemogrid.traffic;

import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.MemberApi.Reply;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * An honest caller beside others. It asks a member for its liveness and commits small deltas of its
 * own, and prints how long each answer took. It has a process of its own, so that only the machine
 * holds it up and not what others do in theirs; what the machine holds it up it measures by how
 * late its own sleeps end.
 */
public final class Bystander implements AutoCloseable {
  /** The space that it commits to. */
  public static final SpaceName SPACE = SpaceName.of("honest");

  private static final String READY = "ready";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PAUSE_MILLIS = 50;
  private static final int WARM = 20;

  /** What it measures. */
  public enum Look {
    /** An answer to {@code /health/liveness} on a connection that is kept open. */
    LIVENESS,
    /** The same on a new connection each time. */
    FRESH_LIVENESS,
    /** From the first sending of a delta until it is known to stand in the log. */
    DELTA,
    /** How much later than asked for a sleep ended: the machine's share in all the others. */
    LATE_SLEEP
  }

  /**
   * One measurement.
   *
   * @param status of the answer; 0 when there was none in {@link #PATIENCE}
   */
  public record Seen(Look look, int status, Duration took) {
    private String toLine() {
      return look + " " + status + " " + took.toNanos() / 1000;
    }

    private static Optional<Seen> parse(String line) {
      String[] parts = line.split(" ", -1);
      return parts.length == 3
          ? Optional.of(
              new Seen(
                  Look.valueOf(parts[0]),
                  Integer.parseInt(parts[1]),
                  Duration.ofNanos(1000 * Long.parseLong(parts[2]))))
          : Optional.empty();
    }
  }

  private final MemberProcess process;
  private final Path said;

  private Bystander(MemberProcess process, Path said) {
    this.process = process;
    this.said = said;
  }

  /** Starts one, which is warm when this returns. */
  public static Bystander start(int port, Path said) {
    Bystander bystander =
        new Bystander(
            Launch.main(Bystander.class, List.of(Integer.toString(port)))
                .heap("64m")
                .startingFast()
                .start(said),
            said);
    long began = System.nanoTime();
    while (bystander.lines().stream().noneMatch(READY::equals)) {
      if (!bystander.process.isAlive() || System.nanoTime() - began > PATIENCE.toNanos()) {
        String tail = bystander.process.tail();
        bystander.close();
        throw new IllegalStateException("the honest caller does not begin" + tail);
      }
      MemberProcess.pause(PAUSE_MILLIS);
    }
    return bystander;
  }

  /** What it has measured so far. */
  public List<Seen> seen() {
    return lines().stream().map(Seen::parse).flatMap(Optional::stream).toList();
  }

  /** Whole lines; the last one may still be on its way. */
  private List<String> lines() {
    try {
      String text = Files.readString(said, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.kill();
  }

  // in its own process

  /** Runs until it is killed. Argument: the member's HTTP port. */
  public static void main(String[] arguments) throws InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    MemberApi kept = new MemberApi(port);
    MemberApi deltas = new MemberApi(port);
    deltas.create(SPACE);
    Writer writer = new Writer(deltas);
    CountDownLatch warm = new CountDownLatch(Look.values().length);
    start(Look.LIVENESS, warm, () -> status(kept.tryGet("/health/liveness", PATIENCE)));
    start(Look.FRESH_LIVENESS, warm, () -> fresh(port));
    start(Look.DELTA, warm, writer::commit);
    start(Look.LATE_SLEEP, warm, null);
    warm.await();
    say(READY);
    Thread.currentThread().join();
  }

  /** Asks something and tells the status of the answer. */
  private interface Question {
    int ask();
  }

  private static void start(Look look, CountDownLatch warm, @Nullable Question question) {
    Thread.ofPlatform()
        .name(look.name())
        .start(() -> {
          for (int i = 0; true; i++) {
            long began = System.nanoTime();
            MemberProcess.pause(PAUSE_MILLIS);
            long woken = System.nanoTime();
            long late = woken - began - Duration.ofMillis(PAUSE_MILLIS).toNanos();
            int status = question == null ? 0 : question.ask();
            long took = question == null ? Math.max(0, late) : System.nanoTime() - woken;
            if (warm.getCount() == 0) {
              say(new Seen(look, status, Duration.ofNanos(took)).toLine());
            } else if (i == WARM) {
              warm.countDown();
            }
          }
        });
  }

  private static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
      System.out.flush();
    }
  }

  private static int status(@Nullable Reply reply) {
    return reply == null ? 0 : reply.status();
  }

  private static int fresh(int port) {
    try (Socket socket = new Socket()) {
      int patience = (int) PATIENCE.toMillis();
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), patience);
      socket.setSoTimeout(patience);
      socket
          .getOutputStream()
          .write(
              ("GET /health/liveness HTTP/1.1\r\nHost: 127.0.0.1:"
                      + port
                      + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Commits one small delta after the other, each until it is known to stand in the log. */
  private static final class Writer {
    private final MemberApi api;
    private final String run = Long.toString(System.nanoTime(), Character.MAX_RADIX);
    private long count;
    private long head;

    private Writer(MemberApi api) {
      this.api = api;
    }

    private int commit() {
      count++;
      Json change =
          Json.object(Map.of("key", Json.of("/n/" + count % 100), "value", Json.of(count)));
      Json changes = Json.object(Map.of("added", new Json.Arr(List.of(change))));
      Json body =
          Json.object(
              Map.of(
                  "update_id", Json.of("honest-" + run + "-" + count),
                  "base", Json.of(head),
                  "author", Json.of("honest"),
                  "timestamp", Json.of("2026-02-05T19:00:50Z"),
                  "type", Json.of("count"),
                  "changes", changes));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      int status = 0;
      while (System.nanoTime() - deadline < 0) {
        Reply reply = api.commit(SPACE, body, PATIENCE);
        status = status(reply);
        if (reply != null && (status == 200 || status == 201)) {
          head = reply.version();
          return status;
        }
        MemberProcess.pause(PAUSE_MILLIS); // the same again: unknown, busy, or no answer
      }
      return status;
    }
  }
}
