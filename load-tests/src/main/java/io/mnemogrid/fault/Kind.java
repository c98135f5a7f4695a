package io.mnemogrid.fault;

import io.mnemogrid.state.Json;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What is done to a grid; each is undone after the time that its {@link Fault} says. */
public enum Kind {
  /** kill -9 of the member that commits, then a start. */
  KILL_OWNER(1, 4),
  /** kill -9 of the member that makes checkpoints, then a start. */
  KILL_LEADER(1, 4),
  /** kill -9 of a member, then a start. */
  KILL_ANY(1, 4),
  /** SIGSTOP of a member, then SIGCONT. */
  STOP(5, 40),
  /** A new member joins, one after the other leaves and comes back, the new one leaves. */
  ROLL(1, 3),
  /** A rolling restart: each member in turn is asked to end and comes back, and the next waits. */
  RESTART(0, 2),
  /** The members, in two halves, do not hear each other; the store and the bots' API stay up. */
  SPLIT(12, 30),
  /** The database answers nobody; of a SQLite file, nobody gets the write lock. */
  STORE_GONE(5, 20),
  /** The database answers late; of a SQLite file, the write lock is taken again and again. */
  STORE_SLOW(5, 20),
  /** The disk of the store is full. */
  DISK_FULL(4, 15),
  /** The clock of a member, which then commits, is hours before or after the right time. */
  CLOCK(5, 20),
  /** The chain is killed or says nothing. */
  CHAIN_GONE(4, 20),
  /** A member hears no announcement any more. */
  TOPIC(4, 15);

  private final Duration least;
  private final Duration most;

  Kind(int leastSeconds, int mostSeconds) {
    this.least = Duration.ofSeconds(leastSeconds);
    this.most = Duration.ofSeconds(mostSeconds);
  }

  Duration least() {
    return least;
  }

  Duration most() {
    return most;
  }

  /** As the command line has it. */
  public String text() {
    return Json.word(this);
  }

  /**
   * The kinds that a list names, in which {@code kill} stands for all that begin with it.
   *
   * @throws IllegalArgumentException when a name is none
   */
  public static Set<Kind> parse(String names) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (String name : names.split(",", -1)) {
      Set<Kind> meant =
          Arrays.stream(values())
              .filter(kind -> kind.text().equals(name) || kind.text().startsWith(name + "-"))
              .collect(Collectors.toSet());
      if (meant.isEmpty()) {
        throw new IllegalArgumentException(
            "there is no fault '%s': %s"
                .formatted(
                    name,
                    Arrays.stream(values()).map(Kind::text).collect(Collectors.joining(", "))));
      }
      kinds.addAll(meant);
    }
    return kinds;
  }
}
