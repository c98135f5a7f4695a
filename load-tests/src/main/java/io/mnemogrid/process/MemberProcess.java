package io.mnemogrid.process;

import io.mnemogrid.client.MemberApi;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM that {@link Launch} started, with its output in a file. It ends with this one. */
public final class MemberProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(4);
  private static final int TAIL = 4000;

  private final Process process;
  private final Path log;
  private final Thread endsWithUs;

  MemberProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.endsWithUs = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(endsWithUs);
  }

  /** The packaged member below a checkout. */
  public static Path packaged(Path root) {
    Path target = root.resolve("micronaut-api/target");
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file ->
              file.getFileName().toString().matches("mnemogrid-api-[^-]*(-SNAPSHOT)?\\.jar"))
          .findFirst()
          .orElseThrow(() ->
              new IllegalStateException("no member stands in " + target + ": ./mnemogrid build"));
    } catch (IOException e) {
      throw new IllegalStateException("no member stands in " + target + ": ./mnemogrid build", e);
    }
  }

  /** Returns when {@code /health} of the member on this port is good. */
  public MemberApi awaitHealthy(int port) {
    MemberApi api = new MemberApi(port);
    long began = System.nanoTime();
    while (true) {
      MemberApi.Reply health = api.tryGet("/health");
      if (health != null && health.status() == 200) {
        return api;
      }
      if (!process.isAlive()) {
        throw new IllegalStateException("the member ended with " + process.exitValue() + tail());
      }
      if (System.nanoTime() - began > START.toNanos()) {
        throw new IllegalStateException("the member is not healthy after " + START + tail());
      }
      pause(20);
    }
  }

  public static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }

  /** Sends it a signal by its name, {@code STOP} say. */
  public void signal(String name) {
    Isolation.signal(name, process.pid());
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process's standard input. */
  Writer orders() {
    return process.outputWriter(StandardCharsets.UTF_8);
  }

  /** The process's standard output, if that does not go to the file. */
  BufferedReader said() {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  /** Waits until it ends by itself, or this time is over. */
  void awaitEnd(Duration most) {
    try {
      process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Its exit code; it must have ended within this time. */
  public int exit(Duration within) {
    try {
      if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the member still runs after " + within + tail());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }

  /** {@code kill -9}; returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    exit(Duration.ofSeconds(10));
    forget();
  }

  /** Asks it to end, as Ctrl-C does; kills it when it does not. */
  @Override
  public void close() {
    end();
  }

  /**
   * As {@link #close}. Returns how long that took: 20 s or more if the process had to be killed.
   */
  public Duration end() {
    long began = System.nanoTime();
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
    forget();
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private void forget() {
    try {
      Runtime.getRuntime().removeShutdownHook(endsWithUs);
    } catch (IllegalStateException e) {
      // This process is ending, so the hook runs anyway.
    }
  }

  /** The end of what it printed, for a message. */
  public String tail() {
    try {
      String text = Files.readString(log, StandardCharsets.UTF_8);
      return "\n" + log + ":\n" + text.substring(Math.max(0, text.length() - TAIL));
    } catch (IOException e) {
      return " (" + log + " cannot be read: " + e + ")";
    }
  }
}
