package io.mnemogrid.audit;

import static io.mnemogrid.audit.Mismatched.equal;
import static io.mnemogrid.audit.Mismatched.reading;
import static io.mnemogrid.audit.Mismatched.table;

import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.store.StoreRows.CheckpointRow;
import io.mnemogrid.store.StoreRows.SpaceRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares all that a store says with a replay of its logs from version 1, and with what others say
 * of it; stops at the first mismatch. {@link CheckpointChain} compares the checkpoints, {@link
 * SpaceReplay} the logs, {@link TrailChain} the audit trail; this class adds what the audit stored,
 * the snapshots and the claims of others. A member may commit meanwhile: what is newer than the
 * heads that were read at the beginning is not looked at. Used once, by one thread.
 */
public final class Fsck {
  /** How much was compared. */
  public record Seen(
      int spaces,
      long versions,
      int snapshots,
      int audited,
      int checkpoints,
      int finalized,
      long sheets) {}

  /** A head that somebody outside the store shows. */
  public record Claim(String who, SpaceName space, long version, Hash root, Hash logRoot) {}

  private final StoreRows rows;
  private final Store store;
  private final Checks checks;
  private final CheckpointChain chain;
  private final SpaceReplay replay;
  private final TrailChain trail;
  private int snapshots;
  private int audited;
  private int spaces;
  private boolean prepared;

  /** Compares what {@code rows} of {@code store} say. */
  public Fsck(StoreRows rows, Store store, Progress progress) {
    this.rows = rows;
    this.store = store;
    this.checks = new Checks(store.blobs());
    this.chain = new CheckpointChain(rows, store.blobs(), checks, progress);
    this.replay = new SpaceReplay(rows, checks, progress);
    this.trail = new TrailChain(rows, progress);
  }

  /** How much was compared so far. */
  public Seen seen() {
    return new Seen(
        spaces,
        replay.versions(),
        snapshots,
        audited,
        chain.checkpoints(),
        chain.finalized(),
        trail.sheets());
  }

  /**
   * The first mismatch.
   *
   * @param claims heads that members show
   * @param anchor where the checkpoints were made public
   */
  public Optional<Mismatch> run(List<Claim> claims, Optional<Anchor> anchor) {
    try {
      rows.damage()
          .ifPresent(damage -> {
            throw new Mismatched("the database file", damage);
          });
      blobs();
      List<CheckpointRow> headers = rows.checkpoints();
      chain.compare(headers);
      anchor.ifPresent(open -> chain.compare(open, headers));
      auditedHeads();
      claims.forEach(this::claim);
      List<SpaceRow> all = table("space", rows::spaces);
      all.forEach(this::snapshots);
      spaces(all);
      trail.compare(all);
      return Optional.empty();
    } catch (Mismatched e) {
      return Optional.of(e.mismatch);
    }
  }

  /**
   * The first mismatch of one space, or of the checkpoints, which all spaces share; for an audit of
   * many spaces by many workers. May be called for one space after the other.
   */
  public Optional<Mismatch> run(SpaceName name) {
    try {
      if (!prepared) {
        chain.compare(rows.checkpoints());
        auditedHeads();
        prepared = true;
      }
      for (SpaceRow row : rows.spaces()) {
        if (row.head().space().equals(name)) {
          snapshots(row);
          replay.compare(row);
          checks.done(name);
        }
      }
      return Optional.empty();
    } catch (Mismatched e) {
      return Optional.of(e.mismatch);
    }
  }

  /** What the audit stored. */
  private void auditedHeads() {
    Map<SpaceName, ContentAddress> documents = new HashMap<>();
    for (AuditedHead row : table("verified_head", rows::verified)) {
      Head head = row.head();
      String where = "audited head of " + head.space() + " at version " + head.version();
      String problem = row.problem();
      if (problem != null) {
        checks.add(
            head.space(),
            head.version(),
            _ -> {
              throw new Mismatched(where, "the audit found: " + problem);
            });
        continue;
      }
      audited++;
      checks.add(
          head.space(),
          head.version(),
          snapshot -> {
            Checks.head(where, head, snapshot);
            equal(where, "the leaf hash", row.leafHash(), snapshot.head().leafHash());
            equal(where, "the time", row.committed(), snapshot.head().committed());
          });
      if (!row.snapshot().equals(documents.put(head.space(), row.snapshot()))) {
        checks.document(
            where, new DocumentPlace(head.space(), row.snapshotVersion()), row.snapshot());
      }
    }
  }

  private void claim(Claim claim) {
    String where = claim.who() + ", space " + claim.space() + " at version " + claim.version();
    checks.add(
        claim.space(),
        claim.version(),
        snapshot -> {
          equal(where, "the root", claim.root(), snapshot.head().root());
          equal(where, "the log root", claim.logRoot(), snapshot.logRoot());
        });
  }

  private void snapshots(SpaceRow space) {
    for (long version : rows.snapshots(space.id())) {
      snapshots++;
      SpaceName name = space.head().space();
      String where = "snapshot of " + name + " at version " + version;
      checks.add(
          name,
          version,
          replayed ->
              reading(where, () -> store.log().snapshot(name, version))
                  .filter(stored -> stored.version() == version)
                  .ifPresentOrElse(
                      stored -> {
                        if (!stored.toText().equals(replayed.toText())) {
                          throw new Mismatched(
                              where, "it is not what a replay of the log leads to");
                        }
                      },
                      () -> passedOver(where, space.id(), version)));
    }
  }

  /** A snapshot that the log passes over was pruned meanwhile, or cannot be read. */
  private void passedOver(String where, long space, long version) {
    if (rows.snapshots(space).contains(version)) {
      throw new Mismatched(where, "it cannot be read");
    }
  }

  private void spaces(List<SpaceRow> all) {
    long total = all.stream().mapToLong(space -> space.head().version()).sum();
    for (SpaceRow space : all) {
      spaces++;
      replay.compare(space, total);
      checks.done(space.head().space());
    }
    for (SpaceName space : checks.left()) {
      throw new Mismatched("space " + space, "something names it, and the store has no such space");
    }
  }

  private void blobs() {
    rows.falseBlob()
        .ifPresent(blob -> {
          throw new Mismatched(
              "blob " + new ContentAddress(blob.key()), "its bytes hash to " + blob.bytes());
        });
  }
}
