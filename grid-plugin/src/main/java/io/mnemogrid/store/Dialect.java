package io.mnemogrid.store;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What differs between the databases behind one set of statements; all SQL that differs too. */
interface Dialect {
  /**
   * The head row of a space.
   *
   * @param id the key of the space in other tables
   * @param newest the last version that is found in the log, the head's unless something is broken
   */
  record HeadRow(long id, LogHead head, long newest) {
    static HeadRow read(ResultSet row) throws SQLException {
      return new HeadRow(row.getLong("id"), Session.head(row), row.getLong("newest"));
    }
  }

  /** A row to insert into the log. */
  record LogRow(long space, Update update) {
    /** The bytes of the record, which nobody may change. */
    byte[] record() {
      return update.bytes();
    }
  }

  /** Rows are handed to the database in portions that end at this many bytes of records. */
  int INSERTED_AT_ONCE_BYTES = 4 << 20;

  /** A connection that may write, in auto-commit. */
  Connection openWriter() throws SQLException;

  /** A connection that may not write, in auto-commit; each statement sees all that is committed. */
  Connection openReader() throws SQLException;

  /**
   * Whether writes that have nothing to do with each other may share a transaction: only where they
   * hold no locks that another transaction could want in another order.
   */
  boolean sharesTransactions();

  /** Drops what it remembers of the writer's connection, after a rollback there. */
  void forget();

  /** The statement that begins a transaction which no other writer can make fail later. */
  String begin();

  /** The head rows of those spaces that exist, which stay as they are until COMMIT. */
  List<HeadRow> lockHeads(Session session, Collection<SpaceName> spaces) throws SQLException;

  /**
   * Inserts rows into the log but skips each whose id stands there; returns how many were inserted,
   * by space.
   */
  Map<Long, Integer> insert(Session session, List<LogRow> rows) throws SQLException;

  /** Takes out rows of a space that this transaction inserted: of versions {@code (since, to]}. */
  void takeOut(Session session, long space, long since, long to) throws SQLException;

  /**
   * Writes the head rows with these ids, after the rows that they lead to; returns how many it
   * wrote.
   */
  int moveHeads(Session session, Map<Long, LogHead> heads) throws SQLException;

  /**
   * Rows of a space's log, of versions {@code (since, to]} up to the head row's, oldest first. Asks
   * for the head row only where the rows came short.
   *
   * @param columns of the log's table, which is called {@code l}, after the version; the reader
   *     finds the version in the first column
   * @throws io.mnemogrid.log.BrokenHistory naming a version of these that is missing
   */
  <T> List<T> log(
      Session session, String columns, SpaceName space, long since, long to, Session.Row<T> reader)
      throws SQLException;

  /**
   * A SELECT of one row that says where the numbers in a table's column {@code changed} are: {@code
   * era}, {@code next} and {@code known}, as {@link Changed} has them.
   */
  String at(String table);

  /** The end of a SELECT that keeps the rows which it read as they are until COMMIT. */
  String forShare();

  /** Whether the failure means that the connection is gone, and with it others that are as old. */
  boolean isLost(SQLException failure);

  /**
   * What is wrong. If it is not {@link Trouble#AWAY}, the database has rolled the transaction back
   * or does so, also when it failed at COMMIT.
   */
  Trouble trouble(SQLException failure);

  /** The failure's words, with what else is known of its cause. */
  String explain(SQLException failure);

  /** Where the store is, for people; without secrets. */
  String place();

  /** How many bytes are left where the store writes; empty when only the server knows. */
  OptionalLong room();

  /**
   * Is called after a commit, outside of transactions, to look after the database. Throws nothing.
   */
  void committed(Session writer);

  /** What the database says about when an answer is safe. */
  List<Safeguard> safeguards(Session writer) throws SQLException;
}
