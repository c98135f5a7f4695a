package io.mnemogrid.member;

import io.mnemogrid.Proofs;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.SignedLog;
import io.mnemogrid.grid.Answering;
import io.mnemogrid.grid.OneOrNone;
import io.mnemogrid.grid.StoreRequest;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;

/** What a member without a store asks of the proofs of one that has it. */
sealed interface ProofRequest<A extends Serializable> extends StoreRequest<A> {
  /** The answer from {@code proofs}. */
  A answer(Proofs proofs);

  @Override
  default A answer(Answering parts) {
    return answer(parts.part(Proofs.class));
  }

  record Fact(SpaceName space, Pointer path, long version, long checkpoint)
      implements ProofRequest<Answer> {
    @Override
    public Answer answer(Proofs proofs) {
      return proofs.fact(space, path, version, checkpoint);
    }
  }

  record Update(SpaceName space, long version, long checkpoint) implements ProofRequest<Answer> {
    @Override
    public Answer answer(Proofs proofs) {
      return proofs.update(space, version, checkpoint);
    }
  }

  record Consistency(SpaceName space, long from, long to) implements ProofRequest<Answer> {
    @Override
    public Answer answer(Proofs proofs) {
      return proofs.consistency(space, from, to);
    }
  }

  record Signed(SpaceName space) implements ProofRequest<OneOrNone<SignedLog>> {
    @Override
    public OneOrNone<SignedLog> answer(Proofs proofs) {
      return OneOrNone.of(proofs.signedLog(space));
    }
  }
}
