package io.mnemogrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class DeltaBuilderTest {
  private static String freshId() {
    return new DeltaBuilder(new Author("a"), 0, Instant.EPOCH)
        .set("x", Json.TRUE)
        .build()
        .id()
        .text();
  }

  @Test
  void freshIdsAreTimeOrderedUuids() {
    String early = freshId();
    long then = System.currentTimeMillis();
    while (System.currentTimeMillis() == then) {
      Thread.onSpinWait();
    }
    assertThat(freshId()).isGreaterThan(early);
    assertThat(UUID.fromString(early).version()).isEqualTo(7);
    assertThat(UUID.fromString(early).variant()).isEqualTo(2);
    assertThat(UUID.fromString(early).getMostSignificantBits() >>> 16)
        .isBetween(then - 60_000, then);
  }

  @Test
  void freshIdsOfOneMomentDiffer() {
    List<String> ids = Stream.generate(DeltaBuilderTest::freshId).limit(10_000).toList();
    Set<String> different = new HashSet<>(ids);
    assertThat(different).hasSameSizeAs(ids);
  }
}
