package io.mnemogrid.store;

import io.mnemogrid.state.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows that cannot be read, in lists over all spaces: each list leaves them out, for a damaged row
 * concerns the space that it belongs to. A row is logged when it is first left out, and told as
 * long as the newest list of its table leaves it out. Safe for all threads.
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

  private final Map<String, List<String>> rows = new ConcurrentHashMap<>(); // by table

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
    List<String> out = new ArrayList<>();
    session.list(
        sql,
        row -> {
          try {
            return read.add(reader.read(row));
          } catch (RuntimeException e) {
            return out.size() < MOST_ROWS && out.add(table.row(row, e));
          }
        });
    note(table.name, out);
    return read;
  }

  private void note(String table, List<String> out) {
    List<String> before = rows.getOrDefault(table, List.of());
    rows.put(table, List.copyOf(out));
    for (String row : out) {
      if (!before.contains(row)) {
        LOG.error("{}; the row is left out; ./mnemogrid fsck tells all that is wrong", row);
      }
    }
  }

  /** Whether the newest list of a table left a row out. */
  boolean isAnyOf(Table table) {
    return !rows.getOrDefault(table.name, List.of()).isEmpty();
  }

  /** What the newest lists left out, a sentence a row. */
  List<String> all() {
    return rows.values().stream().flatMap(List::stream).sorted().toList();
  }
}
