package io.mnemogrid.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The log that a run leaves, as a grid would have written it whose members all keep such a trie:
 * they would agree with each other, so only the document itself tells.
 */
class SloppyTrieTest {
  private static final int SEEDS = 5;

  @Test
  void flagsATrieThatSkipsARehash() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      List<Update> honest = log(seed);
      assertThat(findings(writtenWith(new SloppyTrie(false), honest)))
          .as("seed %d, with a trie that forgets nothing", seed)
          .isEmpty();
      assertThat(writtenWith(new SloppyTrie(false), honest))
          .as("seed %d: the same bytes", seed)
          .isEqualTo(honest);
      assertThat(findings(writtenWith(new SloppyTrie(true), honest)))
          .as("seed %d", seed)
          .isNotEmpty()
          .allMatch(finding -> finding.flaw() == Flaw.ROOTS_DIFFER);
    }
  }

  private static List<Update> log(long seed) {
    GridSim sim = new GridSim(seed, Twin.NONE, 120);
    assertThat(sim.run()).as("seed %d", seed).isEmpty();
    return sim.log(GridSim.COUNTS);
  }

  private static List<Finding> findings(List<Update> log) {
    GridHistory history = new GridHistory(new MemoryUpdateLog());
    history.checkRoots(State.EMPTY, log, 1);
    return history.findings();
  }

  /** The same records with this trie's roots, each naming the one before. */
  private static List<Update> writtenWith(SloppyTrie trie, List<Update> log) {
    List<Update> written = new ArrayList<>();
    State at = State.EMPTY;
    for (Update update : log) {
      Update.Fields is = update.fields();
      at = at.apply(is.changes(), is.timestamp(), is.author(), is.version());
      written.add(
          Update.of(
              new Update.Fields(
                  is.space(),
                  is.version(),
                  is.id(),
                  is.author(),
                  is.type(),
                  is.base(),
                  is.timestamp(),
                  is.committed(),
                  is.request(),
                  written.isEmpty() ? Hash.ZERO : written.getLast().leafHash(),
                  trie.become(at.document()),
                  is.changes(),
                  is.superseded(),
                  is.overrode())));
    }
    return written;
  }
}
