package io.mnemogrid.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresRefusingStoreIT extends RefusingStoreContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected Store open() {
    PostgresStore store = Postgres.open(database);
    opened.add(store);
    return store;
  }

  @Override
  protected List<String> refuse(Way way, String text, String reason) {
    String holds = "position('" + text + "' in convert_from(%s, 'UTF8'))";
    String refusing =
        """
        CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF %s > 0 THEN %s; END IF; RETURN NEW;
        END $$
        """;
    String raise = "RAISE EXCEPTION '" + reason + "'";
    String before = "CREATE TRIGGER refusing BEFORE INSERT ON update_log";
    String deferred =
        "CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON update_log DEFERRABLE INITIALLY"
            + " DEFERRED";
    String each = " FOR EACH ROW EXECUTE FUNCTION refusing()";
    String inNew = holds.formatted("NEW.record");
    return switch (way) {
      case RAISES -> List.of(refusing.formatted(inNew, raise), before + each);
      case DROPS -> List.of(refusing.formatted(inNew, "RETURN NULL"), before + each);
      case CONSTRAINT ->
          List.of(
              "ALTER TABLE update_log ADD CONSTRAINT \"%s\" CHECK (%s = 0)"
                  .formatted(reason, holds.formatted("record")));
      case TAKES_ALL_BACK -> List.of(refusing.formatted(inNew, raise), deferred + each);
    };
  }

  @Override
  protected String take(Way way, String reason) {
    return way == Way.CONSTRAINT
        ? "ALTER TABLE update_log DROP CONSTRAINT \"" + reason + "\""
        : "DROP TRIGGER refusing ON update_log";
  }

  @Override
  protected void execute(String sql) throws Exception {
    try (Connection connection =
            DriverManager.getConnection(Postgres.url(database), "postgres", null);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
