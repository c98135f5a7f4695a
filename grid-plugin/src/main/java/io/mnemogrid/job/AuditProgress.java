package io.mnemogrid.job;

import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** What the audit did in this process, for health and metrics. Safe for all threads. */
public final class AuditProgress {
  private final Map<SpaceName, String> problems = new ConcurrentSkipListMap<>();
  private volatile Instant last = Instant.EPOCH;

  void published(SpaceName space, Instant time) {
    problems.remove(space);
    last = time;
  }

  void problem(SpaceName space, String problem) {
    problems.put(space, problem);
  }

  /** Spaces whose history does not agree with itself, and how. */
  public Map<SpaceName, String> problems() {
    return new TreeMap<>(problems);
  }

  /** When a head was published last by this process. */
  public Instant last() {
    return last;
  }
}
