package io.mnemogrid.store;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.state.SpaceName;
import java.util.List;

/** What was read of a row of the log, under its version. */
record Numbered<T>(long version, T row) {
  /** Reads rows whose first column is the version. */
  static <T> Session.Row<Numbered<T>> reader(Session.Row<T> reader) {
    return row -> new Numbered<>(row.getLong(1), reader.read(row));
  }

  /** The first of versions {@code (since, last]} that does not stand where it should, else 0. */
  static long missing(List<? extends Numbered<?>> rows, long since, long last) {
    long version = since;
    for (Numbered<?> row : rows) {
      if (row.version != ++version) {
        return version;
      }
    }
    return version < last ? version + 1 : 0;
  }

  /**
   * The failure of a read that did not find a version of a log whose head row is at {@code head}.
   */
  static BrokenHistory isMissing(SpaceName space, long version, long head) {
    return new BrokenHistory(space, version, "is missing; the head row is at " + head);
  }

  /** The rows alone. */
  static <T> List<T> rows(List<Numbered<T>> numbered) {
    return numbered.stream().map(Numbered::row).toList();
  }
}
