package io.mnemogrid.demo;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.state.Json;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** A {@link BotMain} in a process of its own, as the demo speaks to it. Every wait has a limit. */
final class Bot implements AutoCloseable {
  private static final String SECRET = "MNEMOGRID_GRID_SECRET";
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final String name;
  private final String author;
  private final File log;
  private final boolean keepsLog;
  private final PuppetProcess puppet;

  /**
   * Starts the process; {@link #awaitUp} waits for it.
   *
   * @param logs folder for the bot's log, or empty for a temporary file
   * @param secret lets it join; empty when the environment has it
   * @param events called on the bot's reader thread with each event
   */
  Bot(
      String name,
      String author,
      String grid,
      String secret,
      String logs,
      BiConsumer<Bot, Fields> events)
      throws IOException {
    this.name = name;
    this.author = author;
    keepsLog = !logs.isEmpty();
    log =
        keepsLog
            ? new File(logs, "bot-" + name + ".log")
            : File.createTempFile("mnemogrid-bot-" + name + "-", ".log");
    puppet =
        Launch.main(
                BotMain.class,
                List.of("bot-" + name, author, Ports.free(1).getFirst().toString(), grid))
            .heap("256m")
            .flags("-Dhazelcast.logging.type=slf4j")
            .with(SECRET, secret.isEmpty() ? System.getenv().getOrDefault(SECRET, "") : secret)
            .startPuppet(
                "bot " + name, log.toPath(), event -> events.accept(this, Fields.parse(event)));
  }

  String name() {
    return name;
  }

  String author() {
    return author;
  }

  long pid() {
    return puppet.pid();
  }

  /** Waits until its member has joined. */
  void awaitUp() {
    puppet.awaitUp(START);
  }

  /** Tells the bot to do something and returns at once. */
  CompletableFuture<Fields> send(String what, Map<String, ? extends Json> details) {
    Map<String, Json> order = new TreeMap<>(details);
    order.put("do", Json.of(what));
    return puppet.send(Json.object(order).canonical()).thenApply(Fields::parse);
  }

  /** Tells the bot to do something and waits for its answer. */
  Fields ask(String what, Map<String, ? extends Json> details) {
    return answer(send(what, details));
  }

  /** Waits for an answer; what the bot could not do is thrown. */
  Fields answer(CompletableFuture<Fields> sent) {
    return puppet.await(sent, ANSWER);
  }

  /** Stops the process in its tracks (SIGSTOP): it misses everything until {@link #wake}. */
  void sleep() {
    puppet.signal("STOP");
  }

  /** Lets the process go on (SIGCONT). */
  void wake() {
    puppet.signal("CONT");
  }

  /** Lets the process end, for 5 s, and then kills it; its log stays. */
  @Override
  public void close() {
    puppet.close();
  }

  /** Deletes the bot's log if it is a temporary file. */
  void dropLog() {
    if (!keepsLog && !log.delete()) {
      log.deleteOnExit();
    }
  }

  /** Ends the process without asking. */
  void kill() {
    puppet.kill();
  }
}
