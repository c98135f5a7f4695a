package io.mnemogrid.member;

import io.mnemogrid.GridConfig.Trail.Recorded;
import io.mnemogrid.store.SqliteStore;

/** Has a store's trail forget what is too old, as the keeper of a member does. */
public final class ForgettingTrail {
  private ForgettingTrail() {}

  /** Forgets entries that are older than so many days. */
  public static void forget(SqliteStore store, int days) {
    MemberTrail trail =
        new MemberTrail(
            store.trail(),
            Recorded.CHANGES,
            () -> false,
            "alpha",
            store.log()::now,
            System::nanoTime);
    new TrailKeeper(
            store.trail(),
            trail,
            () -> {
              throw new IllegalStateException("nothing is named here");
            },
            () -> true,
            days,
            System::nanoTime)
        .forget(trail::write);
  }
}
