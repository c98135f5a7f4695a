package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.annotation.Property;
import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import io.mnemogrid.api.RunningServer.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** A database with a trigger of its operator's: an author reads what it says. */
@MicronautTest(contextBuilder = OwnServer.class)
class RefusingStoreIT {
  private final RunningServer api;
  private final String folder;

  RefusingStoreIT(EmbeddedServer server, @Property(name = "mnemogrid.data") String folder) {
    this.api = RunningServer.of(server);
    this.folder = folder;
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder + "/mnemogrid.db");
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=60000");
      statement.execute(sql);
    }
  }

  private static void isRefused(Answer answer) {
    answer.isProblem(422, "store-refused");
    assertThat(answer.string("detail")).contains("nothing of the moon is kept here");
    assertThat(answer.string("hint")).startsWith("nothing of it happened");
    assertThat(answer.header("retry-after")).isEmpty();
  }

  @Test
  void tellsWhatTheDatabaseSaysAndGoesOn() throws SQLException {
    String space = api.newSpace();
    execute(
        """
        CREATE TRIGGER moon BEFORE INSERT ON update_log
        WHEN instr(CAST(NEW.record AS TEXT), 'moon') BEGIN
          SELECT RAISE(ABORT, 'nothing of the moon is kept here');
        END
        """);
    execute(
        """
        CREATE TRIGGER dark BEFORE INSERT ON space WHEN NEW.name = 'dark-side' BEGIN
          SELECT RAISE(ABORT, 'nothing of the moon is kept here');
        END
        """);
    String moon = delta("m1", 0, "/a", "\"moon\"");
    isRefused(api.commit(space, moon));
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
    assertThat(api.commit(space, delta("s1", 0, "/a", "\"sun\"")).status()).isEqualTo(201);

    Answer list =
        api.commit(
            space, "[" + delta("s2", 0, "/b", "1") + "," + delta("m2", 0, "/moon", "1") + "]");
    isRefused(list);
    assertThat(list.text()).as("it does not say which").doesNotContain("\"index\"");
    isRefused(api.put("/v1/spaces/dark-side", ""));
    api.awaitStatus("/health", 200); // the store works
    api.awaitMetrics(
        shown -> assertThat(shown).contains("mnemogrid_refusals_total{code=\"store-refused\"}"));

    execute("DROP TRIGGER moon");
    assertThat(api.commit(space, moon).status()).as("the id is free").isEqualTo(201);
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(2);
  }
}
