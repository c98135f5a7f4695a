package io.mnemogrid.demo;

import io.mnemogrid.state.Hash;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Prints what the demo does and collects what it has seen. Safe for all threads. */
final class Timeline {
  private final PrintStream out;
  private final long began = System.nanoTime();
  private final Map<Observation, String> instead = new EnumMap<>(Observation.class);
  private final Map<Observation, String> seen = new EnumMap<>(Observation.class);

  Timeline(PrintStream out) {
    this.out = out;
  }

  synchronized void step(String number, String title) {
    out.println();
    out.printf("%s  %s%n", number, title);
  }

  synchronized void say(String who, String what) {
    double seconds = (System.nanoTime() - began) / 1e9;
    out.printf(Locale.ROOT, "   t+%5.1f s  %-6s %s%n", seconds, who, what);
  }

  /** Notes whether something was seen, and describes what was there. */
  synchronized void observe(Observation what, boolean wasSeen, String there) {
    (wasSeen ? seen : instead).put(what, there);
  }

  /**
   * Notes why a step stopped, as the reason for each observation of it that was not seen before.
   */
  synchronized void failed(String step, String why) {
    say("demo", "step " + step + " stopped: " + why);
    for (Observation each : Observation.values()) {
      if (each.step().equals(step) && !seen.containsKey(each)) {
        instead.putIfAbsent(each, why);
      }
    }
  }

  /** Prints every observation with ✓ or ✗; true when all were seen. */
  synchronized boolean summarize() {
    boolean all = true;
    out.println();
    out.println("What was seen");
    for (Observation each : Observation.values()) {
      boolean was = seen.containsKey(each) && !instead.containsKey(each);
      all &= was;
      out.printf("  %s %s  %s%n", was ? "✓" : "✗", each.step(), each.sentence());
      String detail =
          was ? seen.get(each) : instead.getOrDefault(each, "the demo did not get there");
      if (detail != null && !detail.isEmpty()) {
        out.printf("         %s%s%n", was ? "" : "instead: ", detail);
      }
    }
    out.flush();
    return all;
  }

  /** The first digits of a hash. */
  static String brief(String hash) {
    return hash.length() > 14 ? hash.substring(0, 14) + "…" : hash;
  }

  /** The first digits of a hash. */
  static String brief(Hash hash) {
    return brief(hash.toString());
  }
}
