package io.mnemogrid.checkpoint;

import java.io.Serializable;

/**
 * A transaction that an {@link Anchor} signed for checkpoints {@code first} to {@code last}: kept
 * before it is sent, so that the same one can be sent again.
 *
 * @param anchor which chain and contract it is meant for: {@link Anchor#identity()}
 * @param nonce of the signer, 0 where the anchor has none
 * @param raw what is sent, as the anchor reads it
 * @param hash by which the anchor finds it again
 * @param most what it can cost
 */
public record SignedTransaction(
    String anchor, long nonce, String raw, String hash, long first, long last, Cost most)
    implements Serializable {
  public SignedTransaction {
    if (first < 1 || last < first) {
      throw new IllegalArgumentException("checkpoints " + first + " to " + last);
    }
  }
}
