package io.mnemogrid.drill;

import io.mnemogrid.command.ExitCode;
import io.mnemogrid.fault.Fault;
import io.mnemogrid.fault.Faults;
import io.mnemogrid.fault.Missing;
import io.mnemogrid.fault.Place;
import io.mnemogrid.fault.Planned;
import io.mnemogrid.process.Isolation;
import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code ./mnemogrid chaos}: reads options, starts itself again in a network and mounts of its own,
 * plays and prints. Exit code: 0 when nothing is wrong, 7 when something is, 1 when it was not
 * played to its end or did not do what it is for, 3 when it cannot be played.
 */
public final class ChaosMain {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "--commits", "5000",
          "--faults", "24",
          "--members", "3",
          "--spaces", String.valueOf(Chaos.FEW_SPACES),
          "--store", "sqlite",
          "--only", "");
  private static final Set<String> KNOWN =
      Set.of(
          "--jar",
          "--folder",
          "--anvil",
          "--commits",
          "--faults",
          "--members",
          "--spaces",
          "--store",
          "--only",
          "--seed",
          "--brief");

  /** A member answers all documents one by one at the end. */
  private static final int MOST_SPACES = 5000;

  private ChaosMain() {}

  /** Plays what the options say. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    System.exit(run(List.of(arguments)));
  }

  /** Plays what the options say; returns the exit code. */
  public static int run(List<String> arguments) throws IOException, InterruptedException {
    Map<String, String> options;
    try {
      options = parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("chaos: " + e.getMessage());
      return ExitCode.USAGE.code();
    }
    if (!Isolation.isInside()) {
      List<String> wrapper = Isolation.wrapper();
      if (!wrapper.isEmpty()) {
        return startAgain(wrapper, arguments);
      }
    }
    return play(options);
  }

  private static Map<String, String> parse(List<String> arguments) {
    Map<String, String> options = new HashMap<>(DEFAULTS);
    for (int i = 0; i < arguments.size(); i += 2) {
      if (!KNOWN.contains(arguments.get(i)) || i + 1 == arguments.size()) {
        throw new IllegalArgumentException(
            "does not know '" + arguments.get(i) + "', or it lacks its value");
      }
      options.put(arguments.get(i), arguments.get(i + 1));
    }
    for (String name : List.of("--commits", "--faults", "--members", "--spaces", "--seed")) {
      if (!options.getOrDefault(name, "0").matches("[0-9]{1,9}")) {
        throw new IllegalArgumentException(name + " wants a number, got " + options.get(name));
      }
    }
    if (!Set.of("sqlite", "postgres").contains(options.get("--store"))) {
      throw new IllegalArgumentException("--store is sqlite or postgres");
    }
    if (Integer.parseInt(options.get("--members")) < 2) {
      throw new IllegalArgumentException("--members wants at least 2");
    }
    int spaces = Integer.parseInt(options.get("--spaces"));
    if (spaces < Chaos.FEW_SPACES || spaces > MOST_SPACES) {
      throw new IllegalArgumentException(
          "--spaces wants %d to %d".formatted(Chaos.FEW_SPACES, MOST_SPACES));
    }
    return options;
  }

  private static int startAgain(List<String> wrapper, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ChaosMain.class.getName()));
    command.addAll(arguments);
    Process inside = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(inside)));
    return inside.waitFor();
  }

  /** Asks the inner process to end, so that it ends what it started. */
  private static void end(Process inside) {
    inside.destroy();
    try {
      inside.waitFor();
    } catch (InterruptedException e) {
      inside.destroyForcibly();
    }
  }

  private static int play(Map<String, String> options) throws IOException {
    Path anvil = Path.of(options.getOrDefault("--anvil", "none"));
    Place place =
        Place.here(
            Files.isExecutable(anvil) ? anvil : null, "postgres".equals(options.get("--store")));
    String only = options.getOrDefault("--only", "");
    Collection<Fault> chosen;
    try {
      chosen = only.isEmpty() ? Faults.ALL : Faults.parse(only);
    } catch (IllegalArgumentException e) {
      System.err.println("chaos: " + e.getMessage());
      return ExitCode.USAGE.code();
    }
    Map<Fault, Missing> missing = new LinkedHashMap<>();
    chosen.forEach(fault -> fault.missing(place).ifPresent(why -> missing.put(fault, why)));
    missing.forEach(
        (fault, why) -> System.out.println("not played: " + fault.text() + ", " + why.why()));
    if (missing.values().stream().anyMatch(Missing.Tool.class::isInstance)
        && "true".equals(System.getenv("CI"))) {
      System.out.println("in CI all of it must be played");
      return ExitCode.NOT_STARTED.code();
    }
    List<Fault> playable = chosen.stream().filter(fault -> !missing.containsKey(fault)).toList();
    if (playable.isEmpty()) {
      System.out.println("nothing is left to play");
      return ExitCode.NOT_STARTED.code();
    }

    long seed =
        options.containsKey("--seed")
            ? Long.parseLong(options.get("--seed"))
            : System.nanoTime() % 1_000_000; // printed, so that the schedule can be played again
    int members = Integer.parseInt(options.get("--members"));
    List<Planned> schedule =
        Planned.schedule(
            seed,
            Integer.parseInt(options.get("--faults")),
            playable,
            members,
            "yes".equals(options.get("--brief")));
    Path folder = Files.createDirectories(Path.of(options.get("--folder"))).toAbsolutePath();
    Chaos.Plan plan =
        new Chaos.Plan(
            Path.of(options.get("--jar")),
            folder,
            place,
            members,
            Integer.parseInt(options.get("--spaces")),
            seed,
            Long.parseLong(options.get("--commits")),
            schedule);
    System.out.printf(
        "seed %d, %s, %d members, data in %s%n", seed, options.get("--store"), members, folder);
    schedule.forEach(planned -> System.out.println("  " + planned));
    Duration limit =
        Duration.ofSeconds(300 + 200L * schedule.size() + plan.commits() / 20); // far beyond usual
    watch(limit);
    Chaos.Outcome outcome;
    try {
      outcome = Chaos.play(plan, System.out);
    } catch (RuntimeException e) {
      e.printStackTrace();
      System.out.println("it could not be played to its end; seed " + seed);
      return ExitCode.CANNOT_TELL.code();
    }
    outcome.table().forEach(System.out::println);
    outcome.verdict().sentences().forEach(flaw -> System.out.println("  " + flaw));
    if (outcome.verdict().isClean() && !outcome.idle().isEmpty()) {
      System.out.println("this run proves nothing: " + outcome.idle());
      return ExitCode.CANNOT_TELL.code();
    }
    System.out.println(
        outcome.verdict().isClean()
            ? "nothing was lost, and all that should move moved"
            : "this is no success: " + outcome.verdict().summary());
    return (outcome.verdict().isClean() ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
  }

  /** Ends a run that hangs. */
  private static void watch(Duration limit) {
    Thread.ofPlatform()
        .name("watchdog")
        .daemon()
        .start(() -> {
          MemberProcess.pause(limit.toMillis());
          System.out.println("it is not over after " + limit + ": something hangs");
          System.exit(ExitCode.TIMED_OUT.code());
        });
  }
}
