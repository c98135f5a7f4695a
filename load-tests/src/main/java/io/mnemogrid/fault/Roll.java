package io.mnemogrid.fault;

import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.MemberProcess;
import java.util.Map;

/** A new member joins, one or all of the others leave and come back, the new one leaves. */
record Roll() implements Fault {
  @Override
  public String text() {
    return "roll";
  }

  @Override
  public Span span() {
    return Span.seconds(1, 3);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    Fleet fleet = stage.fleet();
    stage.start(fleet.extra(), Map.of());
    for (int i = 0; i < (planned.variant() % 2 == 0 ? 1 : fleet.seats().size()); i++) {
      Seat seat = fleet.seat(planned.victim() + i);
      stage.close(seat);
      MemberProcess.pause(planned.lasts().toMillis());
      stage.start(seat, Map.of());
    }
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.startAgain();
    stage.dismiss(stage.fleet().extra());
  }
}
