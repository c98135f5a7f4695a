package io.mnemogrid.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.client.History;
import io.mnemogrid.client.Request;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The twin that anybody would build first: the history of a space as a value of a plain {@link
 * IMap}, read, changed and written back by each of two members. Both have read before either
 * writes, so each round loses one of two acknowledged counts, and the checker says so; of the same
 * members that write only over what they have read it says nothing.
 */
@NullMarked
class PlainMapIT {
  private static final SpaceName SPACE = SpaceName.of("plain");
  private static final Instant START = Instant.parse("2026-02-05T19:00:00Z");
  private static final int ROUNDS = 10;

  /** One way to put a new history in place of the one that was read; whether it did. */
  private interface Write {
    boolean replace(
        IMap<String, ArrayList<String>> map, ArrayList<String> read, ArrayList<String> next);
  }

  private final ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();
  private final List<HazelcastInstance> members = new ArrayList<>();
  private final List<Claim> claims = new ArrayList<>();

  @BeforeEach
  void startTwoMembers() {
    List<Integer> ports = Ports.free(2);
    for (int port : ports) {
      Config config = new Config();
      config.setClusterName("plain-" + ports.getFirst());
      config
          .setProperty("hazelcast.phone.home.enabled", "false")
          .setProperty("hazelcast.shutdownhook.enabled", "false")
          .setProperty("hazelcast.logging.type", "slf4j")
          .setProperty("hazelcast.socket.bind.any", "false")
          .setProperty("hazelcast.wait.seconds.before.join", "0");
      config
          .getNetworkConfig()
          .setPort(port)
          .setPortAutoIncrement(false)
          .setPublicAddress("127.0.0.1")
          .getInterfaces()
          .setEnabled(true)
          .addInterface("127.0.0.1");
      JoinConfig join = config.getNetworkConfig().getJoin();
      join.getMulticastConfig().setEnabled(false);
      join.getAutoDetectionConfig().setEnabled(false);
      join.getTcpIpConfig().setEnabled(true);
      ports.forEach(each -> join.getTcpIpConfig().addMember("127.0.0.1:" + each));
      members.add(Hazelcast.newHazelcastInstance(config));
    }
    assertThat(members.getLast().getCluster().getMembers()).hasSize(2);
  }

  @AfterEach
  void stop() {
    writers.close();
    members.forEach(member -> member.getLifecycleService().terminate());
  }

  @Test
  void flagsWhatAPlainMapLoses() {
    count((map, read, next) -> {
      map.put(SPACE.text(), next);
      return true;
    });
    Verdict verdict = verdict();
    assertThat(verdict.count(Flaw.LOST)).as(verdict.toString()).isGreaterThanOrEqualTo(ROUNDS);
    assertThat(claims).hasSize(2 * ROUNDS);
    assertThat(history()).hasSize(ROUNDS);
  }

  @Test
  void passesMembersThatWriteOverWhatTheyHaveRead() {
    count((map, read, next) -> map.replace(SPACE.text(), read, next));
    assertThat(verdict().isClean()).as(verdict().toString()).isTrue();
    assertThat(claims).hasSize(2 * ROUNDS);
    assertThat(history()).hasSize(2 * ROUNDS);
  }

  /** Both members count once a round; in the first try of each both read before either writes. */
  private void count(Write write) {
    members
        .getFirst()
        .<String, ArrayList<String>>getMap("plain")
        .put(SPACE.text(), new ArrayList<>());
    for (int round = 0; round < ROUNDS; round++) {
      CyclicBarrier bothHaveRead = new CyclicBarrier(2);
      List<CompletableFuture<Claim>> counts = new ArrayList<>();
      for (int member = 0; member < 2; member++) {
        IMap<String, ArrayList<String>> map = members.get(member).getMap("plain");
        String id = "count-" + round + "-" + member;
        counts.add(
            CompletableFuture.supplyAsync(() -> count(map, id, bothHaveRead, write), writers));
      }
      counts.forEach(count -> claims.add(count.join()));
    }
  }

  private static Claim count(
      IMap<String, ArrayList<String>> map, String id, CyclicBarrier bothHaveRead, Write write) {
    for (int tries = 0; ; tries++) {
      ArrayList<String> read = Objects.requireNonNull(map.get(SPACE.text()));
      if (tries == 0) {
        await(bothHaveRead);
      }
      Snapshot head = replay(read);
      Json shown = head.state().document().get("counters");
      Json value = shown instanceof Json.Obj counters ? counters.get("c0") : null;
      long next = value instanceof Json.Num number ? (long) number.value() + 1 : 1;
      Delta delta =
          new DeltaBuilder(new Author("a"), head.version(), START)
              .id(id)
              .type(Checker.COUNT)
              .strict()
              .reads("/counters/c0")
              .set("/counters/c0", Json.of(next))
              .build();
      Update update = resolve(head, delta);
      ArrayList<String> written = new ArrayList<>(read);
      written.add(update.text());
      if (write.replace(map, read, written)) {
        return new Claim.Stands(
            Request.of(SPACE, delta),
            List.of(
                new Claim.Place(
                    update.version(),
                    update.root(),
                    update.leafHash().toString().substring(2, 18))));
      }
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(120, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException("the other member did not read", e);
    }
  }

  /** The record that a delta makes after a head. */
  static Update resolve(Snapshot head, Delta delta) {
    if (!(Resolver.resolve(head.state(), head.version(), delta)
        instanceof Resolution.Accepted accepted)) {
      throw new IllegalStateException("refused: " + delta);
    }
    return Update.of(
        new Update.Fields(
            head.head().space(),
            head.version() + 1,
            delta.id(),
            delta.author(),
            delta.type(),
            delta.base(),
            delta.timestamp(),
            START,
            delta.requestHash(),
            head.head().leafHash(),
            accepted.next().root(),
            accepted.changes(),
            accepted.superseded(),
            accepted.overrode()));
  }

  private static Snapshot replay(List<String> records) {
    Snapshot at = Snapshot.ofNew(SPACE);
    for (String record : records) {
      at = at.plus(Update.parse(record));
    }
    return at;
  }

  private List<String> history() {
    return Objects.requireNonNull(
        members.getLast().<String, List<String>>getMap("plain").get(SPACE.text()));
  }

  private Verdict verdict() {
    Snapshot head = replay(history());
    return Checker.check(
        Evidence.of(
            new History(
                SPACE,
                history(),
                head.version(),
                head.head().root(),
                head.logRoot(),
                head.version(),
                head.state().document()),
            claims));
  }
}
