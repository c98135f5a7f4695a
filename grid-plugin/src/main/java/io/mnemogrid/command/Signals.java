package io.mnemogrid.command;

import java.util.List;
import sun.misc.Signal;

/**
 * Ctrl-C, SIGTERM and a terminal that closes. A shutdown hook would do but for the exit code, which
 * is the command's to choose, and for a second signal, which says that somebody is in a hurry.
 */
public final class Signals {
  private Signals() {}

  /** Calls this on a thread of the JVM at each of the three, in place of ending. */
  public static void onEnd(Runnable told) {
    for (String name : List.of("INT", "TERM", "HUP")) {
      try {
        Signal.handle(new Signal(name), _ -> told.run());
      } catch (IllegalArgumentException e) {
        // This system has no such signal.
        continue;
      }
    }
  }
}
