package io.mnemogrid.member;

import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.Audits;
import io.mnemogrid.GridConfig;
import io.mnemogrid.audit.Fsck;
import io.mnemogrid.audit.Mismatch;
import io.mnemogrid.audit.Progress;
import io.mnemogrid.audit.SpaceAuditor;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.job.FullAudit;
import io.mnemogrid.job.SpaceAudit;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The audits as this member sees them. Safe for all threads. */
final class GridAudits implements Audits {
  private final HazelcastInstance instance;
  private final @Nullable Store store;
  private final LagWatch watch = new LagWatch();

  GridAudits(HazelcastInstance instance, @Nullable Store store) {
    this.instance = instance;
    this.store = store;
  }

  /** An auditor of this store, for one worker of the full audit. */
  static SpaceAuditor auditor(GridConfig config, Store store) {
    StoreRows rows =
        switch (config.store()) {
          case GridConfig.StoreConfig.Sqlite sqlite -> StoreRows.ofSqlite(sqlite.file());
          case GridConfig.StoreConfig.Postgres postgres ->
              StoreRows.ofPostgres(postgres.url(), postgres.user(), postgres.password());
          case null -> throw new IllegalStateException("this member has no store");
        };
    return new SpaceAuditor() {
      private SpaceAuditor.Progress told = (_, _) -> {};
      private final Fsck fsck = new Fsck(rows, store, (_, done, total) -> told.at(done, total));

      @Override
      public Optional<Mismatch> audit(SpaceName space, Progress progress) {
        told = progress;
        return fsck.run(space);
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }

  /** Knows how far the audit is behind. */
  LagWatch watch() {
    return watch;
  }

  @Override
  public Lag lag() {
    return watch.lag();
  }

  @Override
  public String start() {
    requireStore();
    return FullAudit.start(instance);
  }

  @Override
  public Report latest() {
    requireStore();
    FullAudit.Report report = FullAudit.report(instance);
    return new Report(
        report.status(),
        report.id(),
        report.total(),
        report.spaces().stream().map(GridAudits::ofSpace).toList());
  }

  @Override
  public List<Wrong> wrong() {
    Map<SpaceName, Wrong> all = new TreeMap<>();
    for (AuditedHead at : requireStore().audited().problems()) {
      SpaceName space = at.head().space();
      all.put(space, new Wrong(space, at.head().version(), String.valueOf(at.problem())));
    }
    mismatches()
        .forEach(
            (space, what) -> all.putIfAbsent(space, new Wrong(space, 0, "full audit: " + what)));
    return List.copyOf(all.values());
  }

  /** The mismatches that the newest full audit found, by space; empty while it found none. */
  Map<SpaceName, String> mismatches() {
    Map<SpaceName, String> mismatches = new TreeMap<>();
    for (SpaceAudit space : FullAudit.report(instance).spaces()) {
      if (space.status() == AuditStatus.MISMATCH) {
        mismatches.put(SpaceName.of(space.space()), space.where() + ": " + space.what());
      }
    }
    return mismatches;
  }

  private static OfSpace ofSpace(SpaceAudit space) {
    return new OfSpace(
        space.space(),
        space.member(),
        space.status(),
        space.done(),
        space.total(),
        space.where(),
        space.what());
  }

  private Store requireStore() {
    if (store == null) {
      throw new IllegalStateException("a member without a store audits nothing; ask one that has");
    }
    return store;
  }
}
