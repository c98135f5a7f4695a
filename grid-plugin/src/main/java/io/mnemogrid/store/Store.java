package io.mnemogrid.store;

import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.SettingStore;
import io.mnemogrid.log.StoreSize;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.trail.TrailStore;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What a member keeps durably, behind the ports of log and checkpoint. Safe for all threads. */
public sealed interface Store extends AutoCloseable permits SqliteStore, PostgresStore {
  /** The log of every space. */
  UpdateLog log();

  /** What the audit found. */
  AuditedHeads audited();

  /** The checkpoints and their outbox. */
  CheckpointStore checkpoints();

  /** Headers and manifests by their address. */
  BlobStore blobs();

  /** The settings of the grid. */
  SettingStore settings();

  /** The keys of the API. */
  KeyStore keys();

  /** Who did what over HTTP. */
  TrailStore trail();

  /** The leader's lease. */
  Lease lease();

  /**
   * What the database says about when an answer is safe.
   *
   * @throws io.mnemogrid.log.LogUnavailable when it does not answer
   */
  List<Safeguard> safeguards();

  /**
   * Why the store takes no writes, in a sentence; empty when the last write succeeded. If it did
   * not, a small write is tried, so this may block for seconds.
   */
  Optional<String> trouble();

  /**
   * The rows of spaces, of audited heads and of checkpoints' entries that the newest list of them
   * left out, because they cannot be read: a sentence each. Reads nothing.
   */
  List<String> leftOut();

  /** The bytes it takes; empty when only the database server knows them. */
  Optional<StoreSize> size();

  /**
   * Calls {@code news} soon after an unknown process appended to this store, if the database can
   * tell. It makes changes known sooner and nothing else: news may be lost, doubled or without a
   * cause, so whoever must miss none polls. Another thread calls, so {@code isKnown} and {@code
   * news} return at once. Called once.
   *
   * @param self the name by which others are told of what is appended here, asked each time
   * @param isKnown whether the process of that name is this one, or announces its appends itself
   */
  void listen(Supplier<String> self, Predicate<String> isKnown, Runnable news);

  /** Waits for calls under way and closes; later calls throw {@link IllegalStateException}. */
  @Override
  void close();
}
