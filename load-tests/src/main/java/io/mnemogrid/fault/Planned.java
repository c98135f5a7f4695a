package io.mnemogrid.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * One entry of a schedule.
 *
 * @param number counts from 1
 * @param victim the index of a member, where the fault leaves a choice
 * @param lasts until it is undone
 * @param calm how long nothing is done after the grid is whole again
 * @param variant chooses among the forms of a fault
 */
public record Planned(
    int number, Fault fault, int victim, Duration lasts, Duration calm, int variant) {
  private static final int VARIANTS = 1 << 16;

  /**
   * A schedule, which follows from the seed: each fault comes once before any comes again.
   *
   * @param count the length of the schedule
   * @param brief whether each lasts as short as its span allows
   */
  public static List<Planned> schedule(
      long seed, int count, Collection<Fault> faults, int members, boolean brief) {
    Random random = new Random(seed);
    List<Planned> schedule = new ArrayList<>();
    List<Fault> bag = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      if (bag.isEmpty()) {
        bag.addAll(Faults.ALL.stream().filter(faults::contains).toList());
        Collections.shuffle(bag, random);
      }
      Fault fault = bag.removeLast();
      int victim = random.nextInt(members);
      Duration least = fault.span().least();
      long more = fault.span().most().minus(least).toMillis();
      long drawn = (long) (random.nextDouble() * random.nextDouble() * more);
      Duration lasts = least.plusMillis(brief ? 0 : drawn / 100 * 100);
      Duration calm = Duration.ofMillis(brief ? 500 : 1000 + 100L * random.nextInt(30));
      schedule.add(new Planned(i, fault, victim, lasts, calm, random.nextInt(VARIANTS)));
    }
    return schedule;
  }

  @Override
  public String toString() {
    return "%d %s m%d for %.1f s"
        .formatted(number, fault.text(), victim, lasts.toMillis() / 1000.0);
  }
}
