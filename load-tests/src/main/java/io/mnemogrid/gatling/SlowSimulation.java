package io.mnemogrid.gatling;

/**
 * The fleet as the honest callers beside {@link SlowClients}, which the command's own process
 * plays: Gatling cannot send or read slowly.
 */
public final class SlowSimulation extends BotSimulation {
  public SlowSimulation() {
    play(fleet());
  }
}
