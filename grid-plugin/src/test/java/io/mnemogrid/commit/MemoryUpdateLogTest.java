package io.mnemogrid.commit;

import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLogContractTest;
import io.mnemogrid.state.SpaceName;

/** The fake of the simulations keeps what the real logs keep. */
class MemoryUpdateLogTest extends UpdateLogContractTest {
  private final MemoryUpdateLog log = new MemoryUpdateLog();

  @Override
  protected UpdateLog open() {
    return log;
  }

  @Override
  protected void lose(SpaceName space, long version) {
    log.lose(space, version);
  }

  @Override
  protected void forge(SpaceName space, long version, Update record) {
    log.forge(space, version, record);
  }
}
