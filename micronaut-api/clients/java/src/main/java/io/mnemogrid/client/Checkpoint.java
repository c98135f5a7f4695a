package io.mnemogrid.client;

import java.util.Optional;

/**
 * A checkpoint as a member tells of it. Its hash is worth as much as the connection: who wants to
 * be sure reads the hash from the chain.
 *
 * @param number 1 or more
 * @param hash what a bundle is checked against
 * @param status how far it has come
 * @param transaction the transaction that carries it, empty before it is sent
 * @param json the whole answer
 */
public record Checkpoint(
    long number, Hash hash, Finality.Status status, Optional<String> transaction, Json json) {
  static Checkpoint of(Shape checkpoint) {
    return BadAnswerException.reading(() ->
        new Checkpoint(
            checkpoint.member("number").integer(1),
            checkpoint.member("hash").hash(),
            Finality.Status.of(checkpoint.member("status")),
            Finality.text(checkpoint.member("transaction")),
            checkpoint.value()));
  }
}
