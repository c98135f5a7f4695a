package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.checkpoint.Bundle;
import io.mnemogrid.checkpoint.BundleVerifier;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Pointer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./mnemogrid bench proofs}: what a root, a proof and a check of it cost in documents of
 * several sizes. Beside them stand hashing the whole JSON again and a Merkle Patricia trie from
 * npm, in turn in one run; the medians of the rounds are shown. Every proof made is checked, and a
 * spoiled one must be refused.
 */
public final class ProofsBench {
  private static final int MOST_FOR_THE_PEER = 100_000; // a million take it minutes to build
  private static final int WARM_UP = 20;
  // Turns are short and many, so a turn that another process cut short does not move the median.
  private static final int TURN = 200;
  private static final int PEER_TURN = 20;
  private static final int REHASHED_EVERY = 5;

  private static final Map<Integer, Goal> UPDATE = Map.of(100_000, Goal.atMost(15, "µs"));
  private static final Map<Integer, Goal> PROVE = Map.of(1_000_000, Goal.atMost(20, "µs"));
  private static final Map<Integer, Goal> CHECK = Map.of(1_000_000, Goal.atMost(30, "µs"));
  private static final Map<Integer, Goal> HEAD = Map.of(1_000_000, Goal.atMost(4_096, "bytes"));
  private static final Map<Integer, Goal> PAST = Map.of(1_000_000, Goal.atMost(6_144, "bytes"));

  private ProofsBench() {}

  /**
   * Runs the benchmark. The first argument is the peer's folder; {@code --leaves N,…} and {@code
   * --rounds N} may follow.
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> options = Arrays.asList(arguments).subList(1, arguments.length);
    try {
      List<Integer> sizes = new ArrayList<>();
      for (String size : option(options, "--leaves", "1000,10000,100000,1000000").split(",", -1)) {
        sizes.add(whole("--leaves", size));
      }
      int rounds = whole("--rounds", option(options, "--rounds", "51"));
      measure(Path.of(arguments[0]), sizes, rounds, out);
    } catch (IllegalArgumentException e) {
      out.println("mnemogrid: " + e.getMessage());
      System.exit(2);
    }
  }

  private static String option(List<String> options, String name, String otherwise) {
    int at = options.indexOf(name);
    if (at >= 0 && at == options.size() - 1) {
      throw new IllegalArgumentException(name + " wants a value");
    }
    return at < 0 ? otherwise : options.get(at + 1);
  }

  private static int whole(String name, String text) {
    if (!text.matches("[1-9][0-9]{0,6}")) {
      throw new IllegalArgumentException(name + " wants whole numbers from 1, got " + text);
    }
    return Integer.parseInt(text);
  }

  /** Measures and prints the table. */
  static List<Row> measure(Path peer, List<Integer> sizes, int rounds, PrintStream out)
      throws IOException {
    out.printf(
        "medians of %d interleaved rounds, %d cores, Java %s%n",
        rounds, Runtime.getRuntime().availableProcessors(), Runtime.version());
    List<Row> rows = new ArrayList<>();
    for (int size : sizes) {
      out.printf("%,d leaves%n", size);
      rows.addAll(rows(peer, size, rounds, out));
    }
    out.println();
    out.println(Row.HEADER);
    rows.forEach(out::println);
    return rows;
  }

  private static List<Row> rows(Path folder, int size, int rounds, PrintStream out)
      throws IOException {
    ProvenDocument document = new ProvenDocument(size);
    Map<String, List<Double>> all = new TreeMap<>();
    boolean besidePeer = size <= MOST_FOR_THE_PEER;
    try (ProofsPeer peer = besidePeer ? ProofsPeer.start(folder, size) : null) {
      for (int round = -WARM_UP; round < rounds; round++) {
        Map<String, Double> one = new TreeMap<>();
        one.put("update", document.updateNanos(TURN));
        if (round % REHASHED_EVERY == 0) {
          one.put("rehash", document.rehashNanos());
        }
        one.put("prove", document.proveNanos(TURN));
        one.put("check", document.checkNanos(TURN));
        if (peer != null) {
          for (String question : List.of("update", "prove", "check")) {
            one.put("peer " + question, peer.nanos(question, PEER_TURN));
          }
        }
        if (round >= 0) {
          one.forEach(
              (what, nanos) -> all.computeIfAbsent(what, _ -> new ArrayList<>()).add(nanos));
        }
      }
    }
    Map<String, Double> medians = new TreeMap<>();
    all.forEach((what, nanos) -> {
      medians.put(what, median(nanos));
      out.printf(
          "  %-12s %10s   (%s to %s)%n",
          what,
          Row.time(median(nanos)),
          Row.time(Collections.min(nanos)),
          Row.time(Collections.max(nanos)));
    });
    String at = "%,d leaves".formatted(size);
    List<Row> rows = new ArrayList<>();
    double update = medians.getOrDefault("update", 0.0);
    double rehash = medians.getOrDefault("rehash", 0.0);
    rows.add(row("update + root, " + at, update, UPDATE.get(size)));
    rows.add(beside("update + root, " + at, update, "whole JSON hashed", rehash));
    rows.add(row("proof made, " + at, medians.getOrDefault("prove", 0.0), PROVE.get(size)));
    rows.add(row("proof checked, " + at, medians.getOrDefault("check", 0.0), CHECK.get(size)));
    if (besidePeer) {
      Map<String, String> names = new TreeMap<>(Map.of("update", "update + root"));
      names.put("prove", "proof made");
      names.put("check", "proof checked");
      names.forEach((question, name) ->
          rows.add(
              beside(
                  name + ", " + at,
                  medians.getOrDefault(question, 0.0),
                  ProofsPeer.NAME,
                  medians.getOrDefault("peer " + question, 0.0))));
    }
    rows.add(bundle("bundle of a fact at the head, " + at, document.atHead(), HEAD.get(size)));
    rows.add(bundle("bundle at a past version, " + at, document.atPast(), PAST.get(size)));
    return rows;
  }

  private static double median(List<Double> nanos) {
    return nanos.stream().sorted().skip(nanos.size() / 2).findFirst().orElseThrow();
  }

  private static Row row(String what, double nanos, @Nullable Goal goal) {
    return new Row(what, Row.time(nanos), "", nanos / 1e3, goal);
  }

  private static Row beside(String what, double nanos, String other, double otherNanos) {
    return Row.of(what, Row.time(nanos), other + " " + Row.time(otherNanos), otherNanos / nanos);
  }

  /** Checks that a bundle holds and returns the row of its size. */
  private static Row bundle(String what, Bundle bundle, @Nullable Goal goal) {
    byte[] text = bundle.toText().getBytes(StandardCharsets.UTF_8);
    Hash trusted = bundle.place().header().hash();
    if (!(BundleVerifier.verify(text, trusted) instanceof BundleVerifier.Verdict.Holds)) {
      throw new IllegalStateException("a bundle does not hold: " + bundle.toText());
    }
    return new Row(what, "%,d bytes".formatted(text.length), "", text.length, goal);
  }

  /** Throws when a proof does not show what stands. */
  static void demand(FactProof proof, Hash root, Pointer path, FactProof.Verdict want) {
    FactProof.Verdict shown = proof.verify(root, path);
    if (!shown.equals(want)) {
      throw new IllegalStateException("at %s got %s, want %s".formatted(path, shown, want));
    }
  }
}
