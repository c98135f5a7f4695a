package io.mnemogrid.gatling;

/** Bots that read, think and write. */
public final class FleetSimulation extends BotSimulation {
  public FleetSimulation() {
    play(fleet());
  }
}
