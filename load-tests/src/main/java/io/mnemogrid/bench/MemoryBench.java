package io.mnemogrid.bench;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * {@code ./mnemogrid bench memory}: the heap that a space takes for each of its leaves, once all
 * hashes are known. The leaves are numbers at paths of about 20 characters; an update writes a
 * hundred of them.
 */
public final class MemoryBench {
  private static final int GROUP = 100;

  private MemoryBench() {}

  /** Measures spaces of {@code --leaves N,…} leaves, by default 100,000 and 1,000,000. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int at = Arrays.asList(arguments).indexOf("--leaves");
    String sizes = at < 0 ? "100000,1000000" : arguments[at + 1];
    rows(Arrays.stream(sizes.split(",", -1)).map(Integer::parseInt).toList()).forEach(out::println);
  }

  static List<Row> rows(List<Integer> sizes) {
    List<Row> rows = new ArrayList<>();
    for (int leaves : sizes) {
      double bytes = bytesPerLeaf(leaves);
      rows.add(
          Row.of(
              "a space of %,d leaves".formatted(leaves),
              Row.number(bytes) + " B a leaf",
              "",
              bytes));
    }
    return rows;
  }

  private static double bytesPerLeaf(int leaves) {
    long before = used();
    Records records = new Records(SpaceName.of("memory"), true);
    Instant now = Instant.now();
    for (int group = 0; group * GROUP < leaves; group++) {
      TreeMap<String, Json> members = new TreeMap<>();
      for (int i = 0; i < Math.min(GROUP, leaves - group * GROUP); i++) {
        members.put("field-" + i, Json.of(group * GROUP + i));
      }
      records.append(records.delta("/group-" + group, new Json.Obj(members)), now);
    }
    long after = used();
    if (records.state().leaves() != leaves) {
      throw new IllegalStateException("made " + records.state().leaves() + " leaves");
    }
    return (double) (after - before) / leaves;
  }

  /** Bytes of heap in use once nothing more can be freed. */
  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    while (true) {
      System.gc();
      long now = runtime.totalMemory() - runtime.freeMemory();
      if (now >= used) {
        return used;
      }
      used = now;
    }
  }
}
