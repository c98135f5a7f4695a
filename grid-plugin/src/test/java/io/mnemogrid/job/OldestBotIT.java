package io.mnemogrid.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.hazelcast.core.Hazelcast;
import io.mnemogrid.Audits;
import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A fleet after its first upgrade: its servers were started again, its bots were not, so that a bot
 * is the oldest member of the grid. Real members in this process.
 */
class OldestBotIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Hazelcast by itself takes 5 s and more where the oldest member is a bot, or just gone. */
  private static final Duration CLOSE = Duration.ofSeconds(4);

  private static final int LINES_A_MINUTE = 10;

  @TempDir Path folder;
  private int port;

  private List<String> addresses() {
    return IntStream.range(port, port + 4).mapToObj(each -> "127.0.0.1:" + each).toList();
  }

  private Mnemogrid server(int index) {
    return Mnemogrid.start(
        GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
            .withCluster("oldest-" + port)
            .withName("server-" + index)
            .withPort(port + index)
            .withMembers(addresses())
            .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
            .withCheckpoints(Duration.ofMillis(500), 1000));
  }

  private Mnemogrid bot() {
    return Mnemogrid.start(
        GridConfig.lite()
            .withSecret(folder.resolve("grid.secret"))
            .withCluster("oldest-" + port)
            .withName("bot")
            .withPort(port + 3)
            .withMembers(addresses()));
  }

  private static void commit(Mnemogrid member, int count) {
    Space space = member.space(SPACE).orElseThrow();
    for (int i = 0; i < count; i++) {
      int n = i;
      assertThat(
              space
                  .commit(
                      space.delta(new Author("bot-a"), delta -> delta.set("/k" + n, Json.of(n))))
                  .join())
          .isInstanceOf(CommitResult.Committed.class);
    }
  }

  private static void closeSoon(Mnemogrid member) {
    assertThat(OwnTime.of(member::close)).as("closing").isLessThan(CLOSE);
  }

  /** A checkpoint holds all that is committed now: it was audited, and the leader leads. */
  private static void awaitFinal(Mnemogrid member) {
    Space space = member.space(SPACE).orElseThrow();
    long version = space.head().version();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(space.finalizedVersion()).isGreaterThanOrEqualTo(version));
  }

  private static void awaitMembers(Mnemogrid member, int count) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(member.members()).hasSize(count));
  }

  /** What the bot's Hazelcast warned of: its threads bear the instance's name. */
  private List<String> linesOf(ListAppender<ILoggingEvent> log, String instance) {
    return List.copyOf(log.list).stream()
        .filter(line -> line.getThreadName().startsWith("hz." + instance + "."))
        .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private String instanceOf(String member) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(instance -> instance.getConfig().getClusterName().contains("oldest-" + port))
        .filter(
            instance -> member.equals(instance.getCluster().getLocalMember().getAttribute("name")))
        .findFirst()
        .orElseThrow()
        .getName();
  }

  @Test
  void auditAndCheckpointsGoOnThoughABotIsTheOldestMember() throws IOException {
    port = TestGrid.freePort();
    Logger hazelcast = (Logger) LoggerFactory.getLogger("com.hazelcast");
    Level before = hazelcast.getLevel();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    hazelcast.setLevel(Level.WARN);
    hazelcast.addAppender(log);
    Mnemogrid[] servers = new Mnemogrid[3];
    long began = System.nanoTime();
    try {
      servers[0] = server(0);
      servers[0].createSpace(SPACE, "{}");
      String name;
      try (Mnemogrid bot = bot()) {
        name = instanceOf("bot");
        servers[1] = server(1);
        servers[2] = server(2);
        for (int restarted : new int[] {0, 1, 2, 0}) {
          commit(bot, 5);
          awaitMembers(bot, 4);
          closeSoon(servers[restarted]);
          commit(bot, 5);
          awaitFinal(servers[(restarted + 1) % 3]);
          servers[restarted] = server(restarted);
        }
        assertThat(bot.members().getFirst().name()).as("the oldest").isEqualTo("bot");
        String audit = servers[2].audits().start();
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> {
              Audits.Report report = servers[1].audits().latest();
              assertThat(report.id()).isEqualTo(audit);
              assertThat(report.status()).isEqualTo(AuditStatus.VERIFIED);
            });

        // No member with a store is left for a while.
        closeSoon(servers[0]);
        closeSoon(servers[1]);
        closeSoon(servers[2]);
        servers[0] = server(0);
        awaitMembers(bot, 2);
        commit(bot, 5);
        awaitFinal(servers[0]);
        bot.close();
        awaitMembers(
            servers[0], 1); // who closes while the oldest is just gone asks again after 5 s
        closeSoon(servers[0]);
      }
      double minutes = (System.nanoTime() - began) / 60e9;
      List<String> lines = linesOf(log, name);
      assertThat(lines).as("Hazelcast warns of a member that is gone").isNotEmpty();
      assertThat(lines)
          .as("in %.2f minutes", minutes)
          .hasSizeLessThanOrEqualTo(LINES_A_MINUTE * (int) Math.ceil(minutes));
    } finally {
      hazelcast.detachAppender(log);
      hazelcast.setLevel(before);
      for (Mnemogrid server : servers) {
        if (server != null) {
          server.close();
        }
      }
    }
  }
}
