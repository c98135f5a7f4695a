package io.mnemogrid.store;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection with its statements, each prepared once. One thread at a time. No call leaves a
 * result set open, so outside a transaction nothing is held between calls.
 */
final class Session implements AutoCloseable {
  /** Reads one row; runs while the statement is open, so it only copies. */
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  private static final int NAMES_AT_ONCE = 100;

  /** Places for the names of {@link #byNames}. */
  static final String NAMES =
      "(" + String.join(", ", Collections.nCopies(NAMES_AT_ONCE, "?")) + ")";

  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  Session(Connection connection) {
    this.connection = connection;
  }

  /** The statement, prepared on this connection; stays open. */
  PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement known = statements.get(sql);
    if (known == null) {
      known = connection.prepareStatement(sql);
      statements.put(sql, known);
    }
    return known;
  }

  void execute(String sql) throws SQLException {
    prepare(sql).execute();
  }

  /** Runs a statement that is not kept: a pragma that takes effect when it is prepared. */
  void once(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * Ends the transaction. A warning counts as a failure: PostgreSQL warns when a wait for its
   * standby was cancelled, and the transaction is then durable here but perhaps not there.
   */
  void commit() throws SQLException {
    PreparedStatement commit = prepare("COMMIT");
    commit.execute();
    SQLWarning warning = commit.getWarnings();
    if (warning != null) {
      throw warning;
    }
  }

  /** Runs a statement and returns how many rows it changed. */
  int update(String sql, @Nullable Object... values) throws SQLException {
    return bind(sql, values).executeUpdate();
  }

  <T> List<T> list(String sql, Row<T> reader, @Nullable Object... values) throws SQLException {
    List<T> list = new ArrayList<>();
    try (ResultSet rows = bind(sql, values).executeQuery()) {
      while (rows.next()) {
        list.add(reader.read(rows));
      }
    }
    return list;
  }

  /** The first row, if there is one. */
  <T> Optional<T> first(String sql, Row<T> reader, @Nullable Object... values) throws SQLException {
    try (ResultSet rows = bind(sql, values).executeQuery()) {
      return rows.next() ? Optional.of(reader.read(rows)) : Optional.empty();
    }
  }

  /** The rows that a statement with {@link #NAMES} in it finds, for some names at a time. */
  <T> List<T> byNames(String sql, Row<T> reader, Collection<SpaceName> names) throws SQLException {
    List<SpaceName> asked = List.copyOf(new HashSet<>(names));
    List<T> list = new ArrayList<>(asked.size());
    for (int from = 0; from < asked.size(); from += NAMES_AT_ONCE) {
      Object[] some = new Object[NAMES_AT_ONCE];
      for (int i = 0; i < NAMES_AT_ONCE; i++) {
        some[i] = asked.get(Math.min(from + i, asked.size() - 1));
      }
      list.addAll(list(sql, reader, some));
    }
    return list;
  }

  private PreparedStatement bind(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = prepare(sql);
    for (int i = 0; i < values.length; i++) {
      bind(statement, i + 1, values[i]);
    }
    return statement;
  }

  private void bind(PreparedStatement statement, int at, @Nullable Object value)
      throws SQLException {
    switch (value) {
      case null -> statement.setObject(at, null);
      case String text -> statement.setString(at, text);
      case SpaceName space -> statement.setString(at, space.text());
      case Integer number -> statement.setLong(at, number);
      case Long number -> statement.setLong(at, number);
      case Instant time -> statement.setLong(at, time.toEpochMilli());
      case byte[] bytes -> statement.setBytes(at, bytes);
      case Hash hash -> statement.setBytes(at, hash.toBytes());
      case String[] texts -> statement.setArray(at, connection.createArrayOf("text", texts));
      case long[] numbers -> statement.setObject(at, numbers);
      case byte[][] many -> statement.setArray(at, connection.createArrayOf("bytea", many));
      case ContentAddress address -> statement.setBytes(at, address.digest().toBytes());
      default -> throw new IllegalArgumentException("no column holds a " + value.getClass());
    }
  }

  static Hash hash(ResultSet row, String column) throws SQLException {
    return Hash.of(row.getBytes(column));
  }

  static Instant time(ResultSet row, String column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  static LogHead head(ResultSet row) throws SQLException {
    return new LogHead(
        new SpaceName(row.getString("name")),
        row.getLong("version"),
        hash(row, "root"),
        hash(row, "leaf_hash"),
        time(row, "committed"));
  }

  /** Closes the connection; a transaction that is open is rolled back. */
  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
