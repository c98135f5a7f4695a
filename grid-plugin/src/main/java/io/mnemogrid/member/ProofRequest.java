package io.mnemogrid.member;

import io.mnemogrid.Proofs;
import io.mnemogrid.checkpoint.Prover;
import io.mnemogrid.checkpoint.SignedLog;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Optional;

/** What a member without a store asks of the proofs of one that has it. */
sealed interface ProofRequest extends Serializable {
  record Fact(SpaceName space, Pointer path, long version, long checkpoint)
      implements ProofRequest {}

  record Update(SpaceName space, long version, long checkpoint) implements ProofRequest {}

  record Consistency(SpaceName space, long from, long to) implements ProofRequest {}

  record Signed(SpaceName space) implements ProofRequest {}

  /** The answer: a {@link Prover.Answer}, or a list of none or one signed log. */
  default Serializable answer(Proofs proofs) {
    return switch (this) {
      case Fact fact -> proofs.fact(fact.space, fact.path, fact.version, fact.checkpoint);
      case Update update -> proofs.update(update.space, update.version, update.checkpoint);
      case Consistency consistency ->
          proofs.consistency(consistency.space, consistency.from, consistency.to);
      case Signed signed -> {
        Optional<SignedLog> log = proofs.signedLog(signed.space);
        yield new ArrayList<>(log.stream().toList());
      }
    };
  }
}
