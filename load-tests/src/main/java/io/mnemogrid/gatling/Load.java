package io.mnemogrid.gatling;

import io.gatling.javaapi.core.Simulation;
import java.util.List;

/** The loads that can be played. */
public enum Load {
  /** Bots that read, think and write. */
  fleet(FleetSimulation.class),
  /** The same, and for a third of the time five times as many more. */
  spike(SpikeSimulation.class),
  /** The same, and in the second half clients that send or read next to nothing. */
  slow(SlowSimulation.class),
  /** The fleet, and ten times as many followers of its events. */
  events(FleetSimulation.class),
  /** The fleet for long: its last third is held against its first. */
  soak(SoakSimulation.class);

  private final Class<? extends Simulation> simulation;

  Load(Class<? extends Simulation> simulation) {
    this.simulation = simulation;
  }

  /** What Gatling runs. */
  Class<? extends Simulation> simulation() {
    return simulation;
  }

  /** Whether a member may be killed half way. */
  public boolean maySurviveAKill() {
    return this == fleet || this == events;
  }

  /** The names of its parts, each as long as the others; one empty name where there is one part. */
  List<String> phases() {
    return switch (this) {
      case fleet, events -> List.of("");
      case spike -> List.of("before", "spike", "after");
      case slow -> List.of("before", "beside slow clients");
      case soak -> List.of("first third", "middle third", "last third");
    };
  }

  /** The name of a kind of request in one of the parts, as the report has it. */
  String name(String kind, int phase) {
    String part = phases().get(phase);
    return part.isEmpty() ? kind : kind + ", " + part;
  }
}
