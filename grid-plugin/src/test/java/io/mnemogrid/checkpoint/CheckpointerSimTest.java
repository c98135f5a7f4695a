package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.commit.Leadership;
import io.mnemogrid.commit.Leadership.Renewal;
import io.mnemogrid.commit.Leadership.Work;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Members that lead as the product's threads let them: they crash between any two calls, are
 * stopped between being told to step and the step, lose their lease unseen, give it up after an
 * error, and come back; over a chain that reorganises, forgets, fails and changes its fees. And
 * what must hold all the same.
 */
class CheckpointerSimTest {
  private static final int SEEDS = 150;
  private static final int STEPS = 250;
  private static final Duration TIME_TO_LIVE = Duration.ofMillis(60);

  /** What an anchor answers by itself. */
  private static final Set<String> LOCAL = Set.of("author", "identity", "finalAfter", "batchLimit");

  private static final List<SpaceName> SPACES =
      List.of(SpaceName.of("a"), SpaceName.of("b"), SpaceName.of("c"));

  @Test
  void keepsOneHeaderANumberUnderFaults() {
    int most = 0;
    Map<String, Integer> happened = new TreeMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      World world = new World(seed, Twin.NONE);
      most = Math.max(most, world.run());
      world.happened.forEach((what, count) -> happened.merge(what, count, Integer::sum));
    }
    assertThat(most).as("checkpoints in a run").isGreaterThan(10);
    assertThat(happened)
        .as("the faults that were met")
        .containsKeys(
            "Sent NEW",
            "Sent AGAIN",
            "Sent REPLACEMENT",
            "batch",
            "Undone",
            "Blocked budget",
            "Blocked fee-cap",
            "Deposed",
            "crash",
            "stopped before a step",
            "gave the lease up",
            "prepared while away");
  }

  /** A twin that breaks one rule is found by the same checks, or they prove nothing. */
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
        .hasMessageContaining(twin.isFoundAs);
  }

  /** What is wrong on purpose. */
  enum Twin {
    NONE(""),
    /** Its store lets a deposed leader write. */
    WRITES_UNDER_ANY_EPOCH("a deposed leader wrote"),
    /** It signs a header made anew instead of the stored one. */
    SIGNS_ANOTHER_HEADER("chain-differs"),
    /** It calls final what is in a block. */
    WAITS_FOR_NO_CONFIRMATIONS("final with so many confirmations"),
    /** It forgets what it signed, and so what it may still have to pay. */
    FORGETS_ITS_SPENDING("coin spent"),
    /** It takes another nonce for a replacement, so that both can be in a block. */
    REPLACES_UNDER_ANOTHER_NONCE("transactions that wrote nothing"),
    /** It believes that what was final stays. */
    IGNORES_REORGS("final and not on the chain"),
    /** Its lane of steps ends in silence, and its lease lives on. */
    LEASE_OUTLIVES_ITS_STEPS("nobody steps any more");

    final String isFoundAs;

    Twin(String isFoundAs) {
      this.isFoundAs = isFoundAs;
    }
  }

  /** The process died. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** One process: its part in leading, and the handles through which it acts. */
  private static final class Member {
    final int index;
    final long offsetNanos;
    Leadership leadership;
    @Nullable Checkpointer checkpointer;
    Work.@Nullable Act told;
    long stoppedUntil;
    boolean stepsEnded;
    int life;

    Member(int index, long offsetNanos) {
      this.index = index;
      this.offsetNanos = offsetNanos;
      this.leadership = begin();
    }

    private Leadership begin() {
      return new Leadership("m" + index + "-" + life, TIME_TO_LIVE);
    }

    void restart() {
      life++;
      leadership = begin();
      checkpointer = null;
      told = null;
      stepsEnded = false;
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
    private final List<Member> members = new ArrayList<>();
    private LeaseRow lease = LeaseRow.NONE;
    private long millis;
    private int callsUntilCrash = -1;
    private boolean calm;
    private Pace last = Pace.SOON;
    private @Nullable StepEvent told; // by the newest step, the last that it told

    private final Twin twin;
    private final long budgetWei;
    private final LeafLog log = new LeafLog();
    private final Map<String, Integer> happened = new TreeMap<>();

    World(long seed, Twin twin) {
      this.seed = seed;
      this.twin = twin;
      this.random = new Random(seed);
      this.finalAfter = 1 + random.nextInt(4);
      for (int i = 0; i < 3; i++) {
        members.add(new Member(i, random.nextLong(1_000_000_000)));
      }
      this.budgetWei = chance(40) ? 20_000L + random.nextInt(100_000) : Long.MAX_VALUE;
    }

    private void happened(String what) {
      happened.merge(what, 1, Integer::sum);
    }

    private void heard(Member member, StepEvent event) {
      told = event;
      member.leadership.heard(event);
      happened(
          switch (event) {
            case CheckpointEvent.Sent sent -> "Sent " + sent.how();
            case StepEvent.Blocked blocked -> "Blocked " + blocked.reason();
            default -> event.getClass().getSimpleName();
          });
      if (event instanceof CheckpointEvent.Sent sent
          && sent.transaction().last() > sent.transaction().first()) {
        happened("batch");
      }
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
                if (LOCAL.contains(method.getName())) {
                  return invoke(method, real, arguments);
                }
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
                  result = invoke(method, real, arguments);
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

    /** The call itself, or what the twin makes of it. */
    private @Nullable Object invoke(Method method, Object real, Object @Nullable [] given)
        throws ReflectiveOperationException {
      Object[] arguments = given == null ? new Object[0] : given;
      Class<?>[] types = method.getParameterTypes();
      switch (twin) {
        case NONE -> {}
        case WRITES_UNDER_ANY_EPOCH -> {
          if (real == store && List.of("insert", "sign", "advance").contains(method.getName())) {
            arguments[types.length - 1] = lease.epoch();
          }
        }
        case SIGNS_ANOTHER_HEADER -> {
          if (method.getName().equals("sign") && arguments[0] instanceof List<?> checkpoints) {
            Checkpoint first = (Checkpoint) checkpoints.getFirst();
            arguments[0] =
                List.of(
                    AnchorContractTest.checkpoint(
                        first.number(),
                        first.header().previous(),
                        "anew",
                        first.manifest().author()));
          }
        }
        case WAITS_FOR_NO_CONFIRMATIONS -> {
          if (method.getName().equals("finalAfter")) {
            return 1;
          }
        }
        case FORGETS_ITS_SPENDING -> {
          if (method.getName().equals("signedSince")) {
            return List.of();
          }
        }
        case REPLACES_UNDER_ANOTHER_NONCE -> {
          if (method.getName().equals("replace")) {
            return ((Anchor) real).sign(checkpoints(arguments[1]));
          }
        }
        case LEASE_OUTLIVES_ITS_STEPS -> {}
        case IGNORES_REORGS -> {
          if (method.getName().equals("undo")) {
            return 0L;
          }
        }
      }
      return method.invoke(real, arguments);
    }

    @SuppressWarnings("unchecked") // it is the argument of Anchor.replace
    private static List<Checkpoint> checkpoints(Object argument) {
      return (List<Checkpoint>) argument;
    }

    private Checkpointer checkpointer(Member member) {
      Anchor anchor = faulty(Anchor.class, chain.open(finalAfter), true);
      return member.checkpointer != null
          ? member.checkpointer.at(anchor)
          : new Checkpointer(
              faulty(AuditedHeads.class, store, false),
              faulty(CheckpointStore.class, store, false),
              log,
              anchor,
              new Checkpointer.Policy(
                  Duration.ofMillis(40),
                  5,
                  5,
                  Duration.ofMillis(60),
                  Duration.ofMillis(30),
                  new Cost(Long.MAX_VALUE, BigInteger.valueOf(budgetWei)),
                  Set.of()),
              () ->
                  member.leadership.epoch(nanos(member)) != 0
                      || chance(50), // stopped right after it looked
              event -> heard(member, event));
    }

    private long nanos(Member member) {
      return member.offsetNanos + Duration.ofMillis(millis).toNanos();
    }

    int run() {
      for (int i = 0; i < STEPS; i++) {
        millis += random.nextInt(10);
        disturb();
        members.forEach(this::keepLease);
        work(members.get(random.nextInt(members.size())));
        members.forEach(this::workIfItLeads);
      }
      finish();
      return headers.size();
    }

    /** A turn of the lane of the lease, which a stopped process has not. */
    private void keepLease(Member member) {
      if (millis < member.stoppedUntil) {
        return;
      }
      for (int i = 0; i < 3; i++) {
        long before = nanos(member);
        switch (member.leadership.renewal(before)) {
          case Renewal.Rest _ -> {
            return;
          }
          case Renewal.Read _ -> member.leadership.read(lease, before, nanos(member));
          case Renewal.Replace replace -> {
            boolean taken = lease.equals(replace.expected());
            if (taken) {
              lease = replace.next();
              store.setEpoch(lease.epoch());
            }
            if (calm || chance(95)) {
              member.leadership.replaced(replace, taken, before);
            } else {
              member.leadership.leaseFailed("the answer was lost", nanos(member));
            }
          }
        }
      }
    }

    private void workIfItLeads(Member member) {
      if (member.leadership.epoch(nanos(member)) != 0) {
        work(member);
      }
    }

    /** A turn of the lane of the steps. */
    private void work(Member member) {
      if (member.stepsEnded || millis < member.stoppedUntil) {
        return;
      }
      Work.Act told = member.told;
      if (told != null) {
        member.told = null;
        act(member, told);
        return;
      }
      try {
        switch (member.leadership.work(nanos(member))) {
          case Work.Rest _ -> member.leadership.wake(); // the run is shorter than its rests
          case Work.Open _ -> {
            member.checkpointer = checkpointer(member);
            member.leadership.opened("the chain");
          }
          case Work.Look _ -> member.leadership.audited(audited());
          case Work.Prepare prepare -> prepare(member, prepare);
          case Work.Act act -> {
            if (!calm && chance(10)) {
              happened("stopped before a step");
              member.told = act;
              member.stoppedUntil = millis + random.nextInt(150);
            } else if (!calm && chance(2)) {
              fail(member);
            } else {
              act(member, act);
            }
          }
        }
      } catch (Crash e) {
        crash(member);
      }
    }

    private void fail(Member member) {
      if (twin == Twin.LEASE_OUTLIVES_ITS_STEPS) {
        member.stepsEnded = true;
      } else {
        happened("gave the lease up");
        member.leadership.failed(Leadership.Failure.FATAL, "no memory", nanos(member));
      }
    }

    private void crash(Member member) {
      happened("crash");
      callsUntilCrash = -1;
      member.restart();
    }

    private Map<SpaceName, Long> audited() {
      Map<SpaceName, Long> found = new HashMap<>();
      for (AuditedHead head : store.newest()) {
        found.put(head.head().space(), head.ready() ? head.head().version() : Long.MAX_VALUE);
      }
      return found;
    }

    private void disturb() {
      switch (random.nextInt(24)) {
        case 0, 1, 2, 3, 4, 5 -> publish();
        case 6 -> {
          Member member = members.get(random.nextInt(members.size()));
          member.stoppedUntil = millis + random.nextInt(200);
        }
        case 7 -> chain.reorg(1 + random.nextInt(Math.max(1, finalAfter - 1)));
        case 8 -> chain.losePool();
        case 9 -> {
          chain.setBaseFee(1 + random.nextInt(60));
          chain.setCap(chance(50) ? 40 + random.nextInt(40) : 1000);
        }
        case 10, 11 -> callsUntilCrash = random.nextInt(12);
        case 12 -> {
          if (chance(8)) {
            chain.wipe();
          } else if (chance(8)) {
            chain.deployAnew();
          }
        }
        case 13 -> millis += 70; // nobody makes blocks
        case 14 ->
            members.forEach(
                member -> member.leadership.demand(new HashMap<>(versions), nanos(member)));
        default -> chain.mine();
      }
    }

    private void publish() {
      SpaceName space = SPACES.get(random.nextInt(SPACES.size()));
      if (space.equals(SPACES.getLast()) && versions.getOrDefault(space, 0L) >= 3) {
        store.publish(LeafLog.verified(space, 4, now(), "it does not agree"));
        return;
      }
      long version = versions.merge(space, 1L + random.nextInt(3), Long::sum);
      store.publish(LeafLog.verified(space, version, now(), null));
    }

    private void act(Member member, Work.Act act) {
      List<StoredCheckpoint> before = store.list(Long.MAX_VALUE, Integer.MAX_VALUE);
      told = null;
      try {
        Pace pace =
            Objects.requireNonNull(member.checkpointer).step(act.epoch(), now(), act.demanded());
        check(member, act.epoch(), before, pace);
        member.leadership.stepped(pace, nanos(member));
      } catch (Crash e) {
        crash(member);
      } catch (AnchorUnavailable e) {
        member.leadership.failed(
            Leadership.Failure.ANCHOR, String.valueOf(e.getMessage()), nanos(member));
      }
      checkHeaders();
      if (act.epoch() != lease.epoch()) {
        assertThat(store.list(Long.MAX_VALUE, Integer.MAX_VALUE))
            .as("seed %d: a deposed leader wrote", seed)
            .isEqualTo(before);
      }
    }

    private void prepare(Member member, Work.Prepare prepare) {
      told = null;
      Pace pace =
          Objects.requireNonNull(member.checkpointer)
              .prepare(prepare.epoch(), now(), prepare.demanded());
      assertThat(told instanceof StepEvent.Prepared)
          .as("seed %d", seed)
          .isEqualTo(pace == Pace.AT_ONCE);
      if (pace == Pace.AT_ONCE) {
        happened("prepared while away");
      }
      member.leadership.prepared(nanos(member));
      checkHeaders();
    }

    private void check(Member member, long epoch, List<StoredCheckpoint> before, Pace pace) {
      assertThat(pace).as("seed %d: %s", seed, told).isNotEqualTo(Pace.STOPPED);
      if (told instanceof CheckpointEvent.Finalized done) {
        assertThat(epoch).as("seed %d", seed).isEqualTo(lease.epoch());
        assertThat(chain.depth(done.checkpoint().number()))
            .as("seed %d: final with so many confirmations", seed)
            .isGreaterThanOrEqualTo(finalAfter);
      }
      if (told instanceof StepEvent.Waiting || told instanceof CheckpointEvent.Sent) {
        assertThat(store.latestFinal().map(StoredCheckpoint::number).orElse(0L))
            .as("seed %d: final and not on the chain", seed)
            .isLessThanOrEqualTo(chain.open(1).latest());
      }
      if (pace == Pace.DEPOSED) {
        happened("Deposed");
      }
      if (pace == Pace.DEPOSED && epoch == lease.epoch()) {
        assertThat(member.leadership.epoch(nanos(member)))
            .as("seed %d: deposed by its own clock alone, as it could not renew", seed)
            .isZero();
      } else if (pace == Pace.DEPOSED) {
        assertThat(store.list(Long.MAX_VALUE, Integer.MAX_VALUE))
            .as("seed %d: a deposed leader wrote", seed)
            .isEqualTo(before);
      }
      last = pace;
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
      if (!calm) {
        assertThat(chain.spent())
            .as("seed %d: coin spent of the budget of a day", seed)
            .isLessThanOrEqualTo(budgetWei);
      }
      chain
          .everWritten()
          .forEach((number, hashes) ->
              assertThat(hashes)
                  .as("seed %d: hashes of number %d on any branch", seed, number)
                  .isEqualTo(Set.of(headers.get((int) (number - 1)))));
    }

    /**
     * Whether the newest step had nothing to do, and all that is ready is in a final checkpoint.
     */
    private boolean isSettled() {
      if (last != Pace.IDLE || !store.unfinished(1).isEmpty()) {
        return false;
      }
      Map<SpaceName, Long> anchored = new HashMap<>();
      store
          .anchoredHeads()
          .forEach(entry -> anchored.put(entry.head().space(), entry.head().version()));
      return store.newest().stream()
          .filter(AuditedHead::ready)
          .allMatch(
              head -> anchored.getOrDefault(head.head().space(), 0L).equals(head.head().version()));
    }

    /** Without faults everything stored becomes final, and what is ready gets a checkpoint. */
    private void finish() {
      calm = true;
      callsUntilCrash = -1;
      chain.setCap(1000);
      chain.setBaseFee(1); // what waits for a lower fee goes in
      millis += TIME_TO_LIVE.toMillis();
      members.forEach(member -> {
        member.stoppedUntil = 0;
        member.leadership.demand(new HashMap<>(versions), nanos(member));
      });
      last = Pace.SOON;
      for (int i = 0; i < 300 + 10 * headers.size() && !isSettled(); i++) {
        millis += 10;
        chain.mine();
        members.forEach(this::keepLease);
        members.forEach(this::workIfItLeads);
        if (told instanceof StepEvent.Blocked) {
          millis += Duration.ofHours(25).toMillis(); // a new day, a new budget
          told = null;
        }
      }
      assertThat(isSettled())
          .as("seed %d: nobody steps any more, %s, %s", seed, lease, store.unfinished(1))
          .isTrue();
      assertThat(chain.open(1).latest()).as("seed %d", seed).isEqualTo(headers.size());
      assertThat(store.unfinished(1)).as("seed %d", seed).isEmpty();
      assertThat(chain.wasted()).as("seed %d: transactions that wrote nothing", seed).isZero();
      assertThat(store.list(Long.MAX_VALUE, Integer.MAX_VALUE))
          .as("seed %d", seed)
          .allMatch(checkpoint -> checkpoint.status() == Status.FINALIZED);
      for (Manifest.Entry entry : store.anchoredHeads()) {
        SpaceName space = entry.head().space();
        AuditedHead newest = store.newest(space).orElseThrow();
        if (newest.ready()) {
          assertThat(entry.head()).as("seed %d", seed).isEqualTo(newest.head());
        } else {
          assertThat(entry.head().version()).as("seed %d", seed).isLessThan(5);
        }
      }
    }
  }
}
