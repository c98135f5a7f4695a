package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.replica.Replicas;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Supplier;

/**
 * The store that a member works with: its own, or that of others.
 *
 * @param trouble why the store takes no writes; empty if it does, and on a member without a store
 * @param leftOut the rows that the store cannot read; none on a member without a store
 * @param close closes the store if it is this member's own
 */
record StorePart(
    LogReader log,
    Replicas replicas,
    Supplier<Optional<String>> trouble,
    Supplier<List<String>> leftOut,
    Runnable close,
    Probe probe) {
  private static final int MOST_ROWS_TOLD = 10;

  Lifecycle.Part part() {
    return new Lifecycle.Part("the store")
        .closes(close)
        .tells(() -> List.of(probe.ask("store", this::health)));
  }

  private GridHealth.Part health() {
    Optional<String> why = trouble.get();
    if (why.isPresent()) {
      return new GridHealth.Part("store", GridHealth.Status.DOWN, why.get());
    }
    StringJoiner detail = new StringJoiner("; ");
    detail.add(log.spaces() + " spaces");
    long reloads = replicas.reloads();
    if (reloads > 0) {
      detail.add(
          reloads
              + " replicas were dropped since the start, for the log held another history:"
              + " restored, or failed over to a standby that lagged");
    }
    List<String> out = leftOut.get();
    if (!out.isEmpty()) {
      detail.add("rows that cannot be read are left out, run ./mnemogrid fsck");
      out.stream().limit(MOST_ROWS_TOLD).forEach(detail::add);
      if (out.size() > MOST_ROWS_TOLD) {
        detail.add((out.size() - MOST_ROWS_TOLD) + " more rows");
      }
    }
    return new GridHealth.Part(
        "store",
        reloads == 0 && out.isEmpty() ? GridHealth.Status.UP : GridHealth.Status.DEGRADED,
        detail.toString());
  }
}
