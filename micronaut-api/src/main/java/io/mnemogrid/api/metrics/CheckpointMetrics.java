package io.mnemogrid.api.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micronaut.context.annotation.Context;
import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Held;
import jakarta.annotation.PostConstruct;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of checkpoints, for Prometheus; docs/operate.md says what each name means. Counters
 * grow only on the member that leads.
 */
@Context
public final class CheckpointMetrics implements GridListener {
  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 15, 30, 45, 60, 90, 120, 300, 600, 1800, 3600)
          .map(Duration::ofSeconds)
          .toArray(Duration[]::new);
  private static final List<String> FAILURES =
      List.of(
          "chain-unavailable",
          "store-unavailable",
          "refused",
          "reverted",
          "chain-ahead",
          "chain-differs",
          "untrusted-author",
          "unexpected",
          "gave-up");
  private static final List<String> REASONS =
      List.of(
          "budget",
          "fee-cap",
          "chain-unavailable",
          "chain-ahead",
          "chain-differs",
          "untrusted-author");
  private static final Duration FRESH = Duration.ofSeconds(1);

  /** One look at the store for all gauges of a scrape. */
  private record Look(CheckpointStatus status, List<Held> held, long nanos) {}

  private final Mnemogrid grid;
  private final MeterRegistry registry;
  private final Timer latency;
  private final Counter finalized;
  private final Counter gas;
  private final Counter spent;
  private final Counter conflicts;
  private final Counter undone;
  private volatile @Nullable Look look;

  CheckpointMetrics(Mnemogrid grid, MeterRegistry registry) {
    this.grid = grid;
    this.registry = registry;
    this.latency =
        Timer.builder("mnemogrid.checkpoint.latency")
            .description("from the first submission of a checkpoint until it was final")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    this.finalized = counter("finalized", "checkpoints found final");
    this.gas = counter("gas", "gas that transactions in blocks have used");
    this.spent = counter("spent.wei", "what they cost, in the coin's smallest unit");
    this.conflicts = counter("conflicts", "transactions that others made worthless");
    this.undone = counter("undone", "checkpoints that were in a block and are no longer");
    for (CheckpointEvent.How how : CheckpointEvent.How.values()) {
      sent(how);
    }
    FAILURES.forEach(this::failures);
  }

  private Counter counter(String name, String description) {
    return Counter.builder("mnemogrid.checkpoint." + name)
        .description(description)
        .register(registry);
  }

  private Counter sent(CheckpointEvent.How how) {
    return Counter.builder("mnemogrid.checkpoint.sent")
        .description("transactions handed to the chain")
        .tag("how", how.text())
        .register(registry);
  }

  private Counter failures(String kind) {
    return Counter.builder("mnemogrid.checkpoint.failures")
        .description("steps that failed")
        .tag("kind", kind)
        .register(registry);
  }

  @PostConstruct
  void listen() {
    gauge("mnemogrid.leader", "", "whether this member leads", at -> at.leading() == null ? 0 : 1);
    gauge(
        "mnemogrid.checkpoint.age",
        "seconds",
        "since the newest final checkpoint was found final",
        at -> at.sinceFinal() == null ? Double.NaN : seconds(at.sinceFinal()));
    gauge(
        "mnemogrid.checkpoint.waiting",
        "",
        "checkpoints that are not final",
        CheckpointStatus::waiting);
    gauge(
        "mnemogrid.checkpoint.waiting",
        "seconds",
        "since the oldest of them was prepared",
        at -> seconds(at.oldestWaits()));
    gauge(
        "mnemogrid.checkpoint.budget.left",
        "gas",
        "of 24 hours",
        at -> left(at, Cost::limitsGas, Cost::gas));
    gauge(
        "mnemogrid.checkpoint.budget.left",
        "wei",
        "of 24 hours",
        at -> left(at, Cost::limitsCoin, cost -> cost.wei().doubleValue()));
    for (String reason : REASONS) {
      Gauge.builder(
              "mnemogrid.checkpoint.blocked",
              () ->
                  status().asLeader().filter(at -> reason.equals(at.blocked())).isPresent() ? 1 : 0)
          .description("why nothing is sent now")
          .tag("reason", reason)
          .register(registry);
    }
    for (Held.Rule rule : Held.Rule.values()) {
      Gauge.builder(
              "mnemogrid.checkpoint.held.spaces",
              () -> look().held().stream().filter(held -> held.rule() == rule).count())
          .description("spaces that keep their head of the checkpoint before")
          .tag("rule", rule.text())
          .register(registry);
    }
    grid.listen(this);
  }

  private void gauge(
      String name, String unit, String description, ToDoubleFunction<CheckpointStatus> value) {
    Gauge.builder(unit.isEmpty() ? name : name + "." + unit, () -> value.applyAsDouble(status()))
        .description(description)
        .register(registry);
  }

  private static double left(
      CheckpointStatus status, Predicate<Cost> isLimited, ToDoubleFunction<Cost> value) {
    return status
        .asLeader()
        .map(CheckpointStatus.Leading::budgetLeft)
        .filter(isLimited)
        .map(value::applyAsDouble)
        .orElse(Double.NaN);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private CheckpointStatus status() {
    return look().status();
  }

  private Look look() {
    Look last = look;
    if (last != null && System.nanoTime() - last.nanos() < FRESH.toNanos()) {
      return last;
    }
    Look fresh =
        new Look(grid.checkpoints().status(), grid.checkpoints().held(), System.nanoTime());
    look = fresh;
    return fresh;
  }

  @Override
  public void checkpointed(CheckpointEvent event) {
    switch (event) {
      case CheckpointEvent.Sent sent -> sent(sent.how()).increment();
      case CheckpointEvent.Paid paid -> {
        gas.increment(paid.cost().gas());
        spent.increment(paid.cost().wei().doubleValue());
      }
      case CheckpointEvent.Conflict _ -> conflicts.increment();
      case CheckpointEvent.Undone gone -> undone.increment(gone.count());
      case CheckpointEvent.HeldUp _ -> {}
      case CheckpointEvent.Failed failed -> failures(failed.kind()).increment();
      case CheckpointEvent.Finalized done -> {
        finalized.increment();
        latency.record(done.latency());
      }
    }
  }
}
