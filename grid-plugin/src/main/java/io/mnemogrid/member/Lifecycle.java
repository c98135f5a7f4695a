package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a member, in the order in which they start; each stands on those before it.
 *
 * <ol>
 *   <li>Start: a part begins to work inside this process.
 *   <li>Ready: it opens itself to others, once all parts have started.
 *   <li>Drain: it takes nothing new and finishes what it took. Parts drain in the reverse order,
 *       and all of them drain before the first one closes.
 *   <li>Close: it ends. Parts close in the reverse order.
 * </ol>
 *
 * <p>A start that fails closes all parts. Whatever a part throws while it drains or closes is
 * logged, and the others drain and close all the same. One thread starts and closes.
 */
final class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
  private static final long LONG_MILLIS = 500;

  private final List<Part> parts;

  /** A part of a member; a step that is not named does nothing. */
  static final class Part {
    private final String name;
    private Runnable start = () -> {};
    private Runnable ready = () -> {};
    private Runnable drain = () -> {};
    private Runnable close = () -> {};
    private Supplier<List<GridHealth.Part>> health = List::of;

    /** A part called {@code name}, for the log. */
    Part(String name) {
      this.name = name;
    }

    Part starts(Runnable step) {
      start = step;
      return this;
    }

    Part opens(Runnable step) {
      ready = step;
      return this;
    }

    /** The step must be bounded in time. */
    Part drains(Runnable step) {
      drain = step;
      return this;
    }

    /** The step is also taken where the part never started. */
    Part closes(Runnable step) {
      close = step;
      return this;
    }

    /** How well the part works; may block. */
    Part tells(Supplier<List<GridHealth.Part>> parts) {
      health = parts;
      return this;
    }
  }

  /** A member of these parts, the first to start first. */
  Lifecycle(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /** Starts all parts and then opens them; what fails closes all of them and is thrown. */
  void start() {
    try {
      parts.forEach(part -> part.start.run());
      parts.forEach(part -> part.ready.run());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Drains and closes all parts, the last to start first. */
  void close() {
    List<Part> reversed = parts.reversed();
    reversed.forEach(part -> quietly(part.name, "drain", part.drain));
    reversed.forEach(part -> quietly(part.name, "close", part.close));
  }

  private static void quietly(String name, String what, Runnable step) {
    long began = System.nanoTime();
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      LOG.warn("{} did not {}: {}", name, what, e.toString());
    }
    long millis = (System.nanoTime() - began) / 1_000_000;
    if (millis >= LONG_MILLIS) {
      LOG.info("{} took {} ms to {}", name, millis, what);
    }
  }

  /** What all parts say of themselves, in their order. */
  List<GridHealth.Part> health() {
    List<GridHealth.Part> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(part.health.get()));
    return all;
  }
}
