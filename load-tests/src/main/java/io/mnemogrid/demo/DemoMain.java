package io.mnemogrid.demo;

import io.mnemogrid.command.ExitCode;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Plays DARYL's scenario against a running grid. The exit code is 0 only when each {@link
 * Observation} was seen. It ends within {@value #LIMIT_SECONDS} s whatever happens.
 *
 * <pre>
 * URL HOST:PORT EXAMPLE (--chain URL | --notary FOLDER) [--seed N] [--logs FOLDER] [--secret TEXT]
 * </pre>
 *
 * <p>URL is the API, HOST:PORT a member to join, EXAMPLE the folder with state.json and
 * updates.json.
 */
public final class DemoMain {
  private static final int LIMIT_SECONDS = 150;

  private DemoMain() {}

  /**
   * How to play.
   *
   * @param chain JSON-RPC endpoint, or empty when a notary signs
   * @param notary the notary's folder, or empty when there is a chain
   * @param secret lets the bots join the grid; empty when their environment has it
   * @param key what the API asks for; empty where it asks for none
   * @param logs folder for the bots' logs, or empty for temporary files
   */
  record Settings(
      String api,
      String grid,
      Path example,
      String chain,
      String notary,
      String logs,
      String secret,
      String key,
      long seed) {
    static Settings parse(List<String> arguments) {
      List<String> places = new ArrayList<>();
      Map<String, String> options = new HashMap<>();
      for (int i = 0; i < arguments.size(); i++) {
        String argument = arguments.get(i);
        if (!argument.startsWith("--")) {
          places.add(argument);
        } else if (List.of("--chain", "--notary", "--seed", "--logs", "--secret", "--key")
                .contains(argument)
            && i + 1 < arguments.size()) {
          options.put(argument, arguments.get(++i));
        } else {
          throw new IllegalArgumentException("the demo does not know " + argument);
        }
      }
      if (places.size() != 3 || options.containsKey("--chain") == options.containsKey("--notary")) {
        throw new IllegalArgumentException(
            "URL HOST:PORT EXAMPLE and one of --chain URL and --notary FOLDER");
      }
      return new Settings(
          places.get(0),
          places.get(1),
          Path.of(places.get(2)),
          options.getOrDefault("--chain", ""),
          options.getOrDefault("--notary", ""),
          options.getOrDefault("--logs", ""),
          options.getOrDefault("--secret", ""),
          options.getOrDefault("--key", ""),
          Long.parseLong(options.getOrDefault("--seed", String.valueOf(DarylScript.DEFAULT_SEED))));
    }

    /** The chain's endpoint, where there is one. */
    URI endpoint() {
      return URI.create(chain);
    }
  }

  /** Plays. Returns 0 only when all was seen. */
  public static int run(List<String> arguments, PrintStream out) throws InterruptedException {
    Settings settings = Settings.parse(arguments);
    Timeline timeline = new Timeline(out);
    List<Bot> bots = new CopyOnWriteArrayList<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> bots.forEach(Bot::kill)));
    Thread play =
        Thread.ofPlatform()
            .daemon()
            .name("demo")
            .start(() -> new Scenario(settings, timeline, bots).play());
    boolean inTime = play.join(Duration.ofSeconds(LIMIT_SECONDS));
    if (!inTime) {
      timeline.say("demo", "not done after " + LIMIT_SECONDS + " s, stopping");
    }
    if (timeline.summarize()) {
      bots.forEach(Bot::dropLog);
      return ExitCode.OK.code();
    }
    return (inTime ? ExitCode.DOES_NOT_HOLD : ExitCode.TIMED_OUT).code();
  }
}
