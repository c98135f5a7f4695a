package io.mnemogrid.store;

import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.LeaseRow;

/** The lease as the one row of its table. */
final class JdbcLease implements Lease {
  /**
   * A condition that takes an epoch: true if the lease has that epoch, and never before the first
   * holder. It then stays true until COMMIT, so that nobody takes the lease between the check and
   * the write.
   */
  static String epochStands(Dialect dialect) {
    return "EXISTS (SELECT 1 FROM lease WHERE id = 1 AND epoch = ? AND epoch > 0"
        + dialect.forShare()
        + ")";
  }

  private final Connections connections;

  JdbcLease(Connections connections) {
    this.connections = connections;
  }

  @Override
  public LeaseRow read() {
    return connections
        .read(session ->
            session.first(
                "SELECT holder, epoch, counter FROM lease WHERE id = 1",
                row ->
                    new LeaseRow(
                        row.getString("holder"), row.getLong("epoch"), row.getLong("counter"))))
        .orElse(LeaseRow.NONE);
  }

  @Override
  public boolean replace(LeaseRow expected, LeaseRow next) {
    return connections.write(session ->
        session.update(
                """
                UPDATE lease SET holder = ?, epoch = ?, counter = ?
                WHERE id = 1 AND holder = ? AND epoch = ? AND counter = ?
                """,
                next.holder(),
                next.epoch(),
                next.counter(),
                expected.holder(),
                expected.epoch(),
                expected.counter())
            == 1);
  }
}
