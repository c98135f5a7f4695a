package io.mnemogrid.store;

import io.mnemogrid.state.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows that cannot be read, in lists over all spaces: each list leaves them out, for a damaged row
 * concerns the space that it belongs to. A row is logged when it is first left out, and told until
 * a list of all rows, or of those that changed, has it again. Safe for all threads.
 */
final class LeftOut {
  private static final int MOST_NAME = 64;

  /** At most this many rows of a table are named; a table that is spoilt whole has no more news. */
  private static final int MOST_ROWS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(LeftOut.class);

  /** A table whose rows are read, and two columns that name a row to people. */
  record Table(String name, String space, String number) {
    static final Table SPACE = new Table("space", "name", "id");
    static final Table VERIFIED_HEAD = new Table("verified_head", "space", "version");
    static final Table CHECKPOINT_SPACE = new Table("checkpoint_space", "space", "number");
    static final Table HELD_SPACE = new Table("held_space", "space", "version");

    /** What stays of a row when its text is repaired: the head row's id, else the row's own key. */
    private String key(ResultSet row) throws SQLException {
      return this == SPACE
          ? String.valueOf(row.getLong(number))
          : row.getLong(number) + " " + row.getString(space);
    }

    private String row(ResultSet row, RuntimeException why) throws SQLException {
      String text = String.valueOf(row.getString(space));
      String cut = text.length() > MOST_NAME ? text.substring(0, MOST_NAME) + "…" : text;
      return "table %s, %s %s, %s %d: %s"
          .formatted(
              name,
              space,
              Json.of(cut).canonical(),
              number,
              row.getLong(number),
              String.valueOf(why.getMessage()));
    }
  }

  /** By table and key. The maps are never changed. */
  private final Map<String, Map<String, String>> rows = new ConcurrentHashMap<>();

  /** Reads a row, or nothing where it cannot be read. */
  static <T> Session.Row<Optional<T>> readable(Session.Row<T> reader) {
    return row -> {
      try {
        return Optional.of(reader.read(row));
      } catch (RuntimeException e) {
        return Optional.empty();
      }
    };
  }

  /** The rows of a table that can be read. */
  <T> List<T> list(Session session, Table table, String sql, Session.Row<T> reader)
      throws SQLException {
    List<T> read = new ArrayList<>();
    Map<String, String> out = new TreeMap<>();
    session.list(
        sql,
        row -> {
          try {
            return read.add(reader.read(row));
          } catch (RuntimeException e) {
            return out.size() < MOST_ROWS && out.put(table.key(row), table.row(row, e)) == null;
          }
        });
    Map<String, String> before = rows.getOrDefault(table.name, Map.of());
    rows.put(table.name, Map.copyOf(out));
    out.values().stream().filter(row -> !before.containsValue(row)).forEach(LeftOut::log);
    return read;
  }

  /** Reads a row of some that are not all of a table, or nothing where it cannot be read. */
  <T> Session.Row<Optional<T>> noting(Table table, Session.Row<T> reader) {
    return row -> {
      try {
        T read = reader.read(row);
        if (isAnyOf(table)) {
          note(table, table.key(row), null);
        }
        return Optional.of(read);
      } catch (RuntimeException e) {
        note(table, table.key(row), table.row(row, e));
        return Optional.empty();
      }
    };
  }

  private void note(Table table, String key, @Nullable String row) {
    rows.compute(
        table.name,
        (_, before) -> {
          Map<String, String> now = new TreeMap<>(before == null ? Map.of() : before);
          String told = now.remove(key);
          if (row != null && now.size() < MOST_ROWS) {
            now.put(key, row);
            if (!row.equals(told)) {
              log(row);
            }
          }
          return Map.copyOf(now);
        });
  }

  private static void log(String row) {
    LOG.error("{}; the row is left out; ./mnemogrid fsck tells all that is wrong", row);
  }

  /** Whether a row of a table is left out. */
  boolean isAnyOf(Table table) {
    return !rows.getOrDefault(table.name, Map.of()).isEmpty();
  }

  /** What is left out, a sentence a row. */
  List<String> all() {
    return rows.values().stream().flatMap(table -> table.values().stream()).sorted().toList();
  }
}
