package io.mnemogrid.tool;

import io.mnemogrid.audit.Progress;
import io.mnemogrid.command.Terminal;
import java.io.PrintStream;

/**
 * How far a long command has come, how fast, and how long it will take: one line on standard error
 * that is written over, and nothing where nobody watches a terminal.
 */
final class ProgressLine implements Progress {
  private static final long EVERY_NANOS = 500_000_000;

  private final PrintStream err;
  private final boolean shows = Terminal.showsProgress();
  private final long began = System.nanoTime();
  private long shown = began;
  private long since = began;
  private String what = "";
  private boolean open;

  ProgressLine(PrintStream err) {
    this.err = err;
  }

  @Override
  public void at(String now, long done, long total) {
    if (!shows) {
      return;
    }
    long nanos = System.nanoTime();
    String kind = now.startsWith("space ") ? "space " : now;
    if (!kind.equals(what)) {
      what = kind;
      since = nanos;
    }
    if (nanos - shown < EVERY_NANOS) {
      return;
    }
    shown = nanos;
    double seconds = Math.max(1e-3, (nanos - since) / 1e9);
    double rate = done / seconds;
    err.printf(
        "\r\u001b[K  %s: %d of %d (%d%%), %d/s, %d s left",
        now,
        done,
        total,
        total == 0 ? 100 : done * 100 / total,
        (long) rate,
        rate == 0 ? 0 : (long) ((total - done) / rate));
    err.flush();
    open = true;
  }

  /** Leaves the line. */
  void end() {
    if (open) {
      err.println();
    }
  }

  /** How many of these were done a second since the beginning. */
  long rate(long done) {
    return (long) (done / Math.max(1e-3, (System.nanoTime() - began) / 1e9));
  }
}
