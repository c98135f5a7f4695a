package io.mnemogrid.fault;

import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.MemberProcess;
import java.util.Map;

/** A rolling restart: each member in turn is asked to end and comes back, and the next waits. */
record Restart() implements Fault {
  @Override
  public String text() {
    return "restart";
  }

  @Override
  public Span span() {
    return Span.seconds(0, 2);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    Fleet fleet = stage.fleet();
    for (int i = 0; i < fleet.seats().size(); i++) {
      Seat seat = fleet.seat(planned.victim() + i);
      stage.close(seat);
      MemberProcess.pause(planned.lasts().toMillis());
      stage.start(seat, Map.of());
      fleet.awaitWhole(stage.bots().size());
    }
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.startAgain();
  }
}
