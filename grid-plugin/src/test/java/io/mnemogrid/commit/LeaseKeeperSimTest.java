package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.commit.LeaseKeeper.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keepers with clocks of different rates that pause, lose answers and restart, over one row. */
class LeaseKeeperSimTest {
  private static final int SEEDS = 2000;
  private static final int BEATS = 300;
  private static final long TTL = 1000;

  @Test
  void noEpochHasTwoHolders() {
    int takeovers = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      takeovers += new World(seed, Twin.NONE).run();
    }
    assertThat(takeovers).as("changes of the leader in all runs").isGreaterThan(SEEDS);
  }

  /** A keeper that is told another time than that of its read is found by the same checks. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void findsTheTwinThat(Twin twin) {
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed <= SEEDS; seed++) {
                new World(seed, twin).run();
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("unchanged for as long by the candidate's clock");
  }

  /** What is wrong on purpose. */
  enum Twin {
    NONE,
    /** The first read may have seen the row later than when it began. */
    COUNTS_FROM_BEFORE_THE_READ,
    /** The last read may have seen the row earlier than when it ended. */
    COUNTS_TO_AFTER_THE_READ
  }

  private static final class Member {
    final int index;
    final double rate;
    final long offset;
    LeaseKeeper keeper;
    long pausedUntil;
    int life;

    Member(int index, Random random) {
      this.index = index;
      this.rate = 0.5 + random.nextDouble() * 1.5;
      this.offset = random.nextLong(1_000_000);
      this.keeper = keeper();
    }

    private LeaseKeeper keeper() {
      return new LeaseKeeper("m" + index + "-" + life, Duration.ofNanos(TTL));
    }

    void restart() {
      life++;
      keeper = keeper();
    }

    long nanos(long time) {
      return offset + (long) (time * rate);
    }
  }

  private static final class World {
    private final long seed;
    private final Random random;
    private final List<Member> members = new ArrayList<>();
    private final Map<Long, String> holders = new HashMap<>();
    private LeaseRow row = LeaseRow.NONE;
    private long changedAt;
    private long time;
    private boolean reading;
    private final Twin twin;

    World(long seed, Twin twin) {
      this.seed = seed;
      this.twin = twin;
      this.random = new Random(seed);
      for (int i = 0; i < 4; i++) {
        members.add(new Member(i, random));
      }
    }

    int run() {
      for (int i = 0; i < BEATS; i++) {
        time += random.nextInt(120);
        Member member = members.get(random.nextInt(members.size()));
        if (time < member.pausedUntil) {
          continue;
        }
        switch (random.nextInt(30)) {
          case 0 -> member.pausedUntil = time + random.nextInt(5000);
          case 1 -> member.restart();
          case 2 -> release(member);
          default -> beat(member);
        }
        check();
      }
      return holders.size();
    }

    /** A read takes time; the row is what it was at some moment of it. */
    private void beat(Member member) {
      long before = member.nanos(time);
      if (random.nextInt(3) == 0) {
        pass(member, random.nextInt(700));
      }
      LeaseRow seen = row;
      long standsSince = changedAt;
      long readAt = time;
      if (random.nextInt(3) == 0) {
        pass(member, random.nextInt(700));
      }
      Step step = observe(member, seen, before, member.nanos(time));
      if (!(step instanceof Step.Replace replace)) {
        return;
      }
      LeaseRow next = replace.next();
      boolean takesOver = next.epoch() != seen.epoch();
      if (takesOver && !seen.holder().isEmpty()) {
        assertThat(member.nanos(readAt) - member.nanos(standsSince))
            .as("seed %d: unchanged for as long by the candidate's clock", seed)
            .isGreaterThanOrEqualTo(TTL - 1);
      }
      if (random.nextInt(10) == 0) { // somebody comes first
        Member other = members.get(random.nextInt(members.size()));
        if (other != member) {
          beat(other);
        }
      }
      long asked = member.nanos(time);
      boolean taken = row.equals(seen);
      if (taken) {
        write(next);
      }
      if (random.nextInt(15) != 0) { // else the answer is lost
        member.keeper.replaced(next, taken, asked);
      }
    }

    private Step observe(Member member, LeaseRow seen, long before, long after) {
      return switch (twin) {
        case NONE -> member.keeper.observe(seen, before, after);
        case COUNTS_FROM_BEFORE_THE_READ -> member.keeper.observe(seen, before, before);
        case COUNTS_TO_AFTER_THE_READ -> member.keeper.observe(seen, after, after);
      };
    }

    /** Time in which others are busy. */
    private void pass(Member reader, long nanos) {
      long until = time + nanos;
      if (reading) {
        time = until;
        return;
      }
      reading = true;
      while (time < until) {
        time = Math.min(until, time + 1 + random.nextInt(200));
        Member other = members.get(random.nextInt(members.size()));
        if (other != reader && time >= other.pausedUntil) {
          beat(other);
        }
      }
      reading = false;
    }

    private void release(Member member) {
      LeaseRow held = member.keeper.held();
      LeaseRow released = member.keeper.released();
      if (held != null && released != null && held.equals(row)) {
        write(released);
      }
      member.restart();
    }

    private void write(LeaseRow next) {
      assertThat(next.epoch()).as("seed %d", seed).isGreaterThanOrEqualTo(row.epoch());
      assertThat(next.counter()).as("seed %d", seed).isEqualTo(row.counter() + 1);
      if (!next.holder().isEmpty()) {
        assertThat(holders.merge(next.epoch(), next.holder(), (one, _) -> one))
            .as("seed %d: holder of epoch %d", seed, next.epoch())
            .isEqualTo(next.holder());
      }
      row = next;
      changedAt = time;
    }

    /** Whoever takes itself for the leader is the one holder of that epoch. */
    private void check() {
      for (Member member : members) {
        long epoch = member.keeper.epoch(member.nanos(time));
        if (epoch != 0) {
          assertThat(holders.get(epoch))
              .as("seed %d: epoch %d", seed, epoch)
              .isEqualTo("m" + member.index + "-" + member.life);
        }
        LeaseRow held = member.keeper.held();
        if (held != null) {
          assertThat(member.keeper.epoch(member.nanos(time + 10 * TTL)))
              .as("seed %d: who was paused knows", seed)
              .isZero();
        }
      }
    }
  }
}
