package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.replica.CommitLoop;
import java.util.List;

/** The committer of this member. */
record CommitterPart(CommitLoop loop, Quotas quotas) {
  Lifecycle.Part part() {
    return new Lifecycle.Part("the committer")
        .starts(this::start)
        .drains(loop::drain)
        .closes(loop::close)
        .tells(() -> List.of(health()));
  }

  private void start() {
    loop.limit(quotas);
    loop.start();
  }

  private GridHealth.Part health() {
    if (loop.isRunning()) {
      return new GridHealth.Part("committer", GridHealth.Status.UP, "takes commits");
    }
    return new GridHealth.Part(
        "committer",
        GridHealth.Status.DOWN,
        loop.failure()
            .map(why -> "it met what cannot be, and stopped; the log says more: " + why)
            .orElse("this member is closing"));
  }
}
