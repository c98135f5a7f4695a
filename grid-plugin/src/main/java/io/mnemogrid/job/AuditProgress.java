package io.mnemogrid.job;

import io.mnemogrid.state.SpaceName;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What the audit found in this process, for its health. Safe for all threads. */
public final class AuditProgress {
  private final Map<SpaceName, String> problems = new ConcurrentSkipListMap<>();

  private final AtomicInteger parts = new AtomicInteger();

  void began() {
    parts.incrementAndGet();
  }

  void ended() {
    parts.decrementAndGet();
  }

  /** Whether the audit runs in this process, among others. */
  public boolean isRunning() {
    return parts.get() > 0;
  }

  void published(SpaceName space) {
    problems.remove(space);
  }

  void problem(SpaceName space, String problem) {
    problems.put(space, problem);
  }

  /** Spaces whose history does not agree with itself, and how; a copy. */
  public Map<SpaceName, String> problems() {
    return new TreeMap<>(problems);
  }
}
