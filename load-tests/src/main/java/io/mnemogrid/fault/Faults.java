package io.mnemogrid.fault;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All faults. */
public final class Faults {
  /** In the order from which a seed draws them: another order gives other schedules. */
  public static final List<Fault> ALL =
      List.of(
          new Kill(Kill.Whom.OWNER),
          new Kill(Kill.Whom.LEADER),
          new Kill(Kill.Whom.ANY),
          new Stop(),
          new Roll(),
          new Restart(),
          new Split(),
          new StoreGone(),
          new StoreSlow(),
          new DiskFull(),
          new Clock(),
          new ChainGone(),
          new DeafListener());

  private Faults() {}

  /**
   * The faults that a list names, in the order of {@link #ALL}. {@code kill} stands for all that
   * begin with {@code kill-}.
   *
   * @throws IllegalArgumentException when no fault has one of the names
   */
  public static Set<Fault> parse(String names) {
    Set<Fault> named = new LinkedHashSet<>();
    for (String name : names.split(",", -1)) {
      List<Fault> meant =
          ALL.stream()
              .filter(fault -> fault.text().equals(name) || fault.text().startsWith(name + "-"))
              .toList();
      if (meant.isEmpty()) {
        throw new IllegalArgumentException(
            "there is no fault '%s': %s"
                .formatted(name, ALL.stream().map(Fault::text).collect(Collectors.joining(", "))));
      }
      named.addAll(meant);
    }
    return ALL.stream()
        .filter(named::contains)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
