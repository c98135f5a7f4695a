package io.mnemogrid.gatling;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;

/** What the bots count, beside the figures of Gatling. Safe for all threads. */
final class Counts {
  /** What is counted. */
  enum What {
    /** Reads that were answered, with a value or with 304. */
    READS,
    /** Those of them that were answered with 304. */
    NOT_MODIFIED,
    /** Writes that were acknowledged. */
    WRITES,
    /** Those of them that were sent more than once. */
    WRITES_SENT_AGAIN,
    /** Those of them whose first sending had reached the log. */
    DUPLICATES,
    /** Reads that were asked again after they had failed. */
    READS_ASKED_AGAIN,
    /** Those of them that failed again. */
    READS_FAILED_AGAIN,
    /** Reads that were given up. */
    READS_GIVEN_UP,
    /** Answers with 429: the caller had used up its rate. */
    LIMITED
  }

  private final Map<What, LongAdder> counts = new EnumMap<>(What.class);

  Counts() {
    for (What what : What.values()) {
      counts.put(what, new LongAdder());
    }
  }

  void add(What what) {
    adder(what).increment();
  }

  long count(What what) {
    return adder(what).sum();
  }

  private LongAdder adder(What what) {
    return counts.computeIfAbsent(what, _ -> new LongAdder());
  }

  void write(Path file) throws IOException {
    Properties properties = new Properties();
    counts.forEach((what, count) -> properties.setProperty(what.name(), "" + count.sum()));
    try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      properties.store(out, null);
    }
  }

  static Counts read(Path file) {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Counts counts = new Counts();
    for (What what : What.values()) {
      counts.adder(what).add(Long.parseLong(properties.getProperty(what.name(), "0")));
    }
    return counts;
  }
}
