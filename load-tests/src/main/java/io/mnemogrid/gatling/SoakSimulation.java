package io.mnemogrid.gatling;

/** The fleet for long; its thirds have names of their own in the report. */
public final class SoakSimulation extends BotSimulation {
  public SoakSimulation() {
    play(fleet());
  }
}
