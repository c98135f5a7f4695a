package io.mnemogrid.fault;

import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.MemberProcess;

/** SIGSTOP of a member, then SIGCONT. */
record Stop() implements Fault {
  @Override
  public String text() {
    return "stop";
  }

  @Override
  public Span span() {
    return Span.seconds(5, 40);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    Seat victim = stage.fleet().seat(planned.victim());
    stage.touch(victim);
    victim.process().signal("STOP");
    MemberProcess.pause(planned.lasts().toMillis());
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    Seat victim = stage.fleet().seat(planned.victim());
    victim.process().signal("CONT");
    stage.excuse(victim.name());
    // whoever asked the stopped member for the log heard nothing either
    stage.bots().forEach(bot -> stage.excuse(bot.name()));
  }
}
