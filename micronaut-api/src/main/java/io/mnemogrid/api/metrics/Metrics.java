package io.mnemogrid.api.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micronaut.context.annotation.Context;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.Damaged;
import io.mnemogrid.CommitResult.NotApplied;
import io.mnemogrid.CommitResult.Refused;
import io.mnemogrid.CommitResult.Unchanged;
import io.mnemogrid.CommitResult.Unknown;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Trail;
import io.mnemogrid.api.tls.Tls;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.StoreSize;
import io.mnemogrid.state.SpaceName;
import jakarta.annotation.PostConstruct;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** What this member did, as Prometheus reads it; every name begins with {@code mnemogrid_}. */
@Context
public final class Metrics implements GridListener {
  private static final int MAX_SPACES = 1000; // a label value each; more would drown the scraper
  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final Mnemogrid grid;
  private final MeterRegistry registry;
  private final Timer latency;
  private final Counter superseded;
  private final ConcurrentHashMap<String, Counter> commits = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Counter> refusals = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SpaceName, AtomicLong> versions = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SpaceName, AtomicLong> leaves = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SpaceName, AtomicLong> bytes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SpaceName, AtomicLong> finals = new ConcurrentHashMap<>();

  Metrics(Mnemogrid grid, Tls tls, MeterRegistry registry) {
    this.grid = grid;
    this.registry = registry;
    this.latency =
        Timer.builder("mnemogrid.commit")
            .description("from a delta's arrival over HTTP to its outcome")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    this.superseded =
        Counter.builder("mnemogrid.conflicts")
            .description("changes that lost to a write their author had not seen")
            .register(registry);
    List.of(
            "applied",
            "merged",
            "superseded",
            "unchanged",
            "duplicate",
            "refused",
            "not_applied",
            "unknown")
        .forEach(this::commits);
    Gauge.builder("mnemogrid.http.certificate.left", tls, Tls::secondsLeft)
        .baseUnit("seconds")
        .description("time until the TLS certificate ends; negative when it has ended, NaN: no TLS")
        .register(registry);
  }

  @PostConstruct
  void listen() {
    Gauge.builder("mnemogrid.documents.bytes", grid, Mnemogrid::footprintBytes)
        .description("memory that the documents which this member holds take together")
        .register(registry);
    Gauge.builder("mnemogrid.audit.lag.updates", grid, at -> at.audits().lag().updates())
        .description("updates in the log that the audit has not recomputed, all spaces together")
        .register(registry);
    Gauge.builder("mnemogrid.audit.lag", grid, at -> at.audits().lag().age().toMillis() / 1000.0)
        .baseUnit("seconds")
        .description("how long the oldest of them has been waiting")
        .register(registry);
    grid.trail().ifPresent(this::trail);
    store("mnemogrid.store.file", "the SQLite database", StoreSize::file);
    store("mnemogrid.store.wal", "its write-ahead log", StoreSize::wal);
    store("mnemogrid.store.free", "in the database and unused", StoreSize::free);
    store("mnemogrid.store.room", "left on the disk of the store", StoreSize::room);
    grid.listen(this);
  }

  private void trail(Trail trail) {
    Gauge.builder("mnemogrid.trail.waiting", trail, at -> at.counts().waiting())
        .description("entries of the audit trail that the store does not have yet")
        .register(registry);
    entries(trail, "written", Trail.Counts::written);
    entries(trail, "lost", Trail.Counts::lost);
    entries(trail, "left_out", Trail.Counts::leftOut);
  }

  private void entries(Trail trail, String outcome, ToLongFunction<Trail.Counts> count) {
    FunctionCounter.builder("mnemogrid.trail.entries", trail, at -> count.applyAsLong(at.counts()))
        .description("entries of the audit trail, by what became of them")
        .tag("outcome", outcome)
        .register(registry);
  }

  /**
   * A gauge of the store: not a number while the store cannot be read, or if this member knows no
   * size.
   */
  private void store(String name, String what, ToLongFunction<StoreSize> bytes) {
    Gauge.builder(
            name,
            grid,
            at -> {
              try {
                return at.storeSize()
                    .map(size -> (double) bytes.applyAsLong(size))
                    .orElse(Double.NaN);
              } catch (LogUnavailable e) {
                return Double.NaN;
              }
            })
        .baseUnit("bytes")
        .description(what)
        .register(registry);
  }

  /** Counts one outcome. */
  public void committed(CommitResult result, long nanos) {
    latency.record(nanos, TimeUnit.NANOSECONDS);
    switch (result) {
      case Committed committed -> {
        commits(committed.duplicate() ? "duplicate" : committed.outcome().text()).increment();
        if (!committed.duplicate()) {
          superseded.increment(committed.update().fields().superseded().size());
        }
      }
      case Unchanged _ -> commits("unchanged").increment();
      case Refused refused -> {
        commits("refused").increment();
        refusals
            .computeIfAbsent(
                refused.refusal().code(),
                code -> registry.counter("mnemogrid.refusals", "code", code))
            .increment();
      }
      case NotApplied _, Damaged _ -> commits("not_applied").increment();
      case Unknown _ -> commits("unknown").increment();
    }
  }

  /** The counter of an outcome, held: the registry takes longer to find one than to count. */
  private Counter commits(String outcome) {
    Counter known = commits.get(outcome);
    return known != null
        ? known
        : commits.computeIfAbsent(
            outcome,
            _ ->
                Counter.builder("mnemogrid.commits")
                    .description("deltas that came over HTTP, by outcome")
                    .tag("outcome", outcome)
                    .register(registry));
  }

  @Override
  public void advanced(Snapshot head) {
    gauge(versions, "mnemogrid.version", head.space(), head.version());
    gauge(leaves, "mnemogrid.space.leaves", head.space(), head.state().leaves());
    gauge(bytes, "mnemogrid.space.bytes", head.space(), head.state().sizeBytes());
  }

  @Override
  public void finalized(SpaceName space, long version) {
    gauge(finals, "mnemogrid.finalized.version", space, version);
  }

  private void gauge(
      ConcurrentHashMap<SpaceName, AtomicLong> values, String name, SpaceName space, long value) {
    AtomicLong known = values.get(space);
    if (known == null && values.size() < MAX_SPACES) {
      known =
          values.computeIfAbsent(
              space,
              _ -> {
                AtomicLong held = new AtomicLong();
                Gauge.builder(name, held, AtomicLong::doubleValue)
                    .description("of each space, as this member saw it last")
                    .tag("space", space.text())
                    .register(registry);
                return held;
              });
    }
    if (known != null) {
      known.set(value);
    }
  }
}
