package io.mnemogrid.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A process that is driven over its standard input; {@link PuppetProcess} is the other end.
 *
 * <p>The protocol is lines in UTF-8. Each line of standard input is an order. The puppet obeys one
 * order after the other and answers each by one line on standard output: {@code done ANSWER}, or
 * {@code failed WHY}, after which it goes on. Before the first order, when it is ready, it says
 * {@code done GREETING}. At any time it may say {@code event TEXT}. It ends when standard input
 * ends, so it never outlives the process that started it.
 */
public final class Puppet {
  /** What a puppet's process does from its start to its end. */
  public interface Life {
    /** Gets ready, calls {@link Puppet#serve} once, and closes what it opened. */
    void live(Puppet puppet) throws Exception;
  }

  /** What carries out the orders. */
  public interface Orders {
    /**
     * Obeys.
     *
     * @return the answer, one line
     * @throws Exception when it cannot; the message is what the other end is answered
     */
    String obey(String order) throws Exception;
  }

  private final PrintStream protocol;

  private Puppet(PrintStream protocol) {
    this.protocol = protocol;
  }

  /**
   * The whole of a puppet's {@code main}; ends the process, with 0 or, when the life failed, with
   * 1. What is printed to {@link System#out} goes to standard error from now on: whoever prints by
   * accident must not speak the protocol.
   */
  public static void run(Life life) {
    Puppet puppet = new Puppet(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    System.setOut(System.err);
    int exit = 0;
    try {
      life.live(puppet);
    } catch (Throwable e) { // an Error too must end the process, or the other end waits
      e.printStackTrace();
      exit = 1;
    }
    System.exit(exit); // the grid's own threads may linger
  }

  /** Greets, then obeys until standard input ends. */
  public void serve(String greeting, Orders orders) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    say("done", greeting);
    for (String order = in.readLine(); order != null; order = in.readLine()) {
      try {
        say("done", orders.obey(order));
      } catch (Exception e) {
        // Whoever gave the order judges what failed.
        e.printStackTrace();
        say("failed", String.valueOf(e).replaceAll("[\r\n]+", " "));
      }
    }
  }

  /** Tells the other end something that it did not ask for. Any thread may call this. */
  public void tell(String event) {
    say("event", event);
  }

  /** The text, which must be one line. */
  static String oneLine(String text) {
    if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("not one line: " + text);
    }
    return text;
  }

  private void say(String kind, String text) {
    synchronized (protocol) {
      protocol.println(oneLine(kind + " " + text));
    }
  }
}
