package io.mnemogrid.process;

import io.mnemogrid.store.StoreRows;
import java.time.Duration;
import java.util.Map;

/** The store of a grid in a drill, and what can happen to it. */
public sealed interface StoreUnderTest extends AutoCloseable
    permits SqliteUnderTest, PostgresUnderTest {
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
