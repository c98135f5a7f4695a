package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where checkpoints are made public. Their numbers go from 1 without a gap, and a checkpoint that
 * stands is never replaced. Calls block on I/O and throw {@link AnchorUnavailable}; one thread at a
 * time uses an anchor.
 */
public interface Anchor extends AutoCloseable {
  /** A checkpoint as the anchor shows it to everybody. */
  record Anchored(long number, Hash hash, String pointer, Address author, Instant time) {}

  /** What has become of a transaction. */
  sealed interface Inclusion {
    /** The anchor does not know it: it was never sent, or it was lost. */
    record Missing() implements Inclusion {}

    /** It waits to be included. */
    record Waiting() implements Inclusion {}

    /** It is in a block and wrote; {@code confirmations} counts that block too. */
    record Included(long block, long confirmations, Cost cost) implements Inclusion {}

    /**
     * It was included and failed, so it wrote nothing. Whoever still wants it written reads {@link
     * Anchor#find} and signs another one. {@code reason} is decoded text that is safe to log.
     */
    record Failed(String reason, Cost cost) implements Inclusion {}

    /**
     * Another transaction took its nonce or its number, so it can never write unless a
     * reorganization takes that one back.
     */
    record Displaced(String reason) implements Inclusion {}

    /**
     * The anchor cannot include it now. It was signed for another anchor, or its nonce or number is
     * higher than the next one, because the anchor lost earlier ones.
     */
    record Foreign(String reason) implements Inclusion {}
  }

  /** The result of a call that signs. */
  sealed interface Signing {
    /** It is signed, and nothing is sent. */
    record Signed(SignedTransaction transaction) implements Signing {}

    /** Nothing is signed: what the anchor asks now is above the cap. */
    record AboveCap(String detail) implements Signing {}
  }

  /** One line that names the chain and the contract, or the notary's key; never a secret. */
  String identity();

  /** Who this process writes as. */
  Address author();

  /** How many confirmations make a checkpoint final. */
  int finalAfter();

  /** The number of the newest block; where there are none, that of the newest checkpoint. */
  long height();

  /** The number of the newest checkpoint that stands, 0 when none does. */
  long latest();

  /** The checkpoint of that number, empty when it does not stand. */
  Optional<Anchored> find(long number);

  /**
   * The nonce that the next transaction of {@link #author()} takes, counting those that wait; 0
   * where the anchor has none.
   */
  long nextNonce();

  /** How many checkpoints one transaction may write. */
  int batchLimit();

  /**
   * Signs what will write these checkpoints, all or none; sends nothing. What was signed before is
   * sent first.
   *
   * @param checkpoints at least one and at most {@link #batchLimit()}, numbers without a gap
   */
  Signing sign(List<Checkpoint> checkpoints);

  /**
   * Signs what takes the place of {@code stuck}: the same nonce and a fee that is higher by a fifth
   * at least, so that of the two only one can be in a block.
   */
  Signing replace(SignedTransaction stuck, List<Checkpoint> checkpoints);

  /** Whether its fee is lower than that of a transaction that would be signed now. */
  boolean isUnderpriced(SignedTransaction transaction);

  /**
   * Sends what was signed; sending it again changes nothing. When it returns, the anchor has
   * received the transaction, no more. {@link #inclusion} says what became of it, also when its
   * number is taken or is not the next.
   *
   * @throws IllegalArgumentException when it was signed for another anchor; {@link #inclusion} then
   *     says {@link Inclusion.Foreign}
   */
  void send(SignedTransaction transaction);

  /** What has become of a transaction. */
  Inclusion inclusion(SignedTransaction transaction);

  @Override
  void close();
}
