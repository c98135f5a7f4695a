package io.mnemogrid.checkpoint;

import java.time.Instant;

/** The fake keeps what the real stores keep. */
class MemoryCheckpointStoreTest extends CheckpointStoreContractTest {
  private final MemoryCheckpointStore store = new MemoryCheckpointStore(Instant::now);

  @Override
  protected Ports open() {
    return new Ports(store, store, store, store);
  }

  @Override
  protected void takeLease(long epoch) {
    store.setEpoch(epoch);
  }

  @Override
  protected void addBlob(byte[] bytes) {
    store.putBlob(bytes);
  }
}
