package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.Checkpointer.Step;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Leaders that crash between any two calls, lose their lease unseen and come back, over a chain
 * that reorganises, forgets, fails and changes its fees; and what must hold all the same.
 */
class CheckpointerSimTest {
  private static final int SEEDS = 150;
  private static final int STEPS = 250;
  private static final List<SpaceName> SPACES =
      List.of(SpaceName.of("a"), SpaceName.of("b"), SpaceName.of("c"));

  @Test
  void keepsOneHeaderANumberUnderFaults() {
    int most = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      most = Math.max(most, new World(seed).run());
    }
    assertThat(most).as("checkpoints in a run").isGreaterThan(10);
  }

  /** The process died. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** A leader: what it is led to believe, and the handles through which it acts. */
  private final class Leader {
    final long epoch;
    Checkpointer checkpointer;

    Leader(long epoch, Checkpointer checkpointer) {
      this.epoch = epoch;
      this.checkpointer = checkpointer;
    }
  }

  private final class World {
    private final long seed;
    private final Random random;
    private final MemoryChain chain = new MemoryChain(false);
    private final MemoryCheckpointStore store = new MemoryCheckpointStore(this::now);
    private final int finalAfter;
    private final Map<SpaceName, Long> versions = new HashMap<>();
    private final List<Hash> headers = new ArrayList<>();
    private final List<Leader> leaders = new ArrayList<>();
    private long epoch;
    private long millis;
    private int callsUntilCrash = -1;
    private boolean calm;

    World(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.finalAfter = 1 + random.nextInt(4);
    }

    private Instant now() {
      return Instant.parse("2026-02-05T19:00:00Z").plusMillis(millis);
    }

    private boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    /** Fails, or dies, before or after the call that it hands on. */
    private <T> T faulty(Class<T> type, T real, boolean remote) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (_, method, arguments) -> {
                boolean dies = callsUntilCrash-- == 0;
                boolean before = random.nextBoolean();
                boolean fails = remote && !calm && chance(4);
                if (dies && before) {
                  throw new Crash();
                }
                if (fails && before) {
                  throw new AnchorUnavailable("no answer");
                }
                Object result;
                try {
                  result = method.invoke(real, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause() == null ? e : e.getCause();
                }
                if (dies) {
                  throw new Crash();
                }
                if (fails) {
                  throw new AnchorUnavailable("the answer was lost");
                }
                return result;
              }));
    }

    private Checkpointer checkpointer() {
      return new Checkpointer(
          faulty(CheckpointStore.class, store, false),
          faulty(Anchor.class, chain.open(finalAfter), true),
          new Checkpointer.Policy(Duration.ofMillis(40), 5));
    }

    private void elect() {
      store.setEpoch(++epoch);
      leaders.add(new Leader(epoch, checkpointer()));
    }

    int run() {
      elect();
      for (int i = 0; i < STEPS; i++) {
        millis += random.nextInt(10);
        disturb();
        Leader leader = leaders.get(Math.max(0, leaders.size() - 1 - (chance(15) ? 1 : 0)));
        step(leader);
      }
      finish();
      return headers.size();
    }

    private void disturb() {
      switch (random.nextInt(24)) {
        case 0, 1, 2, 3, 4, 5 -> publish();
        case 6 -> elect();
        case 7 -> chain.reorg(1 + random.nextInt(Math.max(1, finalAfter - 1)));
        case 8 -> chain.losePool();
        case 9 -> chain.setBaseFee(1 + random.nextInt(60));
        case 10, 11 -> callsUntilCrash = random.nextInt(12);
        case 12 -> {
          if (chance(8)) {
            chain.wipe();
          } else if (chance(8)) {
            chain.deployAnew();
          }
        }
        default -> chain.mine();
      }
    }

    private void publish() {
      SpaceName space = SPACES.get(random.nextInt(SPACES.size()));
      if (space.equals(SPACES.getLast()) && versions.getOrDefault(space, 0L) >= 3) {
        store.publish(CheckpointerTest.verified(space, 4, now(), "it does not agree"));
        return;
      }
      long version = versions.merge(space, 1L + random.nextInt(3), Long::sum);
      store.publish(CheckpointerTest.verified(space, version, now(), null));
    }

    private void step(Leader leader) {
      List<StoredCheckpoint> before = store.list(Long.MAX_VALUE, Integer.MAX_VALUE);
      try {
        Step step = leader.checkpointer.step(leader.epoch, now(), chance(10));
        check(leader, before, step);
      } catch (Crash e) {
        callsUntilCrash = -1;
        leader.checkpointer = checkpointer();
      } catch (AnchorUnavailable e) {
        // it waits and tries again
      }
      checkHeaders();
      if (leader.epoch != epoch) {
        assertThat(store.list(Long.MAX_VALUE, Integer.MAX_VALUE))
            .as("seed %d: a deposed leader wrote", seed)
            .isEqualTo(before);
      }
    }

    private void check(Leader leader, List<StoredCheckpoint> before, Step step) {
      assertThat(step).as("seed %d", seed).isNotInstanceOf(Step.Stopped.class);
      if (step instanceof Step.Finalized done) {
        assertThat(leader.epoch).as("seed %d", seed).isEqualTo(epoch);
        assertThat(chain.depth(done.checkpoint().number()))
            .as("seed %d: final with so many confirmations", seed)
            .isGreaterThanOrEqualTo(finalAfter);
      }
      if (step instanceof Step.Deposed) {
        assertThat(leader.epoch).as("seed %d", seed).isNotEqualTo(epoch);
        assertThat(store.list(Long.MAX_VALUE, Integer.MAX_VALUE)).isEqualTo(before);
      }
    }

    /** Dense, linked, written once, and nothing else was ever on the chain. */
    private void checkHeaders() {
      List<StoredCheckpoint> stored = store.list(Long.MAX_VALUE, Integer.MAX_VALUE).reversed();
      Hash previous = Hash.ZERO;
      for (int i = 0; i < stored.size(); i++) {
        Header header = stored.get(i).checkpoint().header();
        assertThat(header.number()).as("seed %d", seed).isEqualTo(i + 1);
        assertThat(header.previous()).as("seed %d", seed).isEqualTo(previous);
        previous = header.hash();
        if (i < headers.size()) {
          assertThat(previous).as("seed %d: header %d", seed, i + 1).isEqualTo(headers.get(i));
        } else {
          headers.add(previous);
        }
      }
      chain
          .everWritten()
          .forEach((number, hashes) ->
              assertThat(hashes)
                  .as("seed %d: hashes of number %d on any branch", seed, number)
                  .isEqualTo(Set.of(headers.get((int) (number - 1)))));
    }

    /** Without faults everything stored becomes final, and what is ready gets a checkpoint. */
    private void finish() {
      calm = true;
      callsUntilCrash = -1;
      chain.setBaseFee(1); // what waits for a lower fee goes in
      elect();
      Leader last = leaders.getLast();
      Step step = new Step.Waiting(0);
      for (int i = 0; i < 60 + 8 * headers.size() && !(step instanceof Step.Idle); i++) {
        chain.mine();
        step = last.checkpointer.step(last.epoch, now(), true);
        check(last, List.of(), step);
        checkHeaders();
      }
      assertThat(step).as("seed %d: %s", seed, store.unfinished(1)).isEqualTo(new Step.Idle());
      assertThat(chain.open(1).latest()).as("seed %d", seed).isEqualTo(headers.size());
      assertThat(store.unfinished(1)).as("seed %d", seed).isEmpty();
      assertThat(store.list(Long.MAX_VALUE, Integer.MAX_VALUE))
          .as("seed %d", seed)
          .allMatch(checkpoint -> checkpoint.status() == Status.FINALIZED);
      for (Manifest.Entry entry : store.anchoredHeads()) {
        SpaceName space = entry.head().space();
        VerifiedHead newest = store.newestVerified(space).orElseThrow();
        if (newest.ready()) {
          assertThat(entry.head()).as("seed %d", seed).isEqualTo(newest.head());
        } else {
          assertThat(entry.head().version()).as("seed %d", seed).isLessThan(5);
        }
      }
    }
  }
}
