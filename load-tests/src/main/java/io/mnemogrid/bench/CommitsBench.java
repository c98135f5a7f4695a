package io.mnemogrid.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code ./mnemogrid bench commits}: what commits and reads cost, beside peers that write to the
 * same disk in the same run. Rounds are interleaved and the medians are shown. A missing peer is an
 * error.
 */
public final class CommitsBench {
  /** Measures one part of the benchmark and returns its lines. */
  private interface Part {
    List<Row> measure(Run run) throws Exception;
  }

  private static final Map<String, Part> PARTS = new LinkedHashMap<>();

  static {
    PARTS.put("hot", PeerRows::hot);
    PARTS.put("spread", PeerRows::spread);
    PARTS.put("one", PeerRows::one);
    PARTS.put("signed", SignedRows::signed);
    PARTS.put("members", MemberRows::members);
    PARTS.put("root", RootRows::root);
    PARTS.put("read", ReadRows::read);
    PARTS.put("visible", MemberRows::visible);
    PARTS.put("http", HttpRows::http);
    PARTS.put("trail", TrailRows::trail);
  }

  private CommitsBench() {}

  /**
   * Runs the benchmark. The first argument is the packaged member's jar; options follow.
   *
   * <p>{@code --only NAME,…} chooses parts, {@code --seconds N} is the length of a round, {@code
   * --rounds N} is the number of rounds that count.
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> options = Arrays.asList(arguments).subList(1, arguments.length);
    try {
      measure(
          Path.of(arguments[0]),
          option(options, "--only", String.join(",", PARTS.keySet())),
          Duration.ofSeconds(whole(options, "--seconds", 3)),
          whole(options, "--rounds", 3),
          out);
    } catch (IllegalArgumentException e) {
      out.println("mnemogrid: " + e.getMessage());
      System.exit(2);
    }
    System.exit(0); // threads of peers may linger
  }

  /** Measures the parts named, divided by commas, and prints the table. */
  static List<Row> measure(Path member, String only, Duration time, int rounds, PrintStream out)
      throws Exception {
    Set<String> chosen = Set.of(only.split(",", -1));
    if (!PARTS.keySet().containsAll(chosen)) {
      throw new IllegalArgumentException(
          "--only knows " + String.join(", ", PARTS.keySet()) + "; got " + only);
    }
    Path folder = Files.createTempDirectory("mnemogrid-bench");
    Run run = new Run(folder, member, time, rounds, out);
    try {
      out.printf(
          "rounds of %s s, median of %d interleaved ones, %d cores%n",
          Row.number(time.toMillis() / 1e3), rounds, Runtime.getRuntime().availableProcessors());
      List<Row> rows = new ArrayList<>();
      for (Map.Entry<String, Part> part : PARTS.entrySet()) {
        if (chosen.contains(part.getKey())) {
          out.println(part.getKey());
          rows.addAll(part.getValue().measure(run));
        }
      }
      out.println();
      out.println(Row.HEADER);
      rows.forEach(out::println);
      return rows;
    } finally {
      delete(folder);
    }
  }

  private static String option(List<String> options, String name, String otherwise) {
    int at = options.indexOf(name);
    return at < 0 || at + 1 == options.size() ? otherwise : options.get(at + 1);
  }

  private static int whole(List<String> options, String name, int otherwise) {
    String text = option(options, name, String.valueOf(otherwise));
    if (!text.matches("[1-9][0-9]{0,5}")) {
      throw new IllegalArgumentException(name + " wants a number from 1 on; got " + text);
    }
    return Integer.parseInt(text);
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
