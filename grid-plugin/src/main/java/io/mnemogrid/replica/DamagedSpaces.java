package io.mnemogrid.replica;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spaces whose log this process found damaged, with one finding for each space. A space is out
 * of order when its log cannot be followed to its end. Its log is read again only after {@link
 * #AGAIN}; until then, requests are answered with the same finding at once.
 *
 * <p>Damage further back fails only the reads that meet it. Whoever holds this looks at that place
 * again from time to time ({@link #toLookAt}), after {@link #AGAIN} at first and after twice as
 * long each time, up to {@link #LONGEST}; so a finding ends soon after the log is whole again. Safe
 * for all threads.
 */
public final class DamagedSpaces {
  /** How long a space that is out of order is not read again. */
  public static final Duration AGAIN = Duration.ofSeconds(5);

  /** Damage that only some reads meet is looked at again after this time at the latest. */
  static final Duration LONGEST = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(DamagedSpaces.class);

  /** What was found at {@code nanos}; {@code pause} is until it is looked at again. */
  private record Finding(BrokenHistory what, boolean isOutOfOrder, long nanos, Duration pause) {
    Finding(BrokenHistory what, boolean isOutOfOrder) {
      this(what, isOutOfOrder, System.nanoTime(), AGAIN);
    }

    boolean isDue(long now) {
      return now - nanos >= pause.toNanos();
    }

    Finding lookedAt(long now) {
      Duration twice = pause.multipliedBy(2);
      return new Finding(what, isOutOfOrder, now, twice.compareTo(LONGEST) > 0 ? LONGEST : twice);
    }

    boolean saysTheSame(@Nullable Finding other) {
      return other != null
          && what.version() == other.what.version()
          && isOutOfOrder == other.isOutOfOrder;
    }
  }

  private final Map<SpaceName, Finding> findings = new ConcurrentHashMap<>();

  /** A read met damage. It does not show whether the log can be followed to its end. */
  public void met(BrokenHistory what) {
    Finding finding = new Finding(what, false);
    if (findings.putIfAbsent(what.space(), finding) == null) {
      tell(what, "reads that meet it are refused");
    }
  }

  /** The log of a space cannot be followed to its end. */
  public void isOutOfOrder(BrokenHistory what) {
    Finding finding = new Finding(what, true);
    if (!finding.saysTheSame(findings.put(what.space(), finding))) {
      tell(what, "the space is out of order, the others are served");
    }
  }

  private static void tell(BrokenHistory what, String so) {
    LOG.error("{}: {}; ./mnemogrid fsck tells all that is wrong", what.getMessage(), so);
  }

  /** The log of a space can be followed to its end. */
  public void isWhole(SpaceName space) {
    Finding before = findings.get(space);
    if (before != null && before.isOutOfOrder && findings.remove(space, before)) {
      LOG.info("space {}: its log can be followed again", space);
    }
  }

  /**
   * The damage that is due to be looked at again. It is due again later, unless it {@link
   * #isMended}.
   */
  List<BrokenHistory> toLookAt() {
    long now = System.nanoTime();
    List<BrokenHistory> due = new ArrayList<>();
    for (Map.Entry<SpaceName, Finding> each : findings.entrySet()) {
      Finding finding = each.getValue();
      if (finding.isDue(now) && findings.replace(each.getKey(), finding, finding.lookedAt(now))) {
        due.add(finding.what);
      }
    }
    return due;
  }

  /** The log can be followed over the place where this damage was. */
  void isMended(BrokenHistory what) {
    Finding before = findings.get(what.space());
    if (before != null && before.what == what && findings.remove(what.space(), before)) {
      LOG.info("space {}, version {}: the log is whole there again", what.space(), what.version());
    }
  }

  /** What is wrong with a space that was found out of order a short time ago, else null. */
  public @Nullable BrokenHistory outOfOrder(SpaceName space) {
    Finding finding = findings.get(space);
    return finding != null
            && finding.isOutOfOrder
            && System.nanoTime() - finding.nanos < AGAIN.toNanos()
        ? finding.what
        : null;
  }

  /** All that was found and not seen mended since, by space. */
  public List<BrokenHistory> all() {
    return findings.values().stream()
        .map(Finding::what)
        .sorted(Comparator.comparing(what -> what.space().text()))
        .toList();
  }
}
