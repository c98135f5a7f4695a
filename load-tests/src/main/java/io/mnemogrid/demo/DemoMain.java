package io.mnemogrid.demo;

import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Plays DARYL's scenario against a running grid. Ends with exit code 0 only when all of {@link
 * Observation} was seen, and within {@value #LIMIT_SECONDS} s whatever happens.
 *
 * <pre>
 * DemoMain URL HOST:PORT EXAMPLE (--chain URL | --notary FOLDER) [--seed N] [--logs FOLDER]
 * </pre>
 *
 * URL is the API, HOST:PORT a member to join, EXAMPLE the folder with state.json and updates.json.
 */
public final class DemoMain {
  private static final int LIMIT_SECONDS = 150;

  private DemoMain() {}

  /**
   * How to play.
   *
   * @param chain JSON-RPC endpoint, or empty when a notary signs
   * @param notary the notary's folder, or empty when there is a chain
   * @param logs folder for the bots' logs, or empty for temporary files
   */
  record Settings(
      String api, String grid, Path example, String chain, String notary, String logs, long seed) {
    static Settings parse(List<String> arguments) {
      List<String> places = new ArrayList<>();
      Map<String, String> options = new HashMap<>();
      for (int i = 0; i < arguments.size(); i++) {
        String argument = arguments.get(i);
        if (!argument.startsWith("--")) {
          places.add(argument);
        } else if (List.of("--chain", "--notary", "--seed", "--logs").contains(argument)
            && i + 1 < arguments.size()) {
          options.put(argument, arguments.get(++i));
        } else {
          throw new IllegalArgumentException("the demo does not know " + argument);
        }
      }
      if (places.size() != 3 || options.containsKey("--chain") == options.containsKey("--notary")) {
        throw new IllegalArgumentException(
            "DemoMain URL HOST:PORT EXAMPLE (--chain URL | --notary FOLDER) [--seed N] [--logs FOLDER]");
      }
      return new Settings(
          places.get(0),
          places.get(1),
          Path.of(places.get(2)),
          options.getOrDefault("--chain", ""),
          options.getOrDefault("--notary", ""),
          options.getOrDefault("--logs", ""),
          Long.parseLong(options.getOrDefault("--seed", String.valueOf(DarylScript.DEFAULT_SEED))));
    }

    /** The chain's endpoint, where there is one. */
    URI endpoint() {
      return URI.create(chain);
    }
  }

  /** Plays and ends the process. */
  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Settings settings;
    try {
      settings = Settings.parse(List.of(arguments));
    } catch (IllegalArgumentException e) {
      System.err.println("mnemogrid demo: " + e.getMessage());
      System.exit(2);
      return;
    }
    Timeline timeline = new Timeline(out);
    List<Bot> bots = new CopyOnWriteArrayList<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> bots.forEach(Bot::kill)));
    Thread play =
        Thread.ofPlatform()
            .daemon()
            .name("demo")
            .start(() -> new Scenario(settings, timeline, bots).play());
    if (!play.join(Duration.ofSeconds(LIMIT_SECONDS))) {
      timeline.say("demo", "not done after " + LIMIT_SECONDS + " s, stopping");
    }
    boolean allSeen = timeline.summarize();
    if (allSeen) {
      bots.forEach(Bot::dropLog);
    }
    System.exit(allSeen ? 0 : 1);
  }
}
