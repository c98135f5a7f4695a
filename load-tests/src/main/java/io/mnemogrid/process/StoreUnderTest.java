package io.mnemogrid.process;

import io.mnemogrid.store.StoreRows;
import java.time.Duration;
import java.util.Map;

/** The store of a grid in a drill, and what can happen to it. */
public sealed interface StoreUnderTest extends AutoCloseable
    permits SqliteUnderTest, PostgresUnderTest {
  /** The environment variables that make a member use this store. */
  Map<String, String> environment();

  /**
   * Keeps the store from answering for this time, then returns. {@link #back} must follow, also
   * after a failure.
   */
  void gone(Duration lasts, int variant);

  /**
   * Slows the store down for this time, then returns. {@link #back} must follow, also after a
   * failure.
   */
  void slow(Duration lasts);

  /** Undoes what was done to the store; does nothing if nothing was done. */
  void back();

  /** Its rows. */
  StoreRows rows();

  @Override
  void close();
}
