package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.check.Checker;
import io.mnemogrid.check.Claim;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.History;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.log.Update;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.traffic.EmbeddedWriters;
import io.mnemogrid.traffic.Journal;
import io.mnemogrid.traffic.Writer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * Three processes embed a member and a fourth one is the server, all on one SQLite file, and bots
 * commit through each of them at once.
 */
@NullMarked
class ThreeMembersIT {
  private static final int SECONDS = 15;
  private static final int HTTP_WRITERS = 3;
  private static final List<SpaceName> SPACES =
      List.of(SpaceName.of("alpha"), SpaceName.of("beta"));

  private final Path folder = Drills.folder("three-members");
  private final Path store = folder.resolve("data/mnemogrid.db");
  private final List<Integer> ports = Ports.free(5);
  private final String addresses =
      String.join(",", ports.subList(0, 4).stream().map(port -> "127.0.0.1:" + port).toList());

  private PuppetProcess embedded(int index) {
    String name = "m" + index;
    return Launch.main(
            EmbeddedWriters.class,
            List.of(name, ports.get(index).toString(), addresses, store.toString()))
        .startPuppet(name, folder.resolve(name + ".log"));
  }

  private MemberProcess server() {
    return Launch.member(Drills.member())
        .named("server")
        .notary()
        .checkpointEvery(1)
        .data(folder.resolve("data"))
        .members(addresses)
        .ports(ports.get(4), ports.get(3))
        .start(folder.resolve("server.log"));
  }

  @Test
  void allReplicasEndAsTheLogDoes() throws Exception {
    List<PuppetProcess> members = new ArrayList<>();
    MemberProcess server = server();
    try {
      for (int i = 0; i < 3; i++) {
        members.add(embedded(i));
      }
      members.forEach(PuppetProcess::awaitUp);
      final MemberApi api = server.awaitHealthy(ports.get(4));
      for (SpaceName space : SPACES) {
        askAll(members, "open " + space);
      }
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() ->
              assertThat(Answered.parse(api.get("/v1/members").body()).objects("items"))
                  .hasSize(4));

      long began = System.nanoTime();
      Journal journal = new Journal();
      writeEverywhere(members, api, journal);
      final Duration took = Duration.ofNanos(System.nanoTime() - began);

      List<Claim> claims = new ArrayList<>(journal.claims());
      for (PuppetProcess member : members) {
        List<Claim> its = acknowledged(folder.resolve(member.name() + ".acknowledged"));
        assertThat(its).as("acknowledged by %s", member.name()).isNotEmpty();
        claims.addAll(its);
      }
      assertThat(journal.answers()).as("acknowledged by the server").isPositive();
      assertThat(journal.surprises()).isEmpty();
      print(members, journal, claims.size(), took);
      for (SpaceName space : SPACES) {
        holdAgainstTheLog(members, api, space, claims);
      }
    } finally {
      members.forEach(PuppetProcess::close);
      server.close();
    }
  }

  /** Gives all of them an order at once. */
  private static void askAll(List<PuppetProcess> members, String order) {
    List<CompletableFuture<String>> sent =
        members.stream().map(member -> member.send(order)).toList();
    for (int i = 0; i < sent.size(); i++) {
      members.get(i).await(sent.get(i));
    }
  }

  private void writeEverywhere(List<PuppetProcess> members, MemberApi api, Journal journal)
      throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    Map<PuppetProcess, CompletableFuture<String>> written = new LinkedHashMap<>();
    for (PuppetProcess member : members) {
      Path file = folder.resolve(member.name() + ".acknowledged");
      written.put(
          member, member.send("write " + SECONDS + " " + member.name().hashCode() + " " + file));
    }
    for (int i = 0; i < HTTP_WRITERS; i++) {
      String name = "h" + i + "-it";
      writers.add(
          Thread.ofPlatform().start(new Writer(name, i, List.of(api), SPACES, journal, over::get)));
    }
    written.forEach(
        (member, failures) -> assertThat(member.await(failures)).as(member.name()).isEmpty());
    over.set(true);
    for (Thread writer : writers) {
      writer.join();
    }
  }

  private static List<Claim> acknowledged(Path file) throws IOException {
    List<Claim> claims = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] part = line.split(" ", -1);
      Request request =
          new Request(
              SpaceName.of(part[0]),
              Json.NULL,
              List.of(new Request.Part(new UpdateId(part[1]), Hash.parse(part[2]))));
      Claim.Place place =
          new Claim.Place(Long.parseLong(part[3]), Hash.parse(part[4]), part[5].substring(2));
      claims.add(new Claim.Stands(request, List.of(place)));
    }
    return claims;
  }

  private void holdAgainstTheLog(
      List<PuppetProcess> members, MemberApi api, SpaceName space, List<Claim> claims) {
    long version = versionOfTheLog(api, space);
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(() -> {
          Answered head = Answered.parse(api.get("/v1/spaces/" + space).body());
          assertThat(head.whole("version")).isEqualTo(version);
        });
    History history = api.history(space);
    assertThat(Checker.check(history, claims)).isEmpty();
    Update last = Update.parse(history.records().getLast());
    String wanted = "%d %s %s".formatted(last.version(), last.root(), last.leafHash());
    for (PuppetProcess member : members) {
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() -> {
            assertThat(member.ask("head " + space)).as(member.name()).isEqualTo(wanted);
            assertThat(member.ask("members")).as(member.name()).isEqualTo("4");
          });
    }
    System.out.printf("  %s: all four at version %d, root %s%n", space, version, last.root());
  }

  private static long versionOfTheLog(MemberApi api, SpaceName space) {
    return api.history(space).records().size();
  }

  private void print(List<PuppetProcess> members, Journal journal, int commits, Duration took)
      throws IOException {
    System.out.printf(
        "%d commits acknowledged in %.1f s, %.0f a second:%n",
        commits - journal.refusals(),
        took.toMillis() / 1000.0,
        (commits - journal.refusals()) * 1000.0 / took.toMillis());
    for (PuppetProcess member : members) {
      try (Stream<String> lines = Files.lines(folder.resolve(member.name() + ".acknowledged"))) {
        System.out.printf("  %s %d%n", member.name(), lines.count());
      }
    }
    System.out.printf(
        "  server %d, %d refused, %d without a certain answer%n",
        journal.answers(), journal.refusals(), journal.open().size());
  }
}
