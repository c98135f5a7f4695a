package io.mnemogrid.commit;

import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLogContractTest;

/** The fake of the simulations keeps what the real logs keep. */
class MemoryUpdateLogTest extends UpdateLogContractTest {
  private final MemoryUpdateLog log = new MemoryUpdateLog();

  @Override
  protected UpdateLog open() {
    return log;
  }
}
