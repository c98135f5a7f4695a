package io.mnemogrid.process;

import io.mnemogrid.store.StoreRows;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/** A SQLite file. This process holds its write lock, as a member that hangs would. */
public final class SqliteUnderTest implements StoreUnderTest {
  private static final int HELD_MILLIS = 400;
  private static final int LET_GO_MILLIS = 60;

  private final Path file;

  public SqliteUnderTest(Path data) {
    this.file = data.resolve("mnemogrid.db");
  }

  @Override
  public Map<String, String> environment() {
    return Map.of();
  }

  @Override
  public void gone(Duration lasts, int variant) {
    hold(lasts);
  }

  @Override
  public void slow(Duration lasts) {
    long began = System.nanoTime();
    while (System.nanoTime() - began < lasts.toNanos()) {
      hold(Duration.ofMillis(HELD_MILLIS));
      MemberProcess.pause(LET_GO_MILLIS);
    }
  }

  private void hold(Duration lasts) {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=10000");
      statement.execute("BEGIN IMMEDIATE");
      MemberProcess.pause(lasts.toMillis());
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      throw new IllegalStateException("the write lock of " + file + " was not to be had", e);
    }
  }

  /** The lock went with its connection. */
  @Override
  public void back() {}

  @Override
  public StoreRows rows() {
    return StoreRows.ofSqlite(file);
  }

  @Override
  public void close() {}
}
