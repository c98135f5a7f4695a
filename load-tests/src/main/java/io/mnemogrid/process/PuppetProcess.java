package io.mnemogrid.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Puppet} in its process, as the one who started it ({@link Launch#startPuppet}) sees it.
 * Every wait has a limit, and a failure shows the end of what the puppet printed on standard error.
 * Safe for all threads.
 */
public final class PuppetProcess implements AutoCloseable {
  /** No order takes as long: whoever waits longer waits for something that hangs. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** After the end of its standard input; a puppet that takes longer is ended by a signal. */
  private static final Duration GOODBYE = Duration.ofSeconds(5);

  private final String name;
  private final MemberProcess process;
  private final Writer orders;
  private final Consumer<String> events;
  private final CompletableFuture<String> greeting = new CompletableFuture<>();

  /** The oldest first: a puppet answers in the order in which it was asked. Guarded by this. */
  private final Queue<CompletableFuture<String>> waiting = new ArrayDeque<>();

  private @Nullable String ended; // why no answer comes any more; guarded by this

  PuppetProcess(String name, MemberProcess process, Consumer<String> events) {
    this.name = name;
    this.process = process;
    this.orders = process.orders();
    this.events = events;
    waiting.add(greeting);
    Thread.ofPlatform().daemon().name(name + "-says").start(this::listen);
  }

  private void listen() {
    String why = "ended";
    try (BufferedReader said = process.said()) {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        hear(line);
      }
    } catch (IOException | RuntimeException e) {
      why = "cannot be understood: " + e;
    }
    end("%s %s%s".formatted(name, why, process.tail()));
  }

  private void hear(String line) {
    int space = line.indexOf(' ');
    String text = line.substring(space + 1);
    switch (line.substring(0, Math.max(0, space))) {
      case "event" -> events.accept(text);
      case "done" -> next().complete(text);
      case "failed" -> next().completeExceptionally(new IllegalStateException(name + ": " + text));
      default -> throw new IllegalStateException("it said " + line);
    }
  }

  private synchronized CompletableFuture<String> next() {
    return waiting.remove();
  }

  private synchronized void end(String why) {
    ended = why;
    waiting.forEach(answer -> answer.completeExceptionally(new IllegalStateException(why)));
    waiting.clear();
  }

  public String name() {
    return name;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Returns its greeting, when it is ready.
   *
   * @throws IllegalStateException when it ends instead, or does not get ready; it is killed then
   */
  public String awaitUp() {
    return awaitUp(PATIENCE);
  }

  /** The same with another limit. */
  public String awaitUp(Duration patience) {
    try {
      return await(greeting, patience);
    } catch (IllegalStateException e) {
      kill();
      throw e;
    }
  }

  /** Gives an order of one line and returns at once. The answer may fail. */
  public synchronized CompletableFuture<String> send(String order) {
    String line = Puppet.oneLine(order);
    CompletableFuture<String> answer = new CompletableFuture<>();
    if (ended != null) {
      answer.completeExceptionally(new IllegalStateException(ended));
      return answer;
    }
    waiting.add(answer);
    try {
      orders.write(line + "\n");
      orders.flush();
    } catch (IOException e) {
      // It is gone, and the thread that reads what it says fails the answer.
    }
    return answer;
  }

  /**
   * Gives an order and returns the answer.
   *
   * @throws IllegalStateException when the puppet could not obey, ended, or does not answer
   */
  public String ask(String order) {
    return await(send(order));
  }

  /** Waits for the answer to an order that was sent; throws as {@link #ask} does. */
  public <T> T await(CompletableFuture<T> answer) {
    return await(answer, PATIENCE);
  }

  /** The same with another limit. */
  public <T> T await(CompletableFuture<T> answer, Duration patience) {
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "%s did not answer in %s%s".formatted(name, patience, process.tail()), e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(Objects.requireNonNull(e.getCause()).getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting for " + name, e);
    }
  }

  /** {@code kill -9}. */
  public void kill() {
    process.kill();
  }

  /** Sends it a signal by its name, {@code STOP} say. */
  public void signal(String signal) {
    process.signal(signal);
  }

  /** Ends its standard input, whereupon it ends in order; ends it by a signal when it does not. */
  @Override
  public void close() {
    try {
      orders.close();
    } catch (IOException e) {
      // It is gone already.
    }
    process.awaitEnd(GOODBYE);
    process.close();
  }
}
