package io.mnemogrid.grid;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The members that did not answer a call in time lately. They are asked last for {@link #LAST}, so
 * that waiting for a stopped member is paid once and not at each call. Safe for all threads.
 */
final class Silent {
  /** For how long a member that did not answer is asked last. */
  static final Duration LAST = Duration.ofSeconds(10);

  private final LongSupplier nanos;
  private final Map<UUID, Long> since = new ConcurrentHashMap<>();

  Silent(LongSupplier nanos) {
    this.nanos = nanos;
  }

  void didNotAnswer(UUID member) {
    since.values().removeIf(at -> !isLately(at));
    since.put(member, nanos.getAsLong());
  }

  void answered(UUID member) {
    since.remove(member);
  }

  /**
   * The same members, with those that did not answer lately at the end. Forgets members that are
   * not among them.
   */
  <M> List<M> last(Collection<M> members, Function<M, UUID> id) {
    since.keySet().retainAll(new HashSet<>(members.stream().map(id).toList()));
    List<M> sorted = new ArrayList<>(members);
    sorted.sort(
        (one, other) -> Boolean.compare(isSilent(id.apply(one)), isSilent(id.apply(other))));
    return sorted;
  }

  /** Whether it did not answer lately. */
  boolean isSilent(UUID member) {
    Long at = since.get(member);
    return at != null && isLately(at);
  }

  private boolean isLately(long at) {
    return nanos.getAsLong() - at < LAST.toNanos();
  }
}
