package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.api.RunningServer.Answer;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A space whose log somebody spoilt under a running member: every call says so, none is a 500. */
class DamagedIT {
  private final RunningServer api = RunningServer.start(Map.of());

  private void spoil(String sql) throws SQLException {
    String folder =
        api.server()
            .getApplicationContext()
            .getProperty("mnemogrid.data", String.class)
            .orElseThrow();
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + folder + "/mnemogrid.db?busy_timeout=60000");
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private static void isDamaged(Answer answer, String space, long version) {
    answer.isProblem(503, "log-damaged");
    assertThat(answer.string("space")).isEqualTo(space);
    assertThat(answer.number("version")).isEqualTo(version);
    assertThat(answer.string("hint")).contains("./mnemogrid fsck").doesNotContain("again");
    assertThat(answer.header("retry-after")).as("it does not mend itself").isEmpty();
  }

  /** A clean end would be taken for the whole history. */
  @Test
  void aStreamThatMeetsDamageFurtherOnBreaksOff() throws SQLException {
    try {
      String space = api.newSpace();
      for (int list = 0; list < 3; list++) {
        List<String> deltas = new ArrayList<>();
        for (int n = 0; n < 150; n++) {
          deltas.add(delta("u" + list + "-" + n, 0, "/k" + list + "/n" + n, "1"));
        }
        assertThat(api.commit(space, deltas.toString()).status()).isEqualTo(201);
      }
      String all = "/v1/spaces/" + space + "/updates";
      assertThat(api.get(all, "Accept", "application/x-ndjson").text().lines()).hasSize(450);
      spoil("UPDATE update_log SET record = x'7b7d' WHERE version = 430");
      long began = System.nanoTime();
      assertThatThrownBy(() -> api.get(all, "Accept", "application/x-ndjson"))
          .isInstanceOf(UncheckedIOException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(60));
      isDamaged(api.get(all + "?since=425", "Accept", "application/x-ndjson"), space, 430);
    } finally {
      Server.stop(api.server());
    }
  }

  @Test
  void saysWhatIsDamagedAndServesTheRest() throws SQLException {
    try {
      String space = api.newSpace();
      String other = api.newSpace();
      for (int n = 1; n <= 8; n++) {
        api.commit(space, delta("u" + n, n - 1, "/k" + n, Integer.toString(n)));
      }
      String rows = " WHERE space = (SELECT id FROM space WHERE name = '" + space + "')";
      spoil("UPDATE update_log SET record = x'7b7d'" + rows + " AND version = 5");
      String url = "/v1/spaces/" + space;
      for (String read :
          List.of(
              "/updates/5",
              "/updates?since=4",
              "/updates?update_id=u5",
              "/state?at=5",
              "/history",
              "/diff?from=2&to=7",
              "/proofs/update?version=5",
              "/proofs/fact?path=/k5&at=5")) {
        Answer answer = api.get(url + read);
        if (read.startsWith("/proofs") && answer.status() == 409) {
          continue; // nothing is checkpointed, so no record is read for it
        }
        isDamaged(answer, space, 5);
      }
      isDamaged(api.get(url + "/updates?since=4", "Accept", "application/x-ndjson"), space, 5);
      assertThat(api.get(url + "/state?path=/k5").text()).as("from memory").isEqualTo("5");
      assertThat(api.get(url + "/blame?path=/k5").number("update/version")).isEqualTo(5);
      assertThat(api.commit(space, delta("u9", 8, "/k9", "9")).status()).isEqualTo(201);

      String third = api.newSpace();
      api.commit(third, delta("u1", 0, "/k1", "1"));
      spoil("UPDATE space SET leaf_hash = zeroblob(32) WHERE name = '" + third + "'");
      isDamaged(api.commit(third, delta("u2", 1, "/k2", "2")), third, 1);
      isDamaged(api.commit(third, "[" + delta("u3", 1, "/k3", "3") + "]"), third, 1);
      isDamaged(
          api.send(
              "POST",
              "/v1/spaces/" + third + "/rollback",
              "{\"to\":0,\"author\":\"bot-a\",\"update_id\":\"back\"}",
              "Content-Type",
              "application/json"),
          third,
          1);
      assertThat(api.commit(other, delta("u1", 0, "/k", "1")).status()).isEqualTo(201);
      await() // a part that does not answer in time is down for a moment
          .atMost(RunningServer.PATIENCE)
          .untilAsserted(() -> {
            Answer health = api.get("/health");
            assertThat(health.status()).isEqualTo(200);
            assertThat(health.string("status")).isEqualTo("degraded");
            assertThat(health.text())
                .contains(
                    "space " + space + ", version 5",
                    "space " + third + ", version 1",
                    "./mnemogrid fsck");
          });
      assertThat(api.get("/v1/spaces").text()).contains("\"" + space + "\"", "\"" + other + "\"");
    } finally {
      Server.stop(api.server());
    }
  }
}
