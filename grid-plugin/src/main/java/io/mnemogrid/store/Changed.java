package io.mnemogrid.store;

import io.mnemogrid.store.LeftOut.Table;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rows of a table that changed since a mark.
 *
 * <p>A mark is a number of the column {@code changed} from which on rows are to be told, below the
 * era of the store. Numbers of two eras do not compare, so a mark of another era is answered with
 * all rows, as is one that is greater than the store's numbers: it was restored from an older copy.
 *
 * @param rows those that can be read
 * @param mark for the next call
 * @param isAll whether these are all rows
 */
record Changed<T>(List<T> rows, long mark, boolean isAll) {
  private static final int ERA_SHIFT = 48;
  private static final long NUMBER = (1L << ERA_SHIFT) - 1;

  /**
   * Where a store is.
   *
   * @param next from this number on, rows may change that a reader of the same moment does not see
   * @param known no row has a greater number
   */
  private record At(long era, long next, long known) {
    static At read(ResultSet row) throws SQLException {
      return new At(row.getLong("era"), row.getLong("next"), row.getLong("known"));
    }

    long mark() {
      return era << ERA_SHIFT | next;
    }

    boolean knows(long mark) {
      return mark >> ERA_SHIFT == era && (mark & NUMBER) <= known;
    }
  }

  /** The statements that read a table. */
  record Statements(Table table, String since, String at, String all) {
    /**
     * Statements for a table.
     *
     * @param at what {@link Dialect#at} says of the table
     * @param columns of the table, which is called {@code t}
     * @param only a condition that rows fulfil that are told
     * @param all lists all rows that would be told of a new table
     */
    static Statements of(String at, Table table, String columns, String only, String all) {
      return new Statements(
          table,
          "SELECT "
              + columns
              + ", t.changed, here.era, here.next, here.known FROM ("
              + at
              + ") AS here LEFT JOIN "
              + table.name()
              + " AS t ON t.changed >= ?"
              + only,
          at,
          all);
    }
  }

  /**
   * The rows that changed since that mark, by one statement, so that rows and mark are of one
   * moment; with 0 all of them. Where all are told, the mark is read first.
   */
  static <T> Changed<T> since(
      Session session, LeftOut leftOut, Statements statements, Session.Row<T> reader, long mark)
      throws SQLException {
    if (mark != 0) {
      Session.Row<Optional<T>> noted = leftOut.noting(statements.table, reader);
      List<T> rows = new ArrayList<>();
      At at =
          session
              .list(
                  statements.since,
                  row -> {
                    if (row.getObject("changed") != null) { // else none has changed
                      noted.read(row).ifPresent(rows::add);
                    }
                    return At.read(row);
                  },
                  mark & NUMBER)
              .getLast();
      if (at.knows(mark)) {
        return new Changed<>(rows, at.mark(), false);
      }
    }
    long now = mark(session, statements);
    return new Changed<>(
        leftOut.list(session, statements.table, statements.all, reader), now, true);
  }

  /** The mark of this moment. */
  static long mark(Session session, Statements statements) throws SQLException {
    return session.first(statements.at, At::read).orElseThrow().mark();
  }
}
