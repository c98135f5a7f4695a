package io.mnemogrid.fault;

import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Json;

/** kill -9 of a member, then a start. */
record Kill(Whom whom) implements Fault {
  enum Whom {
    /** The member that commits. */
    OWNER,
    /** The member that makes checkpoints. */
    LEADER,
    /** The one that the schedule chose. */
    ANY
  }

  @Override
  public String text() {
    return "kill-" + Json.word(whom);
  }

  @Override
  public Span span() {
    return Span.seconds(1, 4);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    stage.kill(victim(stage, planned.victim()));
    MemberProcess.pause(planned.lasts().toMillis());
  }

  private Seat victim(Stage stage, int chosen) {
    Fleet fleet = stage.fleet();
    return switch (whom) {
      case OWNER -> fleet.seat(stage.owner(), chosen);
      case LEADER -> fleet.seat(fleet.leader(), chosen);
      case ANY -> fleet.seat(chosen);
    };
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.startAgain();
  }
}
