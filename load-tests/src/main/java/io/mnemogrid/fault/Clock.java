package io.mnemogrid.fault;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Claim;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The clock of a member, which then commits, is hours before or after the right time. */
record Clock() implements Fault {
  private static final int MOST_HOURS = 12;

  @Override
  public String text() {
    return "clock";
  }

  @Override
  public Span span() {
    return Span.seconds(5, 20);
  }

  @Override
  public Optional<Missing> missing(Place place) {
    return place.clock() == null
        ? Optional.of(new Missing.Tool("libfaketime is missing: apt-get install faketime"))
        : Optional.empty();
  }

  @Override
  public void play(Stage stage, Planned planned) {
    Fleet fleet = stage.fleet();
    Seat victim = fleet.seat(planned.victim());
    int hours = 1 + planned.variant() / 2 % MOST_HOURS;
    boolean fast = planned.variant() % 2 == 0;
    stage.close(victim);
    stage.start(victim, falseClock(stage.place(), (fast ? "+" : "-") + hours + "h"));
    // It harms only as the one that commits: the others go until it is.
    for (int i = 0; i < fleet.seats().size() && !stage.owner().equals(victim.name()); i++) {
      Seat owner = fleet.seat(stage.owner(), planned.victim() + 1);
      stage.close(owner);
      stage.start(owner, Map.of());
    }
    List<Duration> aheads =
        List.of(Duration.ofMinutes(10), Duration.ofHours(hours).minusMinutes(10));
    long began = System.nanoTime();
    int probes = 0;
    do {
      for (Seat seat : fleet.seats()) {
        for (Duration ahead : aheads) {
          probe(stage, seat.api(), ahead, planned.number() + "-" + probes++);
        }
      }
      MemberProcess.pause(500);
    } while (System.nanoTime() - began < planned.lasts().toNanos());
  }

  private static Map<String, String> falseClock(Place place, String offset) {
    return Map.of(
        "LD_PRELOAD",
        String.valueOf(place.clock()),
        "FAKETIME",
        offset,
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        // else it takes waits on the monotonic clock for waits on the false one: they end at
        // once, and the JVM does nothing but wake up
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0",
        // else its jars seem to be written at another time, and its start cache is not of them
        "NO_FAKE_STAT",
        "1");
  }

  /** A time that is yet to come must be refused, whatever a member's clock says. */
  private static void probe(Stage stage, MemberApi api, Duration ahead, String id) {
    Delta delta =
        new DeltaBuilder(new Author("prophet"), 0, Instant.now().plus(ahead))
            .id("prophet-" + id)
            .set("/own/prophet", Json.of(id))
            .build();
    Request request = Request.of(stage.space(), delta);
    MemberApi.Reply reply = api.commit(stage.space(), request.body(), MemberApi.PATIENCE);
    if (reply == null || reply.status() == 202 || reply.status() == 503) {
      return;
    }
    if (reply.code().equals("future-timestamp")) {
      stage.journal().note(new Claim.Refused(request, reply.code()));
    } else {
      stage
          .journal()
          .surprise("%s took a delta of a time %s ahead: %s".formatted(api.name(), ahead, reply));
    }
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.close(stage.fleet().seat(planned.victim()));
    stage.startAgain();
  }
}
