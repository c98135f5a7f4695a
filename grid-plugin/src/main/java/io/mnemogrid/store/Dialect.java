package io.mnemogrid.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;

/** What differs between the databases behind one set of statements. */
interface Dialect {
  /** A connection that may write, in auto-commit. */
  Connection openWriter() throws SQLException;

  /** A connection that may not write, in auto-commit; each statement sees all that is committed. */
  Connection openReader() throws SQLException;

  /** Begins a transaction that no other writer can make fail later. */
  String begin();

  /** What a SELECT ends with that keeps the rows it read as they are until COMMIT. */
  String forUpdate();

  /** The store's clock, cut to milliseconds. */
  Instant now();
}
