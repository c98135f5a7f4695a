package io.mnemogrid.process;

import io.mnemogrid.store.StoreRows;
import java.time.Duration;
import java.util.Map;

/** The store of a grid in a drill, and what can happen to it. */
public sealed interface StoreUnderTest extends AutoCloseable
    permits SqliteUnderTest, PostgresUnderTest {
  /** What a member must be told of it. */
  Map<String, String> environment();

  /** Takes it away and returns after this time; {@link #back} must follow, also a failure. */
  void gone(Duration lasts, int variant);

  /** Makes it slow and returns after this time; {@link #back} must follow, also a failure. */
  void slow(Duration lasts);

  /** Ends what was done to it; nothing happens where nothing was done. */
  void back();

  /** Its rows. */
  StoreRows rows();

  @Override
  void close();
}
