package io.mnemogrid.checkpoint;

/** The fake keeps what the real anchors keep. */
class MemoryChainTest extends AnchorContractTest {
  private final MemoryChain chain = new MemoryChain(true);

  @Override
  protected Anchor open() {
    return chain.open(1);
  }
}
