package io.mnemogrid.fault;

import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.MemberProcess;

/** A member hears no announcement any more, as after lost messages. */
record DeafListener() implements Fault {
  @Override
  public String text() {
    return "topic";
  }

  @Override
  public Span span() {
    return Span.seconds(4, 15);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    Seat victim = stage.fleet().seat(planned.victim());
    stage.touch(victim);
    String ended =
        stage.bots().getFirst().ask("deafen %s %d".formatted(victim.host(), victim.gridPort()));
    if (ended.equals("0")) {
      throw new IllegalStateException("no listener of " + victim.name() + " was to be ended");
    }
    MemberProcess.pause(planned.lasts().toMillis());
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.close(stage.fleet().seat(planned.victim())); // a listener comes back with its member
    stage.startAgain();
  }
}
