package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.merge.Refusal.Quota.Counted;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What may grow and what may not. */
class QuotasTest {
  private static final Quotas QUOTAS = new Quotas(10, 3, 100, 2000);
  private State state = State.EMPTY;
  private long version;

  private Delta delta(String changes) {
    return Delta.parse(
        Json.parseObject(
            """
            {"author":"bot-a","base":%d,"changes":%s,"timestamp":"2026-02-05T19:00:00Z",\
            "type":"t","update_id":"u%d"}\
            """
                .formatted(version, changes, version)));
  }

  private Resolution judge(String changes, long gridBytes) {
    Delta delta = delta(changes);
    return QUOTAS.judge(state, delta, Resolver.resolve(state, version, delta), gridBytes);
  }

  private void commit(String changes) {
    if (Resolver.resolve(state, version, delta(changes)) instanceof Resolution.Accepted accepted) {
      state = accepted.next();
      version++;
    }
  }

  private static String set(String key, String value) {
    return "{\"added\":[{\"key\":\"%s\",\"value\":\"%s\"}]}".formatted(key, value);
  }

  private static Refusal.@Nullable Quota refusal(Resolution resolution) {
    return resolution instanceof Resolution.Refused no
            && no.refusal() instanceof Refusal.Quota quota
        ? quota
        : null;
  }

  @Test
  void countsLeavesAndBytesOfTheDocument() {
    commit("{\"added\":[{\"key\":\"/a\",\"value\":1},{\"key\":\"/b\",\"value\":2}]}");
    assertThat(state.sizeBytes()).isEqualTo(2 * ("\"/a\"".length() + 1));
    assertThat(refusal(judge(set("/c", "x"), 10))).isNull();
    commit(set("/c", "x"));
    assertThat(refusal(judge(set("/d", "x"), 10)))
        .isEqualTo(new Refusal.Quota(Counted.LEAVES, 3, 4, 3));
    assertThat(refusal(judge(set("/c", "x".repeat(100)), 10)))
        .isEqualTo(new Refusal.Quota(Counted.BYTES, 17, 116, 100));
  }

  @Test
  void countsTheDocumentsThatAreKeptTogether() {
    assertThat(refusal(judge(set("/a", "x".repeat(44)), 1550))).isNull();
    assertThat(refusal(judge(set("/a", "x".repeat(45)), 1550)))
        .isEqualTo(new Refusal.Quota(Counted.GRID_BYTES, 1550, 2001, 2000));
  }

  @Test
  void aDocumentThatNobodyKeepsCountsForItself() {
    commit("{\"added\":[{\"key\":\"/a\",\"value\":1},{\"key\":\"/b\",\"value\":2}]}");
    Delta delta = delta(set("/c", "x"));
    assertThat(
            refusal(
                QUOTAS
                    .withMaxGridBytes(1216)
                    .judge(state, delta, Resolver.resolve(state, version, delta), 0)))
        .isEqualTo(new Refusal.Quota(Counted.GRID_BYTES, 810, 1217, 1216));
  }

  @Test
  void whatMakesADocumentNoLargerIsNeverRefused() {
    commit(
        "{\"added\":[{\"key\":\"/a\",\"value\":\"%s\"},{\"key\":\"/b/c\",\"value\":1},{\"key\":\"/d\",\"value\":1},{\"key\":\"/e\",\"value\":1}]}"
            .formatted("x".repeat(300)));
    assertThat(state.leaves()).isGreaterThan((int) QUOTAS.maxLeaves());
    assertThat(state.sizeBytes()).isGreaterThan(QUOTAS.maxBytes());
    assertThat(refusal(judge("{\"deleted\":[{\"key\":\"/b/c\"}]}", 1000))).isNull();
    assertThat(refusal(judge("{\"deleted\":[{\"key\":\"/a\"}]}", 1000))).isNull();
    assertThat(refusal(judge(set("/a", "x".repeat(299)), 1000))).isNull();
    assertThat(refusal(judge(set("/a", "x".repeat(301)), 0))).isNotNull();
  }
}
