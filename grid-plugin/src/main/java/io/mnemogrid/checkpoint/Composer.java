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
 *
 * <p>What stands in the newest checkpoint is kept from call to call, and so is what was found
 * beyond it; a call asks for the findings that changed. When the newest checkpoint is another than
 * this composer knows, as after a write whose outcome is unknown or a time in which another member
 * led, both are read anew.
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
  private @Nullable Hash at; // the checkpoint that these are of, ZERO before the first
  private final TreeMap<SpaceName, Manifest.Entry> all = new TreeMap<>(); // what stands there
  private Trie<Head> forest = Trie.empty();
  private final TreeMap<SpaceName, AuditedHead> found = new TreeMap<>(); // and what does not
  private long mark;
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

  /**
   * Stores the next header if it is due and there is something to say, else it is idle. Its time is
   * before that of no version that it lists, and before that of no checkpoint.
   */
  Pace compose(long epoch, Instant now, boolean demanded) {
    Optional<StoredHeader> newest = store.newestHeader();
    Hash previous = newest.map(StoredHeader::hash).orElse(Hash.ZERO);
    look(previous);
    long versions = 0;
    for (AuditedHead verified : found.values()) {
      Head before = head(verified);
      if (!isHeld(verified)) {
        versions += verified.head().version() - (before == null ? 0 : before.version());
      }
    }
    if (!(demanded || isDue(newest, versions, now))) {
      return Pace.IDLE;
    }
    Map<SpaceName, Manifest.Entry> changed = new TreeMap<>();
    List<Held> holding = new ArrayList<>();
    Instant time = later(now, newest.map(StoredHeader::prepared).orElse(now));
    for (AuditedHead verified : found.values()) {
      Optional<Held> broken = rules.broken(verified, head(verified), now);
      if (broken.isPresent()) {
        holding.add(broken.get());
      } else {
        Head head = verified.head();
        changed.put(
            head.space(),
            new Manifest.Entry(head, verified.snapshot(), verified.snapshotVersion()));
        time = later(time, verified.committed()); // it may be committed after the clock was read
      }
    }
    if (!holding.equals(held)) {
      if (!holding.equals(store.held()) && !store.hold(holding, epoch)) {
        at = null;
        return Pace.DEPOSED;
      }
      held = List.copyOf(holding);
      events.accept(new CheckpointEvent.HeldUp(held));
    }
    if (changed.isEmpty()) {
      judgedNothingAt = holding.isEmpty() ? null : now;
      return Pace.IDLE;
    }
    long number = newest.map(StoredHeader::number).orElse(0L) + 1;
    Map<SpaceName, Manifest.Entry> listed = changed;
    if (number % Manifest.FULL_EVERY == 0) {
      listed = new TreeMap<>(all);
      listed.putAll(changed);
    }
    Trie<Head> next = forest;
    for (Manifest.Entry entry : changed.values()) {
      next = next.with(entry.head());
    }
    Manifest manifest = new Manifest(number, author, previous, List.copyOf(listed.values()), time);
    Checkpoint checkpoint =
        new Checkpoint(new Header(number, previous, next.root(), manifest.digest()), manifest);
    if (!store.insert(checkpoint, epoch)) {
      at = null;
      return Pace.DEPOSED;
    }
    at = checkpoint.hash();
    all.putAll(changed);
    forest = next;
    found.keySet().removeAll(changed.keySet());
    events.accept(new StepEvent.Prepared(number));
    return Pace.AT_ONCE;
  }

  /** Brings what is kept up to the newest checkpoint, and to what the audit found. */
  private void look(Hash newest) {
    if (!newest.equals(at)) {
      at = null; // until all is read
      store.latest(); // throws where it is damaged: nothing goes on from what cannot be read
      all.clear();
      found.clear();
      mark = 0;
      Trie<Head> trie = Trie.empty();
      for (Manifest.Entry entry : store.anchoredHeads()) {
        all.put(entry.head().space(), entry);
        trie = trie.with(entry.head());
      }
      forest = trie;
      at = newest;
    }
    AuditedChanges changes = audited.newestSince(mark);
    if (changes.isAll()) {
      found.clear();
    }
    for (AuditedHead verified : changes.heads()) {
      if (verified.ready() && verified.head().equals(head(verified))) {
        found.remove(verified.head().space());
      } else {
        found.put(verified.head().space(), verified);
      }
    }
    mark = changes.mark();
  }

  /**
   * Whether a space was held up at the last judgement. Then its new versions make no checkpoint
   * due, however many come.
   */
  private boolean isHeld(AuditedHead verified) {
    return held != null && held.stream().anyMatch(at -> at.space().equals(verified.head().space()));
  }

  private @Nullable Head head(AuditedHead verified) {
    Manifest.Entry entry = all.get(verified.head().space());
    return entry == null ? null : entry.head();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  private boolean isDue(Optional<StoredHeader> newest, long versions, Instant now) {
    Instant last = newest.map(StoredHeader::prepared).orElse(Instant.EPOCH);
    if (judgedNothingAt != null && now.isBefore(judgedNothingAt.plus(JUDGED_AGAIN_AFTER))) {
      return false;
    }
    Duration least = versions >= policy.versions() ? policy.leastInterval() : policy.every();
    return !now.isBefore(last.plus(least));
  }
}
