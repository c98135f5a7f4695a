package io.mnemogrid.traffic;

import io.mnemogrid.check.Wins.Win;
import io.mnemogrid.client.KeptConnection;
import io.mnemogrid.client.KeptConnection.Heard;
import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A client of a {@link Race}. It writes onto the head that its last answer named, by a delta or by
 * a merge patch, and learns from the answer which head is there now. A delta without a certain
 * answer is sent again under its id, to one member after the other, until it has one.
 */
public final class Racer implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Nobody is to wait longer for what became of a delta. */
  private static final Duration CERTAIN = Duration.ofSeconds(120);

  private static final int AGAIN_MILLIS = 10;

  private final Race race;
  private final int number;
  private final @Nullable KeptConnection[] connections;

  public Racer(Race race, int number) {
    this.race = race;
    this.number = number;
    this.connections = new KeptConnection[race.members()];
  }

  @Override
  public void run() {
    String seen = Race.start();
    try {
      for (int round = 0; race.goesOn(Race.version(seen)); round++) {
        race.runs(Race.version(seen));
        String told = settle("racer-%d-%d".formatted(number, round), seen, round);
        seen = race.next(Race.version(told) > Race.version(seen) ? told : seen);
      }
    } catch (RuntimeException e) {
      race.strange("client " + number + " failed: " + e);
    } finally {
      race.leaves();
      for (KeptConnection connection : connections) {
        if (connection != null) {
          connection.close();
        }
      }
    }
  }

  /** Sends it until it is known what became of it; returns the tag that the answer had. */
  private String settle(String id, String seen, int value) {
    long began = System.nanoTime();
    int member = race.upFrom(number);
    while (System.nanoTime() - began < CERTAIN.toNanos()) {
      try {
        Heard heard = send(member, request(member, id, seen, value));
        race.answered(heard.replayed() ? "200 replayed" : String.valueOf(heard.status()));
        switch (heard.status()) {
          case 200, 201 -> {
            return won(id, seen, heard);
          }
          case 412 -> {
            return lost(id, seen, heard);
          }
          case 202, 503 -> {}
          default -> {
            race.strange(id + " was answered " + heard);
            return seen;
          }
        }
      } catch (ConnectException e) {
        race.answered("nobody listened");
      } catch (IOException e) {
        race.answered("no answer");
      }
      MemberProcess.pause(AGAIN_MILLIS);
      member = race.upFrom(member + 1);
    }
    race.strange("nobody knows what became of " + id + " after " + CERTAIN);
    return seen;
  }

  /**
   * A member whose own question was not answered asks again, so a first sending may be a replay.
   */
  private String won(String id, String seen, Heard heard) {
    if (heard.status() == 200 && !heard.replayed()) {
      race.strange(id + " was answered " + heard);
    }
    race.shows(heard.tag());
    race.won(new Win(id, seen, Race.version(heard.tag()), heard.tag()));
    return heard.tag();
  }

  private String lost(String id, String seen, Heard heard) {
    if (Race.version(heard.tag()) <= Race.version(seen)) {
      race.strange(id + " named " + seen + ", and was answered " + heard);
    }
    race.shows(heard.tag());
    return heard.tag();
  }

  private Heard send(int member, byte[] request) throws IOException {
    KeptConnection connection = connections[member];
    if (connection == null) {
      connection = new KeptConnection(race.port(member), PATIENCE);
      connections[member] = connection;
    }
    try {
      return connection.send(request);
    } catch (IOException e) {
      connection.close();
      connections[member] = null;
      throw e;
    }
  }

  /** The whole request. Every second client patches. */
  private byte[] request(int member, String id, String seen, int value) {
    String condition =
        !race.isConditional()
            ? ""
            : Race.version(seen) == 0 ? "If-None-Match: *\r\n" : "If-Match: \"" + seen + "\"\r\n";
    String body =
        number % 2 == 0
            ? "{\"update_id\":\"%s\",\"base\":%d,\"author\":\"agent-%d\","
                    .formatted(id, Race.version(seen), number)
                + "\"timestamp\":\"2020-01-01T00:00:00Z\",\"type\":\"race\","
                + "\"changes\":{\"added\":[{\"key\":\"/a%d\",\"value\":%d}]}}"
                    .formatted(number, value)
            : "{\"a%d\":%d}".formatted(number, value);
    String line =
        number % 2 == 0
            ? "POST /v1/spaces/" + race.space() + "/updates HTTP/1.1\r\n"
            : "PATCH /v1/spaces/" + race.space() + "/state HTTP/1.1\r\n";
    String headers =
        number % 2 == 0
            ? "Content-Type: application/json\r\n"
            : "Content-Type: application/merge-patch+json\r\nIdempotency-Key: "
                + id
                + "\r\nMnemogrid-Author: agent-"
                + number
                + "\r\n";
    return (line
            + "Host: 127.0.0.1:"
            + race.port(member)
            + "\r\nPrefer: return=minimal\r\n"
            + headers
            + condition
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
