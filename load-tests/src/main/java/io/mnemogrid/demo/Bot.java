package io.mnemogrid.demo;

import io.mnemogrid.state.Json;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/** A {@link BotMain} in a process of its own, as the demo speaks to it. Every wait has a limit. */
final class Bot implements AutoCloseable {
  private static final long START_SECONDS = 60;
  private static final long ANSWER_SECONDS = 30;

  private final String name;
  private final String author;
  private final Process process;
  private final PrintStream orders;
  private final File log;
  private final boolean keepsLog;
  private final AtomicLong lastId = new AtomicLong();
  private final Map<Long, CompletableFuture<Fields>> waiting = new ConcurrentHashMap<>();
  private final CountDownLatch up = new CountDownLatch(1);
  private final BiConsumer<Bot, Fields> events;

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
    this.events = events;
    keepsLog = !logs.isEmpty();
    log =
        keepsLog
            ? new File(logs, "bot-" + name + ".log")
            : File.createTempFile("mnemogrid-bot-" + name + "-", ".log");
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    // The launcher started the demo with the options that the grid needs; the bot gets the same.
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-Dhazelcast.logging.type=slf4j"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), BotMain.class.getName()));
    command.addAll(List.of("bot-" + name, author, String.valueOf(freePort()), grid));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log);
    if (!secret.isEmpty()) {
      builder.environment().put("MNEMOGRID_GRID_SECRET", secret);
    }
    process = builder.start();
    orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("bot-" + name).start(this::listen);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  String name() {
    return name;
  }

  String author() {
    return author;
  }

  long pid() {
    return process.pid();
  }

  private void listen() {
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = in.readLine()) != null) {
        hear(Fields.parse(line));
      }
    } catch (IOException | RuntimeException e) {
      fail("it could not be understood: " + e);
    }
    fail("it ended");
  }

  private void hear(Fields said) {
    if (said.has("event")) {
      if (said.text("event").equals("up")) {
        up.countDown();
      }
      events.accept(this, said);
      return;
    }
    CompletableFuture<Fields> answer = waiting.remove(said.whole("id"));
    if (answer != null) {
      answer.complete(said);
    }
  }

  private void fail(String why) {
    up.countDown();
    waiting
        .values()
        .forEach(answer -> answer.completeExceptionally(new IllegalStateException(why)));
  }

  /** Waits until its member has joined. */
  void awaitUp() throws InterruptedException {
    if (!up.await(START_SECONDS, TimeUnit.SECONDS) || !process.isAlive()) {
      throw new IllegalStateException("bot " + name + " did not start; " + lastLog());
    }
  }

  /** Tells the bot to do something and returns at once. */
  CompletableFuture<Fields> send(String what, Map<String, ? extends Json> details) {
    long id = lastId.incrementAndGet();
    Map<String, Json> order = new TreeMap<>(details);
    order.put("id", Json.of(id));
    order.put("do", Json.of(what));
    CompletableFuture<Fields> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    orders.println(Json.object(order).canonical());
    if (!process.isAlive()) {
      fail("it ended");
    }
    return answer;
  }

  /** Tells the bot to do something and waits for its answer. */
  Fields ask(String what, Map<String, ? extends Json> details) throws InterruptedException {
    return answer(send(what, details));
  }

  /** Waits for an answer; throws what the bot could not do. */
  Fields answer(CompletableFuture<Fields> sent) throws InterruptedException {
    Fields answer;
    try {
      answer = sent.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "bot " + name + " did not answer in " + ANSWER_SECONDS + " s; " + lastLog(), e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("bot " + name + ": " + e.getCause() + "; " + lastLog(), e);
    }
    if (answer.has("error")) {
      throw new IllegalStateException("bot " + name + ": " + answer.text("error"));
    }
    return answer;
  }

  /** Stops the process in its tracks (SIGSTOP): it misses everything until {@link #wake}. */
  void sleep() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Lets the process go on (SIGCONT). */
  void wake() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", name, String.valueOf(process.pid())).inheritIO().start();
    if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
      throw new IllegalStateException("kill " + name + " " + process.pid() + " failed");
    }
  }

  private String lastLog() {
    return "its log is " + log;
  }

  /** Lets the process end, for 5 s, and then kills it; its log stays. */
  @Override
  public void close() {
    orders.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Deletes the bot's log if it is a temporary file. */
  void dropLog() {
    if (!keepsLog && !log.delete()) {
      log.deleteOnExit();
    }
  }

  /** Ends the process without asking. */
  void kill() {
    process.destroyForcibly();
  }
}
