package io.mnemogrid.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * One fault of a schedule.
 *
 * @param victim the index of a member, where the kind leaves a choice
 * @param lasts until it is undone
 * @param calm after the grid is whole again
 * @param variant chooses among the forms of a kind
 */
public record Fault(int number, Kind kind, int victim, Duration lasts, Duration calm, int variant) {
  private static final int VARIANTS = 1 << 16;

  /**
   * So many faults, which follow from the seed: each kind once before any comes again.
   *
   * @param brief whether each lasts as short as its kind allows
   */
  public static List<Fault> schedule(
      long seed, int count, Collection<Kind> kinds, int members, boolean brief) {
    Random random = new Random(seed);
    List<Fault> faults = new ArrayList<>();
    List<Kind> bag = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      if (bag.isEmpty()) {
        bag.addAll(kinds.stream().sorted().toList());
        Collections.shuffle(bag, random);
      }
      Kind kind = bag.removeLast();
      int victim = random.nextInt(members);
      long more = kind.most().minus(kind.least()).toMillis();
      long drawn = (long) (random.nextDouble() * random.nextDouble() * more);
      Duration lasts = kind.least().plusMillis(brief ? 0 : drawn / 100 * 100);
      Duration calm = Duration.ofMillis(brief ? 500 : 1000 + 100L * random.nextInt(30));
      faults.add(new Fault(i, kind, victim, lasts, calm, random.nextInt(VARIANTS)));
    }
    return faults;
  }

  @Override
  public String toString() {
    return "%d %s m%d for %.1f s".formatted(number, kind.text(), victim, lasts.toMillis() / 1000.0);
  }
}
