package io.mnemogrid.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The schema of a store, which Flyway brings up to date. One look into Flyway's table shows whether
 * a store is up to date; starting Flyway would take about a second.
 *
 * <p>A store whose schema is newer is refused. Older versions that do not check this are kept out
 * too: they let Flyway compare the descriptions of the migrations, so {@link #mark} makes the first
 * description a sentence that says what is wrong. A member that runs while another one brings the
 * schema further finds the number of the schema among the settings, and appends no more.
 */
final class Schema {
  /** The version of the newest migration of SQLite. */
  static final String SQLITE = "12";

  /** The version of the newest migration of PostgreSQL. */
  static final String POSTGRES = "12";

  /** The name of the setting that holds the number of the store's schema. */
  static final String SETTING = "schema";

  /** The newest schemas of those versions that did not check whether a store's schema is newer. */
  private static final Set<String> UNGUARDED = Set.of("3", "4");

  private Schema() {}

  /** Whether this migration was the last one applied; false where none ever was. */
  static boolean isCurrent(Connection connection, String newest) {
    return version(connection) == Integer.parseInt(newest);
  }

  /** The greatest version that was applied; 0 where none ever was. */
  static int version(Connection connection) {
    int version = 0;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT version FROM flyway_schema_history"
                    + " WHERE success AND version IS NOT NULL")) {
      while (row.next()) {
        version = Math.max(version, Integer.parseInt(row.getString(1)));
      }
      return version;
    } catch (SQLException e) {
      return 0; // no such table: Flyway says what else is wrong
    }
  }

  /**
   * Refuses a store that a newer version made or changed.
   *
   * @throws IllegalStateException with both schemas and the way out
   */
  static void refuseNewer(Connection connection, String newest, String place) {
    int version = version(connection);
    if (version > Integer.parseInt(newest)) {
      throw new IllegalStateException(newer(place, version, newest));
    }
  }

  /** The sentence about a store whose schema is newer. */
  static String newer(String place, int version, String newest) {
    return "the store %s has schema %d, which a newer mnemogrid made; this one knows schemas up to %s"
            .formatted(place, version, newest)
        + ": start that newer one, or restore a backup from before it (docs/backup.md)";
  }

  /** Notes which schema the store has, for members that run and for versions before this check. */
  static void mark(Connection connection, String newest) throws SQLException {
    try (PreparedStatement setting =
            connection.prepareStatement(
                "INSERT INTO setting (name, value) VALUES (?, ?)"
                    + " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        PreparedStatement first =
            connection.prepareStatement(
                "UPDATE flyway_schema_history SET description = ? WHERE version = '1'")) {
      setting.setString(1, SETTING);
      setting.setString(2, newest);
      setting.executeUpdate();
      if (UNGUARDED.contains(newest)) {
        return; // those versions may open it
      }
      first.setString(
          1, "this store has schema " + newest + ": start the newer mnemogrid that made it");
      first.executeUpdate();
    }
  }

  /** Refuses to write where a newer version has brought the schema further meanwhile. */
  static void refuseNewer(@Nullable String marked, String newest) throws SQLException {
    if (marked != null && Integer.parseInt(marked) > Integer.parseInt(newest)) {
      throw new SQLException(
          "a newer mnemogrid has brought the store to schema %s, and this member writes schema %s:"
                  .formatted(marked, newest)
              + " end it and start the newer one");
    }
  }
}
