package io.mnemogrid.audit;

import io.mnemogrid.checkpoint.AuditedChanges;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The spaces whose head is beyond what the audit found last, kept from call to call by what
 * changed. The first call is O(spaces), the others are O(changed) and O(behind). One thread at a
 * time. What a call that throws did not see is seen by the next one.
 */
public final class Unaudited {
  /** A space whose head is beyond its newest finding; not followed if that is a problem. */
  private record Open(LogHead head, long audited, boolean followed) {}

  private final LogReader log;
  private final AuditedHeads audited;
  private final Map<SpaceName, Open> open = new TreeMap<>();
  private long headMark;
  private long foundMark;

  /** Knows nothing before the first call. */
  public Unaudited(LogReader log, AuditedHeads audited) {
    this.log = log;
    this.audited = audited;
  }

  /**
   * How far the audit is behind, for each space that it is behind with, by name. It no longer
   * follows a space with a published problem. Reads one record for each space that is behind.
   */
  public List<AuditLag> lags() {
    look();
    Instant now = log.now();
    return open.values().stream()
        .filter(Open::followed)
        .map(at -> AuditLag.of(log, at.head, at.audited, now))
        .toList();
  }

  /** The heads that the audit has yet to find, by name. */
  public List<LogHead> heads() {
    look();
    return open.values().stream().filter(Open::followed).map(Open::head).toList();
  }

  /** Whether a space had no problem at the last call that looked. */
  public boolean follows(SpaceName space) {
    Open at = open.get(space);
    return at == null || at.followed;
  }

  private void look() {
    HeadChanges headChanges = log.headsSince(headMark); // the findings are younger
    AuditedChanges foundChanges = audited.newestSince(foundMark);
    if (headChanges.isAll() != foundChanges.isAll()) { // then all of both are compared
      headChanges = log.headsSince(0);
      foundChanges = audited.newestSince(0);
    }
    Map<SpaceName, LogHead> heads = new HashMap<>();
    Map<SpaceName, AuditedHead> found = new HashMap<>();
    headChanges.heads().forEach(head -> heads.put(head.space(), head));
    foundChanges.heads().forEach(at -> found.put(at.head().space(), at));
    if (!headChanges.isAll()) {
      log.heads(without(found.keySet(), heads.keySet()))
          .forEach(head -> heads.put(head.space(), head));
    }
    if (!foundChanges.isAll()) {
      audited
          .newest(without(heads.keySet(), found.keySet()))
          .forEach(at -> found.put(at.head().space(), at));
    }
    if (headChanges.isAll() || foundChanges.isAll()) {
      open.clear();
    }
    heads.values().forEach(head -> judge(head, found.get(head.space())));
    headMark = headChanges.mark();
    foundMark = foundChanges.mark();
  }

  private static Set<SpaceName> without(Set<SpaceName> some, Set<SpaceName> others) {
    Set<SpaceName> left = new HashSet<>(some);
    left.removeAll(others);
    return left;
  }

  private void judge(LogHead head, @Nullable AuditedHead found) {
    long version = found == null ? 0 : found.head().version();
    if (head.version() > version) {
      open.put(head.space(), new Open(head, version, found == null || found.ready()));
    } else {
      open.remove(head.space());
    }
  }
}
