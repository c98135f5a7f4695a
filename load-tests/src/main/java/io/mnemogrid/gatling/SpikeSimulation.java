package io.mnemogrid.gatling;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;

/** The fleet, and in the second third of the time many more bots, which come all at once. */
public final class SpikeSimulation extends BotSimulation {
  /** How many come for each bot of the fleet. */
  static final int TIMES = 5;

  private static final int SPIKE = 1;

  public SpikeSimulation() {
    play(
        fleet(),
        bots(
            "spike",
            phase -> phase == SPIKE,
            nothingFor(plan().time().dividedBy(3).plusMillis(100)),
            atOnceUsers(TIMES * plan().users())));
  }
}
