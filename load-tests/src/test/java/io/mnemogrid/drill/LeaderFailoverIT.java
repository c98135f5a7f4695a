package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Contract;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Members of one store, a real chain, commits that never stop: the leader is killed, the chain is
 * emptied, the store is put back. No number is ever written twice or left out.
 */
@NullMarked
class LeaderFailoverIT {
  private static final SpaceName ALPHA = SpaceName.of("alpha");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path folder = Drills.folder("leader-failover");
  private final List<Integer> ports = Ports.free(7);
  private final AtomicBoolean over = new AtomicBoolean();
  private final Map<String, Running> members = new ConcurrentSkipListMap<>();
  private @Nullable AnvilProcess chain;

  /** A member and its API. */
  private record Running(MemberProcess process, MemberApi api) {}

  @BeforeEach
  void startChain() {
    chain = AnvilProcess.start(Drills.anvil(), ports.get(6), folder.resolve("anvil.log"));
  }

  @AfterEach
  void stopAll() {
    over.set(true);
    members.values().forEach(member -> member.process().close());
    chain().close();
  }

  private AnvilProcess chain() {
    AnvilProcess running = chain;
    if (running == null) {
      throw new AssertionError("no chain");
    }
    return running;
  }

  private MemberProcess start(int index) {
    String addresses = "127.0.0.1:" + ports.get(3) + ",127.0.0.1:" + ports.get(4);
    return Launch.member(Drills.member())
        .named("m" + index)
        .chain(chain().endpoint())
        .checkpointEvery(1)
        .data(data())
        .members(addresses)
        .ports(ports.get(index), ports.get(3 + index))
        .start(folder.resolve("m" + index + ".log"));
  }

  private Path data() {
    return folder.resolve("data");
  }

  private void startMembers(int count) {
    for (int i = 0; i < count; i++) {
      MemberProcess process = start(i);
      members.put("m" + i, new Running(process, new MemberApi(ports.get(i))));
    }
    for (int i = 0; i < count; i++) {
      Objects.requireNonNull(members.get("m" + i)).process().awaitHealthy(ports.get(i));
    }
  }

  private MemberApi anybody() {
    return members.values().iterator().next().api();
  }

  @Test
  void noNumberIsWrittenTwiceOrLeftOut() throws IOException {
    startMembers(2);
    anybody().create(ALPHA);
    Thread writer = Thread.ofPlatform().name("commits").start(this::commitOn);

    awaitCheckpoint(3);
    final String killed =
        await().atMost(PATIENCE).until(this::leader, Optional::isPresent).orElseThrow();
    final long before = latest();
    long began = System.nanoTime();
    Objects.requireNonNull(members.remove(killed)).process().kill();
    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(PATIENCE)
        .until(() -> leader().filter(name -> !name.equals(killed)).isPresent());
    Duration vacant = Duration.ofNanos(System.nanoTime() - began);
    awaitCheckpoint(before + 3);
    System.out.printf(
        "%s was killed at checkpoint %d; %s led after %.1f s and had written %d after %.1f s%n",
        killed,
        before,
        leader().orElse("nobody"),
        vacant.toMillis() / 1000.0,
        latest(),
        (System.nanoTime() - began) / 1e9);
    holdAgainstTheChain();

    chain().close();
    awaitCommits(20);
    chain = AnvilProcess.start(Drills.anvil(), ports.get(6), folder.resolve("anvil.log"));
    began = System.nanoTime();
    long after = latest() + 2;
    awaitCheckpoint(after);
    System.out.printf(
        "on the emptied chain all of %d stood again after %.1f s%n",
        latest(), (System.nanoTime() - began) / 1e9);
    over.set(true);
    join(writer);
    holdAgainstTheChain();

    refusesToStartBehindTheChain();
  }

  /** An older copy of the store, and a chain that knows more. */
  private void refusesToStartBehindTheChain() throws IOException {
    members.values().forEach(member -> member.process().close());
    members.clear();
    Path copy = folder.resolve("copy");
    copy(data(), copy);
    startMembers(1);
    long copied = latest();
    over.set(false);
    Thread writer = Thread.ofPlatform().name("commits").start(this::commitOn);
    awaitCheckpoint(copied + 1);
    over.set(true);
    join(writer);
    members.values().forEach(member -> member.process().close());
    members.clear();

    Drills.delete(data());
    copy(copy, data());
    Path log = folder.resolve("m0.log");
    long printed = Files.readString(log).length();
    MemberProcess behind = start(0);
    try {
      assertThat(behind.exit(PATIENCE)).isEqualTo(3);
      String said = Files.readString(log).substring((int) printed);
      assertThat(said.lines().filter(line -> line.startsWith("chain-ahead: "))).as(said).hasSize(1);
      System.out.println(said.lines().filter(line -> line.startsWith("chain-ahead: ")).toList());
    } finally {
      behind.close();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  // What goes on meanwhile.

  private final AtomicLong committed = new AtomicLong();

  private void commitOn() {
    for (long i = 0; !over.get(); i++) {
      String id = "c" + System.nanoTime();
      Request request =
          Request.of(
              ALPHA,
              new DeltaBuilder(new Author("a"), 0, Instant.now())
                  .id(id)
                  .set("/facts/k" + i % 30, Json.of(i))
                  .build());
      for (Running member : List.copyOf(members.values())) {
        MemberApi.Reply reply = member.api().commit(ALPHA, request.body(), Duration.ofSeconds(5));
        if (reply != null && reply.status() == 201) {
          committed.incrementAndGet();
          break;
        }
      }
      MemberProcess.pause(50);
    }
  }

  private void awaitCommits(int more) {
    long wanted = committed.get() + more;
    await().atMost(PATIENCE).until(() -> committed.get() >= wanted);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<String> leader() {
    return Answered.parse(anybody().get("/v1/members").want(200).body()).objects("items").stream()
        .filter(member -> member.is("leader"))
        .map(member -> member.text("name"))
        .findFirst();
  }

  private long latest() {
    List<Answered> newest =
        Answered.parse(anybody().get("/v1/checkpoints?limit=1").want(200).body()).objects("items");
    return newest.isEmpty() ? 0 : newest.getFirst().whole("number");
  }

  /** Returns when a checkpoint of that number is final. */
  private void awaitCheckpoint(long number) {
    try {
      await()
          .atMost(PATIENCE)
          .until(() ->
              anybody().checkpoints().stream()
                  .anyMatch(checkpoint ->
                      checkpoint.whole("number") >= number
                          && checkpoint.text("status").equals("finalized")));
    } catch (RuntimeException e) {
      StringBuilder tails = new StringBuilder();
      members.values().forEach(member -> tails.append(member.process().tail()));
      throw new AssertionError("no final checkpoint " + number + tails, e);
    }
  }

  // The chain's own word.

  private void holdAgainstTheChain() {
    List<Answered> stored =
        anybody().checkpoints().stream()
            .filter(checkpoint -> checkpoint.text("status").equals("finalized"))
            .toList()
            .reversed();
    Contract contract = Contract.of(chain(), stored.getLast().text("transaction"));
    Hash previous = Hash.ZERO;
    for (int i = 0; i < stored.size(); i++) {
      Answered checkpoint = stored.get(i);
      assertThat(checkpoint.whole("number")).isEqualTo(i + 1);
      byte[] header = HexFormat.of().parseHex(checkpoint.text("header").substring(2));
      assertThat(Hash.sha256(header)).isEqualTo(checkpoint.hash("hash"));
      assertThat(ContentAddress.parse(checkpoint.text("pointer")).digest())
          .isEqualTo(checkpoint.hash("hash"));
      assertThat(checkpoint.hash("previous")).isEqualTo(previous);
      assertThat(contract.find(i + 1).hash()).isEqualTo(checkpoint.hash("hash"));
      previous = checkpoint.hash("hash");
    }
    List<Long> events = contract.created();
    // A newer one may have been written since the list was read.
    assertThat(events.size()).isGreaterThanOrEqualTo(stored.size());
    assertThat(events).doesNotHaveDuplicates();
    System.out.printf(
        "  contract %s: %d checkpoints, %d events, each number once, each hash that of its header%n",
        contract.address(), stored.size(), events.size());
  }
}
