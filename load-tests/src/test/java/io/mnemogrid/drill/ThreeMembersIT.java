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
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.traffic.EmbeddedWriters;
import io.mnemogrid.traffic.Journal;
import io.mnemogrid.traffic.Writer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private static final int SECONDS = 30;
  private static final int HTTP_WRITERS = 3;
  private static final List<SpaceName> SPACES =
      List.of(SpaceName.of("alpha"), SpaceName.of("beta"));

  private final Path folder = Drills.folder("three-members");
  private final Path store = folder.resolve("data/mnemogrid.db");
  private final List<Integer> ports = Ports.free(5);
  private final String addresses =
      String.join(",", ports.subList(0, 4).stream().map(port -> "127.0.0.1:" + port).toList());

  /** A process that obeys lines. */
  private record Embedded(String name, MemberProcess process, BufferedReader said) {
    void tell(String line) {
      try {
        var in = process.process().outputWriter();
        in.write(line + "\n");
        in.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(process.tail(), e);
      }
    }

    /** What it says up to {@code done …}, which comes last. */
    List<String> answer() {
      List<String> lines = new ArrayList<>();
      try {
        String line;
        while ((line = said.readLine()) != null) {
          lines.add(line);
          if (line.startsWith("done")) {
            return lines;
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(process.tail(), e);
      }
      throw new AssertionError(name + " ended after " + lines + process.tail());
    }
  }

  private Embedded embedded(int index) {
    String name = "m" + index;
    MemberProcess process =
        MemberProcess.startTalking(
            folder.resolve(name + ".log"),
            List.of(
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedWriters.class.getName(),
                name,
                ports.get(index).toString(),
                addresses,
                store.toString()));
    return new Embedded(name, process, process.process().inputReader());
  }

  private MemberProcess server() {
    return MemberProcess.start(
        folder.resolve("server.log"),
        Map.of(
            "MNEMOGRID_NAME",
            "server",
            "MNEMOGRID_ANCHOR",
            "notary",
            "MNEMOGRID_CHECKPOINT_EVERY",
            "1",
            "MNEMOGRID_DATA",
            folder.resolve("data").toString(),
            "MNEMOGRID_MEMBERS",
            addresses,
            "MNEMOGRID_HTTP_PORT",
            ports.get(4).toString(),
            "MNEMOGRID_GRID_PORT",
            ports.get(3).toString()),
        List.of("-jar", Drills.member().toString()));
  }

  @Test
  void allReplicasEndAsTheLogDoes() throws Exception {
    List<Embedded> members = new ArrayList<>();
    MemberProcess server = server();
    try {
      for (int i = 0; i < 3; i++) {
        members.add(embedded(i));
      }
      members.forEach(Embedded::answer);
      final MemberApi api = server.awaitHealthy(ports.get(4));
      for (SpaceName space : SPACES) {
        members.forEach(member -> member.tell("open " + space));
        members.forEach(Embedded::answer);
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(Answered.parse(api.get("/v1/members").body()).objects("items"))
                  .hasSize(4));

      long began = System.nanoTime();
      Journal journal = new Journal();
      writeEverywhere(members, api, journal);
      final Duration took = Duration.ofNanos(System.nanoTime() - began);

      List<Claim> claims = new ArrayList<>(journal.claims());
      for (Embedded member : members) {
        claims.addAll(acknowledged(folder.resolve(member.name() + ".acknowledged")));
      }
      assertThat(journal.surprises()).isEmpty();
      print(members, journal, claims.size(), took);
      for (SpaceName space : SPACES) {
        holdAgainstTheLog(members, api, space, claims);
      }
    } finally {
      members.forEach(member -> member.process().close());
      server.close();
    }
  }

  private void writeEverywhere(List<Embedded> members, MemberApi api, Journal journal)
      throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    for (Embedded member : members) {
      Path file = folder.resolve(member.name() + ".acknowledged");
      member.tell("write " + SECONDS + " " + member.name().hashCode() + " " + file);
    }
    for (int i = 0; i < HTTP_WRITERS; i++) {
      String name = "h" + i + "-it";
      writers.add(
          Thread.ofPlatform().start(new Writer(name, i, List.of(api), SPACES, journal, over::get)));
    }
    for (Embedded member : members) {
      assertThat(member.answer()).as(member.name()).containsExactly("done write ");
    }
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
      List<Embedded> members, MemberApi api, SpaceName space, List<Claim> claims) {
    long version = versionOfTheLog(api, space);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> {
          Answered head = Answered.parse(api.get("/v1/spaces/" + space).body());
          assertThat(head.whole("version")).isEqualTo(version);
        });
    History history = api.history(space);
    assertThat(Checker.check(history, claims)).isEmpty();
    Update last = Update.parse(history.records().getLast());
    String wanted =
        "head %s %d %s %s".formatted(space, last.version(), last.root(), last.leafHash());
    for (Embedded member : members) {
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> {
            member.tell("heads");
            assertThat(member.answer()).as(member.name()).contains(wanted, "done heads 4");
          });
    }
    System.out.printf("  %s: all four at version %d, root %s%n", space, version, last.root());
  }

  private static long versionOfTheLog(MemberApi api, SpaceName space) {
    return api.history(space).records().size();
  }

  private void print(List<Embedded> members, Journal journal, int commits, Duration took)
      throws IOException {
    System.out.printf(
        "%d commits acknowledged in %.1f s, %.0f a second:%n",
        commits - journal.refusals(),
        took.toMillis() / 1000.0,
        (commits - journal.refusals()) * 1000.0 / took.toMillis());
    for (Embedded member : members) {
      try (Stream<String> lines = Files.lines(folder.resolve(member.name() + ".acknowledged"))) {
        System.out.printf("  %s %d%n", member.name(), lines.count());
      }
    }
    System.out.printf(
        "  server %d, %d refused, %d without a certain answer%n",
        journal.answers(), journal.refusals(), journal.open().size());
  }
}
