package io.mnemogrid.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.audit.SpaceAuditor;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The steps of the full audit, without Jet. */
class FullAuditTest {
  private static LogHead head(String space, long version) {
    return new LogHead(SpaceName.of(space), version, Hash.ZERO, Hash.ZERO, Instant.EPOCH);
  }

  private static SpaceAudit found(String audit, String space, SpaceAudit.State state) {
    return new SpaceAudit(audit, space, "one", 1, 1, state, null, null);
  }

  @Test
  void leavesOutWhatThisAuditHasFinishedAndBeginsWithTheLongest() {
    List<LogHead> heads = List.of(head("a", 5), head("b", 9), head("c", 7), head("d", 1));
    Map<String, SpaceAudit> found =
        Map.of(
            "space a", found("now", "a", SpaceAudit.State.HONEST),
            "space b", found("now", "b", SpaceAudit.State.RUNNING),
            "space c", found("before", "c", SpaceAudit.State.HONEST));
    assertThat(FullAudit.unfinished("now", heads, found)).containsExactly("b", "c", "d");
  }

  @Test
  void callsTheStoreHonestOnlyWhenEverySpaceIs() {
    SpaceAudit honest = found("now", "a", SpaceAudit.State.HONEST);
    SpaceAudit lie = found("now", "b", SpaceAudit.State.LIE);
    SpaceAudit unknown = found("now", "c", SpaceAudit.State.UNKNOWN);
    SpaceAudit running = found("now", "d", SpaceAudit.State.RUNNING);
    assertThat(FullAudit.state(true, 1, List.of(honest))).isEqualTo(FullAudit.State.RUNNING);
    assertThat(FullAudit.state(false, 1, List.of(honest))).isEqualTo(FullAudit.State.HONEST);
    assertThat(FullAudit.state(false, 0, List.of())).isEqualTo(FullAudit.State.HONEST);
    assertThat(FullAudit.state(false, 2, List.of(honest))).isEqualTo(FullAudit.State.UNKNOWN);
    assertThat(FullAudit.state(false, 2, List.of(honest, running)))
        .isEqualTo(FullAudit.State.UNKNOWN);
    assertThat(FullAudit.state(false, 3, List.of(honest, lie, unknown)))
        .isEqualTo(FullAudit.State.LIE);
  }

  /** An auditor that counts to three and then finds what it is told to. */
  private record Counting(Optional<SpaceAuditor.Lie> lie, boolean fails) implements SpaceAuditor {
    @Override
    public Optional<Lie> audit(SpaceName space, Progress progress) {
      progress.at(1, 3);
      if (fails) {
        throw new IllegalStateException("the store cannot be read");
      }
      progress.at(3, 3);
      return lie;
    }

    @Override
    public void close() {}
  }

  private static SpaceAudit audit(SpaceAuditor auditor) {
    return new AuditWorker("now", "one", auditor, new ArrayList<SpaceAudit>()::add).audit("a");
  }

  @Test
  void saysWhatItFoundOfASpaceAndNeverCallsAFailureHonest() {
    assertThat(audit(new Counting(Optional.empty(), false)))
        .isEqualTo(new SpaceAudit("now", "a", "one", 3, 3, SpaceAudit.State.HONEST, null, null));
    assertThat(audit(new Counting(Optional.of(new SpaceAuditor.Lie("there", "wrong")), false)))
        .isEqualTo(new SpaceAudit("now", "a", "one", 3, 3, SpaceAudit.State.LIE, "there", "wrong"));
    assertThat(audit(new Counting(Optional.empty(), true)))
        .isEqualTo(
            new SpaceAudit(
                "now",
                "a",
                "one",
                1,
                3,
                SpaceAudit.State.UNKNOWN,
                "space a",
                "the store cannot be read"));
  }
}
