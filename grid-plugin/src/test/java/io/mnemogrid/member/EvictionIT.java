package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.Follower;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member and a bot that hold a few of many spaces, while all of them are written: a space that is
 * evicted at any moment is never wrong, only slower.
 */
class EvictionIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int THREADS = 4;
  private static final int EACH = 150;

  /** One document takes some 2,500 bytes, and all that are followed may take half. */
  private static final long FEW_BYTES = 60_000;

  private static final Pattern EVICTED = Pattern.compile("([0-9,]+) were evicted");
  private static final List<SpaceName> SPACES =
      IntStream.range(0, 150).mapToObj(each -> SpaceName.of("space-" + each)).toList();

  @TempDir Path folder;
  private final int port = TestGrid.freePort();
  private final Map<SpaceName, Map<Long, String>> acknowledged = new ConcurrentHashMap<>();

  private static GridConfig few(GridConfig config) {
    return config.withQuotas(config.quotas().withMaxGridBytes(FEW_BYTES));
  }

  private GridConfig member() {
    return few(TestGrid.member(folder, port));
  }

  private Mnemogrid bot() {
    return Mnemogrid.start(few(TestGrid.bot(folder, port, TestGrid.freePort())));
  }

  private Mnemogrid memberWithSpaces(GridConfig config) {
    Mnemogrid member = Mnemogrid.start(config);
    SPACES.forEach(space -> member.createSpace(space, "{}"));
    return member;
  }

  /** Commits here and there, and reads each of its writes. */
  private void write(Mnemogrid member, int writer) {
    Random random = new Random(writer);
    for (int i = 0; i < EACH; i++) {
      SpaceName name = SPACES.get(random.nextInt(SPACES.size()));
      Space space = member.space(name).orElseThrow();
      String key = "/k" + random.nextInt(5);
      Json value = Json.of(writer + "-" + i);
      CommitResult result =
          space
              .commit(space.delta(new Author("w" + writer), delta -> delta.set(key, value)))
              .join();
      assertThat(result).isInstanceOf(Committed.class);
      Update update = ((Committed) result).update();
      Map<Long, String> versions =
          acknowledged.computeIfAbsent(name, _ -> new ConcurrentHashMap<>());
      assertThat(versions.put(update.version(), update.id().text()))
          .as("another commit at version %d", update.version())
          .isNull();
      assertThat(space.head().version()).isGreaterThanOrEqualTo(update.version());
    }
  }

  /** All writers on all members, to the end. */
  private void writeAll(List<Mnemogrid> members) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int writer = i;
        writers.add(threads.submit(() -> write(members.get(writer % members.size()), writer)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
  }

  private long committed(SpaceName space) {
    return acknowledged.getOrDefault(space, Map.of()).size();
  }

  private static long evicted(Mnemogrid member) {
    String said =
        member.health().parts().stream()
            .filter(part -> part.name().equals("spaces"))
            .map(GridHealth.Part::detail)
            .findFirst()
            .orElseThrow();
    Matcher found = EVICTED.matcher(said);
    assertThat(found.find()).as(said).isTrue();
    return Long.parseLong(found.group(1).replace(",", ""));
  }

  /** Each commit once, at its version; and all see the same, which is what the log says. */
  private void assertWhole(List<Mnemogrid> members) throws IOException {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      for (SpaceName space : SPACES) {
        List<Update> log = store.log().read(space, 0, THREADS * EACH);
        assertThat(log).as("versions of %s", space).hasSize((int) committed(space));
        for (Update update : log) {
          assertThat(acknowledged.get(space))
              .as("%s at version %d", space, update.version())
              .containsEntry(update.version(), update.id().text());
        }
        Snapshot replayed = store.log().replay(space, Long.MAX_VALUE).orElseThrow();
        for (Mnemogrid member : members) {
          await()
              .pollDelay(Duration.ZERO)
              .atMost(SOON)
              .untilAsserted(() ->
                  assertThat(member.space(space).orElseThrow().head().toText())
                      .isEqualTo(replayed.toText()));
        }
      }
    }
  }

  @Test
  void aSpaceThatIsEvictedWhileItIsCommittedToIsNeverWrong() throws Exception {
    try (Mnemogrid member = memberWithSpaces(member());
        Mnemogrid bot = bot()) {
      writeAll(List.of(member, bot));
      assertThat(evicted(member)).as("evictions of the member").isGreaterThan(THREADS * EACH / 4);
      assertThat(evicted(bot)).as("evictions of the bot").isGreaterThan(THREADS * EACH / 8);
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(TestGrid.spacesInTheMap(port))
                  .as("entries of the map, of which those were let go that their owner let go")
                  .isLessThan(SPACES.size() / 2));
      assertWhole(List.of(member, bot));
    }
  }

  private static List<Long> follow(Follower follower, long last) throws InterruptedException {
    List<Long> told = new ArrayList<>();
    try (follower) {
      while (follower.at().version() < last) {
        switch (follower.await(SOON)) {
          case Followed.Updates updates ->
              updates.updates().forEach(update -> told.add(update.version()));
          case Followed.Nothing _ -> throw new IllegalStateException("nothing more is told");
          case Followed.InTheLog _ -> throw new IllegalStateException("it was asked to read");
          case Followed.OtherHistory other -> throw new IllegalStateException(other.toString());
        }
      }
    }
    return told;
  }

  /** All of them are followed, of which few can be kept. */
  @Test
  void aSpaceThatIsEvictedWhileItIsFollowedIsToldWhole() throws Exception {
    try (Mnemogrid member = memberWithSpaces(member());
        Mnemogrid bot = bot();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Mnemogrid> members = List.of(member, bot);
      List<Follower> followers = new ArrayList<>();
      for (SpaceName space : SPACES) {
        Mnemogrid at = members.get(followers.size() % 2);
        followers.add(at.space(space).orElseThrow().follow(0));
      }
      writeAll(members);
      List<Future<List<Long>>> told = new ArrayList<>();
      for (int i = 0; i < SPACES.size(); i++) {
        Follower follower = followers.get(i);
        long last = committed(SPACES.get(i));
        told.add(threads.submit(() -> follow(follower, last)));
      }
      for (int i = 0; i < SPACES.size(); i++) {
        assertThat(told.get(i).get())
            .as("what was told of %s", SPACES.get(i))
            .isEqualTo(
                IntStream.rangeClosed(1, (int) committed(SPACES.get(i)))
                    .asLongStream()
                    .boxed()
                    .toList());
      }
      assertThat(evicted(member)).as("evictions of the member").isPositive();
      assertThat(evicted(bot)).as("evictions of the bot").isPositive();
    }
  }

  @Test
  void aSpaceThatIsEvictedWhileItIsAuditedIsFinalAtItsHead() throws Exception {
    GridConfig audited =
        member()
            .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
            .withCheckpoints(Duration.ofMillis(500), 1000);
    try (Mnemogrid member = memberWithSpaces(audited)) {
      writeAll(List.of(member));
      for (SpaceName space : SPACES) {
        await()
            .pollDelay(Duration.ZERO)
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(member.space(space).orElseThrow().finalizedVersion())
                    .as("final version of %s", space)
                    .isEqualTo(committed(space)));
      }
      assertThat(evicted(member)).as("evictions").isGreaterThan(THREADS * EACH / 4);
      assertThat(member.checkpoints().held()).as("what the audit held up").isEmpty();
      assertWhole(List.of(member));
    }
  }
}
