package io.mnemogrid.member;

import io.mnemogrid.Proofs;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.SignedLog;
import io.mnemogrid.grid.StoreMembers;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.util.Optional;

/** Proofs as a member without a store has them made by others. */
record RemoteProofs(StoreMembers storeMembers) implements Proofs {
  @Override
  public Answer fact(SpaceName space, Pointer path, long version, long checkpoint) {
    return storeMembers.ask(new ProofRequest.Fact(space, path, version, checkpoint));
  }

  @Override
  public Answer update(SpaceName space, long version, long checkpoint) {
    return storeMembers.ask(new ProofRequest.Update(space, version, checkpoint));
  }

  @Override
  public Answer consistency(SpaceName space, long from, long to) {
    return storeMembers.ask(new ProofRequest.Consistency(space, from, to));
  }

  @Override
  public Optional<SignedLog> signedLog(SpaceName space) {
    return storeMembers.ask(new ProofRequest.Signed(space)).toOptional();
  }
}
