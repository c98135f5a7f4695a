package io.mnemogrid.fire;

import io.mnemogrid.store.StoreRows;
import java.time.Duration;
import java.util.Map;

/** The store of a grid under fire, and what can happen to it. */
sealed interface FiredStore extends AutoCloseable permits FiredSqlite, FiredPostgres {
  /** What a member must be told of it. */
  Map<String, String> environment();

  /** Takes it away for so long. */
  void gone(Duration lasts, int variant);

  /** Makes it slow for so long. */
  void slow(Duration lasts);

  /** Its rows. */
  StoreRows rows();

  @Override
  void close();
}
