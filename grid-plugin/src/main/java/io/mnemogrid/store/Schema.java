package io.mnemogrid.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The schema of a store, which Flyway brings up to date. A store that is up to date is told by one
 * look into Flyway's table, since starting Flyway takes about a second.
 */
final class Schema {
  /** The version of the newest migration of SQLite. */
  static final String SQLITE = "4";

  /** The version of the newest migration of PostgreSQL. */
  static final String POSTGRES = "3";

  private Schema() {}

  /** Whether this migration was the last one applied; false where none ever was. */
  static boolean isCurrent(Connection connection, String newest) {
    try (Statement statement = connection.createStatement();
        ResultSet last =
            statement.executeQuery(
                """
                SELECT version, success FROM flyway_schema_history
                ORDER BY installed_rank DESC LIMIT 1
                """)) {
      return last.next() && newest.equals(last.getString(1)) && last.getBoolean(2);
    } catch (SQLException e) {
      return false; // no such table: Flyway says what else is wrong
    }
  }
}
