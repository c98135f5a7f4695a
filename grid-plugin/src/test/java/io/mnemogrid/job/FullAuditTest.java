package io.mnemogrid.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.audit.Mismatch;
import io.mnemogrid.audit.SpaceAuditor;
import io.mnemogrid.checkpoint.AuditStatus;
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

  private static SpaceAudit found(String audit, String space, AuditStatus status) {
    return new SpaceAudit(audit, space, "one", 1, 1, status, null, null);
  }

  @Test
  void leavesOutWhatThisAuditHasFinishedAndBeginsWithTheLongest() {
    List<LogHead> heads = List.of(head("a", 5), head("b", 9), head("c", 7), head("d", 1));
    Map<String, SpaceAudit> found =
        Map.of(
            "space a", found("now", "a", AuditStatus.VERIFIED),
            "space b", found("now", "b", AuditStatus.RUNNING),
            "space c", found("before", "c", AuditStatus.VERIFIED));
    assertThat(FullAudit.unfinished("now", heads, found)).containsExactly("b", "c", "d");
  }

  @Test
  void callsTheStoreVerifiedOnlyWhenEverySpaceIs() {
    SpaceAudit verified = found("now", "a", AuditStatus.VERIFIED);
    SpaceAudit mismatch = found("now", "b", AuditStatus.MISMATCH);
    SpaceAudit unknown = found("now", "c", AuditStatus.UNKNOWN);
    SpaceAudit running = found("now", "d", AuditStatus.RUNNING);
    assertThat(FullAudit.status(true, 1, List.of(verified))).isEqualTo(AuditStatus.RUNNING);
    assertThat(FullAudit.status(false, 1, List.of(verified))).isEqualTo(AuditStatus.VERIFIED);
    assertThat(FullAudit.status(false, 0, List.of())).isEqualTo(AuditStatus.VERIFIED);
    assertThat(FullAudit.status(false, 2, List.of(verified))).isEqualTo(AuditStatus.UNKNOWN);
    assertThat(FullAudit.status(false, 2, List.of(verified, running)))
        .isEqualTo(AuditStatus.UNKNOWN);
    assertThat(FullAudit.status(false, 3, List.of(verified, mismatch, unknown)))
        .isEqualTo(AuditStatus.MISMATCH);
  }

  /** An auditor that counts to three and then finds what it is told to. */
  private record Counting(Optional<Mismatch> mismatch, boolean fails) implements SpaceAuditor {
    @Override
    public Optional<Mismatch> audit(SpaceName space, Progress progress) {
      progress.at(1, 3);
      if (fails) {
        throw new IllegalStateException("the store cannot be read");
      }
      progress.at(3, 3);
      return mismatch;
    }

    @Override
    public void close() {}
  }

  private static SpaceAudit audit(SpaceAuditor auditor) {
    return new AuditWorker("now", "one", auditor, new ArrayList<SpaceAudit>()::add).audit("a");
  }

  @Test
  void saysWhatItFoundOfASpaceAndNeverCallsAFailureVerified() {
    assertThat(audit(new Counting(Optional.empty(), false)))
        .isEqualTo(new SpaceAudit("now", "a", "one", 3, 3, AuditStatus.VERIFIED, null, null));
    assertThat(audit(new Counting(Optional.of(new Mismatch("there", "wrong")), false)))
        .isEqualTo(new SpaceAudit("now", "a", "one", 3, 3, AuditStatus.MISMATCH, "there", "wrong"));
    assertThat(audit(new Counting(Optional.empty(), true)))
        .isEqualTo(
            new SpaceAudit(
                "now",
                "a",
                "one",
                1,
                3,
                AuditStatus.UNKNOWN,
                "space a",
                "the store cannot be read"));
  }
}
