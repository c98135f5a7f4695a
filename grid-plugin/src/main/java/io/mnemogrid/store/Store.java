package io.mnemogrid.store;

import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.log.UpdateLog;
import java.util.List;

/** What a member keeps durably, behind the ports of log and checkpoint. Safe for all threads. */
public sealed interface Store extends AutoCloseable permits SqliteStore, PostgresStore {
  /** The log of every space. */
  UpdateLog log();

  /** The checkpoints, what is ready for one, blobs and settings. */
  CheckpointStore checkpoints();

  /** The leader's lease. */
  Lease lease();

  /**
   * What the database says about when an answer is safe.
   *
   * @throws io.mnemogrid.log.LogUnavailable when it does not answer
   */
  List<Safeguard> safeguards();

  /** Waits for calls under way and closes; later calls throw {@link IllegalStateException}. */
  @Override
  void close();
}
