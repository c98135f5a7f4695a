package io.mnemogrid.member;

import io.mnemogrid.GridConfig;
import io.mnemogrid.Proofs;
import io.mnemogrid.chain.LogKey;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Prover;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.SignedLog;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Proofs from this member's own store. */
final class StoreProofs implements Proofs {
  private final LogReader log;
  private final Replicas replicas;
  private final Prover prover;
  private final @Nullable Path keyFolder;

  /** Proofs of what a store holds; {@code keyFolder} null when it keeps no key for signed logs. */
  StoreProofs(LogReader log, CheckpointStore store, Replicas replicas, @Nullable Path keyFolder) {
    this.log = log;
    this.replicas = replicas;
    this.prover = new Prover(log, store, this::document);
    this.keyFolder = keyFolder;
  }

  /**
   * The folder of the key that signs logs, null for none. With PostgreSQL there is a key only if
   * its folder is configured: members on several hosts would each make a key of their own, and
   * readers of one log would see many.
   */
  static @Nullable Path keyFolder(GridConfig config) {
    if (config.logKey() != null) {
      return config.logKey();
    }
    return switch (config.store()) {
      case GridConfig.StoreConfig.Sqlite sqlite -> sqlite.file().resolveSibling("log-key");
      case GridConfig.StoreConfig.Postgres _ -> null;
      case null -> null;
    };
  }

  /** The replica when it is at that version; the prover checks its root against the checkpoint. */
  private Optional<Snapshot> document(SpaceName space, long version) {
    Snapshot here = replicas.get(space);
    return here != null && here.version() == version
        ? Optional.of(here)
        : log.replay(space, version);
  }

  @Override
  public Answer fact(SpaceName space, Pointer path, long version, long checkpoint) {
    return prover.proveFact(space, path, version, checkpoint);
  }

  @Override
  public Answer update(SpaceName space, long version, long checkpoint) {
    return prover.proveUpdate(space, version, checkpoint);
  }

  @Override
  public Answer consistency(SpaceName space, long from, long to) {
    return prover.proveConsistency(space, from, to);
  }

  @Override
  public Optional<SignedLog> signedLog(SpaceName space) {
    if (keyFolder == null) {
      throw new IllegalStateException("this grid keeps no key that signs logs");
    }
    return prover.newestHead(space).map(LogKey.open(keyFolder)::sign);
  }
}
