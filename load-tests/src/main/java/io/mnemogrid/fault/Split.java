package io.mnemogrid.fault;

import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.Isolation;
import io.mnemogrid.process.MemberProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A member and the others, bots among them, do not hear each other; all reach the store. */
record Split() implements Fault {
  @Override
  public String text() {
    return "split";
  }

  @Override
  public Span span() {
    return Span.seconds(12, 30);
  }

  @Override
  public Optional<Missing> missing(Place place) {
    return place.withoutIsolation();
  }

  @Override
  public void play(Stage stage, Planned planned) {
    Seat victim = stage.fleet().seat(planned.victim());
    stage.touch(victim);
    List<String> others = new ArrayList<>();
    for (Seat seat : stage.fleet().seats()) {
      if (seat != victim) {
        others.add(seat.host());
      }
    }
    stage.bots().forEach(bot -> others.add(bot.host()));
    Isolation.split(List.of(victim.host()), others);
    MemberProcess.pause(planned.lasts().toMillis());
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    Isolation.heal();
    stage.bots().forEach(bot -> stage.excuse(bot.name()));
  }
}
