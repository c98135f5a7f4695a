package io.mnemogrid.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The consistency proof from what is kept of a tree, against the one from all of its leaves. */
class ConsistencyFromFrontierModelTest {
  private static final int MOST = 70;

  @Test
  void isTheSameProofForAllSizes() {
    List<Hash> leaves = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      leaves.add(Hash.sha256("leaf " + i));
    }
    Frontier frontier = Frontier.EMPTY;
    for (int from = 1; from <= MOST; from++) {
      frontier = frontier.plus(leaves.get(from - 1));
      for (int to = from; to <= MOST; to++) {
        List<Hash> path = LogTree.consistency(frontier, leaves.subList(from, to));
        assertThat(path)
            .as("from %d to %d", from, to)
            .isEqualTo(LogTree.consistency(leaves.subList(0, to), from));
        assertThat(
                LogTree.verifyConsistency(
                    from, frontier.root(), to, LogTree.root(leaves.subList(0, to)), path))
            .isTrue();
      }
    }
  }

  @Test
  void showsNothingFromTheEmptyLog() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogTree.consistency(Frontier.EMPTY, List.of(Hash.ZERO)));
  }
}
