package io.mnemogrid.checkpoint;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A log of which only the leaf hashes matter: every space has every version that is asked for,
 * until it is cut off or rewritten. What the audit would find in it is {@link #verified}.
 */
final class LeafLog implements LogReader {
  private final Supplier<Instant> clock;

  /** Its clock stands still at the beginning of time. */
  LeafLog() {
    this(() -> Instant.EPOCH);
  }

  LeafLog(Supplier<Instant> clock) {
    this.clock = clock;
  }

  private long hashesRead;
  private int mostAtOnce;
  private final Map<SpaceName, Frontier> snapshots = new HashMap<>();
  private final Map<SpaceName, Long> ends = new HashMap<>();
  private final Map<SpaceName, Long> damaged = new HashMap<>();
  private final Map<SpaceName, Long> rewritten = new HashMap<>();

  /** How many leaf hashes were asked for. */
  long hashesRead() {
    return hashesRead;
  }

  /** How many were asked for in one call, at most. */
  int mostAtOnce() {
    return mostAtOnce;
  }

  /** A snapshot is stored that says so of the log. */
  void snapshot(SpaceName space, Frontier at) {
    snapshots.put(space, at);
  }

  /** The space has no versions above this one. */
  void end(SpaceName space, long version) {
    ends.put(space, version);
  }

  /** The record of this version cannot be read. */
  void damage(SpaceName space, long version) {
    damaged.put(space, version);
  }

  /** All records from this version on are others than they were. */
  void rewrite(SpaceName space, long from) {
    rewritten.put(space, from);
  }

  /** What an honest audit finds at a version of an untouched log. */
  static AuditedHead verified(
      SpaceName space, long version, Instant committed, @Nullable String problem) {
    List<Hash> leaves = new LeafLog().leafHashes(space, 0, (int) version);
    return new AuditedHead(
        new Head(space, version, Hash.sha256(space + "state" + version), LogTree.root(leaves)),
        leaves.getLast(),
        new ContentAddress(Hash.sha256("blob" + version)),
        1,
        committed,
        committed,
        problem);
  }

  @Override
  public List<Hash> leafHashes(SpaceName space, long since, int limit) {
    Long damagedAt = damaged.get(space);
    if (damagedAt != null && damagedAt > since && damagedAt <= since + limit) {
      throw new BrokenHistory(space, damagedAt, "has no leaf hash");
    }
    hashesRead += limit;
    mostAtOnce = Math.max(mostAtOnce, limit);
    long to = since + limit;
    List<Hash> leaves = new ArrayList<>();
    for (long version = since + 1;
        version <= Math.min(to, ends.getOrDefault(space, to));
        version++) {
      boolean other = version >= rewritten.getOrDefault(space, Long.MAX_VALUE);
      leaves.add(Hash.sha256(space + (other ? " other " : " leaf ") + version));
    }
    return leaves;
  }

  private static UnsupportedOperationException onlyLeaves() {
    return new UnsupportedOperationException("only leaf hashes are here");
  }

  @Override
  public Instant now() {
    return clock.get();
  }

  @Override
  public List<LogHead> heads() {
    throw onlyLeaves();
  }

  @Override
  public Optional<LogHead> head(SpaceName space) {
    throw onlyLeaves();
  }

  @Override
  public List<Update> read(SpaceName space, long since, int limit) {
    throw onlyLeaves();
  }

  @Override
  public Found find(SpaceName space, Collection<UpdateId> ids) {
    throw onlyLeaves();
  }

  @Override
  public long versionAt(SpaceName space, Instant time) {
    throw onlyLeaves();
  }

  @Override
  public Optional<Snapshot> snapshot(SpaceName space, long atMost) {
    Frontier at = snapshots.get(space);
    return at == null || at.size() > atMost
        ? Optional.empty()
        : Optional.of(
            new Snapshot(
                new LogHead(space, at.size(), State.EMPTY.root(), Hash.ZERO, Instant.EPOCH),
                State.EMPTY,
                at));
  }
}
