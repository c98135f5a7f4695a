package io.mnemogrid.checkpoint;

import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Composes the next header from what the audit found, when one is due, and holds up the spaces
 * whose head breaks a rule. Asks the store and the log only, never the anchor. One thread uses it.
 */
final class Composer {
  /**
   * If every new head was held up, the rules judge again only after this long: each judgement reads
   * the log.
   */
  private static final Duration JUDGED_AGAIN_AFTER = Duration.ofSeconds(5);

  private final AuditedHeads audited;
  private final CheckpointStore store;
  private final HeadRules rules;
  private final Address author;
  private final Checkpointer.Policy policy;
  private final Consumer<StepEvent> events;
  private @Nullable List<Held> held;
  private @Nullable Instant judgedNothingAt;

  Composer(
      AuditedHeads audited,
      CheckpointStore store,
      HeadRules rules,
      Address author,
      Checkpointer.Policy policy,
      Consumer<StepEvent> events) {
    this.audited = audited;
    this.store = store;
    this.rules = rules;
    this.author = author;
    this.policy = policy;
    this.events = events;
  }

  /** Stores the next header if it is due and there is something to say, else it is idle. */
  Pace compose(long epoch, Instant now, boolean demanded) {
    Optional<StoredCheckpoint> newest = store.latest();
    Map<SpaceName, Manifest.Entry> all = new TreeMap<>();
    store.anchoredHeads().forEach(entry -> all.put(entry.head().space(), entry));
    List<AuditedHead> found = new ArrayList<>();
    long versions = 0;
    for (AuditedHead verified : audited.newest()) {
      Head before = head(all, verified);
      if (!verified.ready() || !verified.head().equals(before)) {
        found.add(verified);
        versions +=
            isHeld(verified)
                ? 0
                : verified.head().version() - (before == null ? 0 : before.version());
      }
    }
    if (!(demanded || isDue(newest, versions, now))) {
      return Pace.IDLE;
    }
    Map<SpaceName, Manifest.Entry> changed = new TreeMap<>();
    List<Held> holding = new ArrayList<>();
    for (AuditedHead verified : found) {
      rules
          .broken(verified, head(all, verified), now)
          .ifPresentOrElse(
              holding::add,
              () ->
                  changed.put(
                      verified.head().space(),
                      new Manifest.Entry(
                          verified.head(), verified.snapshot(), verified.snapshotVersion())));
    }
    if (!holding.equals(held)) {
      if (!holding.equals(store.held()) && !store.hold(holding, epoch)) {
        return Pace.DEPOSED;
      }
      held = List.copyOf(holding);
      events.accept(new CheckpointEvent.HeldUp(held));
    }
    if (changed.isEmpty()) {
      judgedNothingAt = holding.isEmpty() ? null : now;
      return Pace.IDLE;
    }
    all.putAll(changed);
    long number = newest.map(StoredCheckpoint::number).orElse(0L) + 1;
    Hash previous = newest.map(before -> before.checkpoint().hash()).orElse(Hash.ZERO);
    Checkpoint checkpoint =
        compose(number, previous, all, number % Manifest.FULL_EVERY == 0 ? all : changed, now);
    if (!store.insert(checkpoint, epoch)) {
      return Pace.DEPOSED;
    }
    events.accept(new StepEvent.Prepared(number));
    return Pace.AT_ONCE;
  }

  /**
   * Whether a space was held up at the last judgement. Then its new versions make no checkpoint
   * due, however many come.
   */
  private boolean isHeld(AuditedHead verified) {
    return held != null && held.stream().anyMatch(at -> at.space().equals(verified.head().space()));
  }

  private static @Nullable Head head(Map<SpaceName, Manifest.Entry> all, AuditedHead verified) {
    Manifest.Entry entry = all.get(verified.head().space());
    return entry == null ? null : entry.head();
  }

  private boolean isDue(Optional<StoredCheckpoint> newest, long versions, Instant now) {
    Instant last = newest.map(StoredCheckpoint::prepared).orElse(Instant.EPOCH);
    if (judgedNothingAt != null && now.isBefore(judgedNothingAt.plus(JUDGED_AGAIN_AFTER))) {
      return false;
    }
    Duration least = versions >= policy.versions() ? policy.leastInterval() : policy.every();
    return !now.isBefore(last.plus(least));
  }

  private Checkpoint compose(
      long number,
      Hash previous,
      Map<SpaceName, Manifest.Entry> all,
      Map<SpaceName, Manifest.Entry> listed,
      Instant now) {
    Trie<Head> forest = Trie.empty();
    for (Manifest.Entry entry : all.values()) {
      forest = forest.with(entry.head());
    }
    List<Manifest.Entry> spaces = new ArrayList<>(listed.values());
    Manifest manifest = new Manifest(number, author, previous, spaces, now);
    return new Checkpoint(new Header(number, previous, forest.root(), manifest.digest()), manifest);
  }
}
