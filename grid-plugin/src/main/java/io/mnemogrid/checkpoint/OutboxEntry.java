package io.mnemogrid.checkpoint;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as the store keeps it before it is sent and for ever after.
 *
 * @param signed when it was kept, by the store's clock
 * @param cost what it cost, null until that is known; {@link Cost#NONE} when it can never be in a
 *     block
 */
public record OutboxEntry(SignedTransaction transaction, Instant signed, @Nullable Cost cost) {}
