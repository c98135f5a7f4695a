package io.mnemogrid.bench;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Many small spaces, of which some are active: every space has {@link #LEAVES} numbers, and the
 * active ones are spread evenly over all by name.
 *
 * @param count how many spaces there are
 * @param active how many of them are committed to, at most {@code count}
 */
record ManySpaces(int count, int active) {
  static final int LEAVES = 20;

  private static final Duration TELL_EVERY = Duration.ofSeconds(5);

  /** After this time a run is given up. */
  private static final Duration AUDIT_PATIENCE = Duration.ofMinutes(30);

  private static final String FACTS = "/facts";

  /** The active spaces, by name. */
  List<SpaceName> activeNames() {
    return names(0);
  }

  /** As many others, by name. None is active if at most half of the spaces are. */
  List<SpaceName> otherNames() {
    return names(1);
  }

  private List<SpaceName> names(int from) {
    int apart = count / active;
    return IntStream.range(0, active).mapToObj(i -> name(from + i * apart)).toList();
  }

  private static SpaceName name(int number) {
    return SpaceName.of("space-%07d".formatted(number));
  }

  /** One of the numbers of each space. */
  static Pointer path(long leaf) {
    return Pointer.parse(FACTS + "/field-" + leaf % LEAVES);
  }

  /** The store's file below a folder of data. */
  static Path file(Path data) {
    return data.resolve("mnemogrid.db");
  }

  /**
   * Makes a store with all spaces, each at version 1. One transaction a space, so it is much faster
   * in a folder whose files are in memory.
   */
  void make(Path data, PrintStream out) {
    TreeMap<String, Json> facts = new TreeMap<>();
    for (int leaf = 0; leaf < LEAVES; leaf++) {
      facts.put("field-" + leaf, Json.of(leaf));
    }
    Json.Obj document = new Json.Obj(facts);
    long began = System.nanoTime();
    long told = began;
    try (Store store = SqliteStore.open(file(data))) {
      for (int i = 0; i < count; i++) {
        Records first = new Records(name(i), true);
        store.log().create(name(i), first.append(first.delta(FACTS, document), Instant.now()));
        if (i + 1 == count || System.nanoTime() - told > TELL_EVERY.toNanos()) {
          said(out, "made", i + 1, began);
          told = System.nanoTime();
        }
      }
    }
  }

  /**
   * Returns when the audit of a running member has recomputed the head of every space.
   *
   * @param every how often it looks. A look is O(spaces)
   * @param behind is told after each look how many spaces are left
   */
  static void awaitAudited(Store store, Duration every, IntConsumer behind)
      throws InterruptedException {
    long began = System.nanoTime();
    int left = behind(store);
    behind.accept(left);
    while (left > 0) {
      if (System.nanoTime() - began > AUDIT_PATIENCE.toNanos()) {
        throw new IllegalStateException(
            "the audit is behind with %,d spaces after %s".formatted(left, AUDIT_PATIENCE));
      }
      Thread.sleep(every);
      left = behind(store);
      behind.accept(left);
    }
  }

  /** Prints how far something has come. */
  void said(PrintStream out, String what, int spaces, long began) {
    out.printf(
        "  %-8s %,9d of %,d spaces after %s s%n",
        what, spaces, count, Row.number((System.nanoTime() - began) / 1e9));
  }

  /** How many heads the audit has not recomputed yet. */
  private static int behind(Store store) {
    Map<SpaceName, Long> audited = new HashMap<>();
    store.audited().newest().forEach(at -> audited.put(at.head().space(), at.head().version()));
    int behind = 0;
    for (LogHead head : store.log().heads()) {
      behind += audited.getOrDefault(head.space(), 0L) < head.version() ? 1 : 0;
    }
    return behind;
  }

  /** Copies the data of members that are closed. All of it is on the disk when it returns. */
  static Path copy(Path data, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.toList()) { // a folder before what is in it
        Path copied = to.resolve(data.relativize(file).toString());
        Files.copy(file, copied, StandardCopyOption.COPY_ATTRIBUTES);
        if (Files.isRegularFile(copied)) {
          try (FileChannel written = FileChannel.open(copied, StandardOpenOption.WRITE)) {
            written.force(true);
          }
        }
      }
    }
    return to;
  }
}
