package io.mnemogrid.client;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far a version has come towards the chain.
 *
 * @param space the space
 * @param version the version
 * @param status how far
 * @param checkpoint the number of the checkpoint that covers it, empty while none does
 * @param transaction the transaction that carries the checkpoint, empty before it is sent
 */
public record Finality(
    String space,
    long version,
    Status status,
    OptionalLong checkpoint,
    Optional<String> transaction) {
  /** How far a checkpoint has come. */
  public enum Status {
    /** No checkpoint that was sent covers it. */
    PENDING,
    /** Sent, and not in a block yet. */
    SENT,
    /** In a block, which may still be replaced. */
    CONFIRMED,
    /** Final. */
    FINALIZED;

    static Status of(Shape status) {
      String word = status.oneOf("pending", "sent", "confirmed", "finalized");
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether it is final. */
  public boolean isFinal() {
    return status == Status.FINALIZED;
  }

  static Finality of(Shape answer) {
    return BadAnswerException.reading(() -> {
      Shape checkpoint = answer.member("checkpoint");
      return new Finality(
          answer.member("space").space(),
          answer.member("version").integer(0),
          Status.of(answer.member("status")),
          checkpoint.value().isNull()
              ? OptionalLong.empty()
              : OptionalLong.of(checkpoint.integer(1)),
          text(answer.member("transaction")));
    });
  }

  static Optional<String> text(Shape text) {
    return text.value().isNull() ? Optional.empty() : Optional.of(text.string());
  }
}
