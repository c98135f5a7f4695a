package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.replica.Replicas;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The store that a member works with: its own, or that of others.
 *
 * @param trouble what keeps the store from taking writes; always empty for a store of others
 * @param close closes the store if it is this member's own
 */
record StorePart(
    LogReader log,
    Replicas replicas,
    Supplier<Optional<String>> trouble,
    Runnable close,
    Probe probe) {
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
    int spaces = log.heads().size();
    long reloads = replicas.reloads();
    return reloads == 0
        ? new GridHealth.Part("store", GridHealth.Status.UP, spaces + " spaces")
        : new GridHealth.Part(
            "store",
            GridHealth.Status.DEGRADED,
            spaces
                + " spaces; "
                + reloads
                + " replicas were dropped since the start, for the log held another history:"
                + " restored, or failed over to a standby that lagged");
  }
}
