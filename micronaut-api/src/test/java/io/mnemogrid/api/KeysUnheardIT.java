package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.policy.Grant;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that the store tells no keys any more: here, since what it says of them is no number. */
class KeysUnheardIT {
  @TempDir private Path data = Path.of("");
  private final List<RunningServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(api -> Server.stop(api.server()));
  }

  private RunningServer start(Map<String, Object> settings) {
    RunningServer api = RunningServer.start(settings);
    servers.add(api);
    return api;
  }

  /** Puts another revision of the keys into the store, and returns the one that stood there. */
  private String revision(String revision) throws SQLException {
    try (Connection store =
            DriverManager.getConnection(
                "jdbc:sqlite:" + data.resolve("mnemogrid.db") + "?busy_timeout=60000");
        Statement statement = store.createStatement();
        PreparedStatement update =
            store.prepareStatement("UPDATE setting SET value = ? WHERE name = 'keys'")) {
      String before;
      try (ResultSet row =
          statement.executeQuery("SELECT value FROM setting WHERE name = 'keys'")) {
        assertThat(row.next()).isTrue();
        before = row.getString(1);
      }
      update.setString(1, revision);
      assertThat(update.executeUpdate()).isEqualTo(1);
      return before;
    }
  }

  @Test
  void readForTheKeysThatTheyKnowAndStrictOnesDoNot() throws Exception {
    RunningServer usual = start(Map.of("mnemogrid.data", data.toString()));
    RunningServer strict =
        start(Map.of("mnemogrid.data", data.toString(), "mnemogrid.keys", "strict"));
    String space = usual.newSpace();
    String[] key = {
      "X-API-Key",
      usual
          .server()
          .getApplicationContext()
          .getBean(Mnemogrid.class)
          .keys()
          .orElseThrow()
          .create("me", Grant.ALL, null)
          .text()
          .whole()
    };
    String head = "/v1/spaces/" + space;
    for (RunningServer api : servers) {
      await()
          .atMost(RunningServer.PATIENCE)
          .until(() -> api.get(head).status() == 401 && api.get(head, key).status() == 200);
    }
    assertThat(usual.commit(space, delta("before", 0, "/a", "1"), key).status()).isEqualTo(201);

    String before = revision("none");
    await()
        .atMost(RunningServer.PATIENCE)
        .until(() -> usual.get("/health", key).text().contains("the store has told no keys for "));
    usual.commit(space, delta("meanwhile", 0, "/b", "1"), key).isProblem(503, "keys-unheard");
    usual.send("PUT", "/v1/spaces/another", "", key).isProblem(503, "keys-unheard");
    assertThat(usual.get(head + "/state?path=/a", key).text()).isEqualTo("1");
    usual.get(head).isProblem(401, "key-required");
    assertThat(usual.get("/health", key).string("status")).isEqualTo("degraded");
    await().atMost(RunningServer.PATIENCE).until(() -> strict.get(head, key).status() == 503);
    strict.get(head, key).isProblem(503, "keys-unheard");
    for (RunningServer api : servers) {
      assertThat(api.get("/health/liveness").status()).isEqualTo(200);
    }

    revision(before);
    for (RunningServer api : servers) {
      await()
          .atMost(RunningServer.PATIENCE)
          .until(() -> api.get(head + "/state?path=/a", key).status() == 200);
      await()
          .atMost(RunningServer.PATIENCE)
          .until(() -> api.send("PUT", "/v1/spaces/another", "", key).status() < 300);
    }
    assertThat(usual.commit(space, delta("meanwhile", 0, "/b", "1"), key).status())
        .as("a refusal leaves the id free")
        .isEqualTo(201);
  }
}
