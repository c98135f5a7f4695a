package io.mnemogrid.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proofs made in one pass, against those that are made from all leaves by the RFC's recursion. */
class ProofFoldModelTest {
  private static final int MOST = 70;
  private static final List<Hash> LEAVES = new ArrayList<>();

  static {
    for (int i = 0; i < MOST; i++) {
      LEAVES.add(Hash.sha256("leaf " + i));
    }
  }

  private static List<Hash> path(ProofFold fold, int size) {
    LEAVES.subList(0, size).forEach(fold);
    return fold.path();
  }

  @Test
  void isTheSameInclusionProofForAllSizes() {
    for (int size = 1; size <= MOST; size++) {
      for (int index = 0; index < size; index++) {
        assertThat(path(ProofFold.inclusion(size, index), size))
            .as("leaf %d of %d", index, size)
            .isEqualTo(LogTree.inclusion(LEAVES.subList(0, size), index));
      }
    }
  }

  @Test
  void isTheSameConsistencyProofForAllSizes() {
    for (int size = 1; size <= MOST; size++) {
      for (int from = 1; from <= size; from++) {
        assertThat(path(ProofFold.consistency(from, size), size))
            .as("from %d to %d", from, size)
            .isEqualTo(LogTree.consistency(LEAVES.subList(0, size), from));
      }
    }
  }

  @Test
  void foldsARootWithoutTheLeaves() {
    LogFold fold = new LogFold(Frontier.EMPTY);
    for (int size = 1; size <= MOST; size++) {
      fold.accept(LEAVES.get(size - 1));
      assertThat(fold.frontier().root()).isEqualTo(LogTree.root(LEAVES.subList(0, size)));
    }
  }

  @Test
  void refusesALogOfAnotherLength() {
    for (int given : List.of(0, 4, 6)) {
      ProofFold fold = ProofFold.inclusion(5, 2);
      LEAVES.subList(0, given).forEach(fold);
      assertThatThrownBy(fold::path)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a proof over 5 leaves was given " + given);
    }
  }

  @Test
  void refusesAPlaceOutsideOfTheLog() {
    assertThatIllegalArgumentException().isThrownBy(() -> ProofFold.inclusion(3, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> ProofFold.inclusion(3, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> ProofFold.consistency(0, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> ProofFold.consistency(4, 3));
  }
}
