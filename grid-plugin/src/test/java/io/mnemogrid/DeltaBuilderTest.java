package io.mnemogrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
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

  @Test
  void theRequestHasTheBytesThatItsAuthorWouldSend() {
    Delta built =
        new DeltaBuilder(new Author("a"), 3, Instant.parse("2026-02-05T19:00:50.123999Z"))
            .delete("/old")
            .set("facts.x", Json.of(1))
            .strict()
            .reads("facts.total")
            .type("note")
            .id("u1")
            .set("/y~1z", Json.parse("{\"b\":[],\"a\":null}"))
            .build();
    assertThat(built.request().canonical())
        .isEqualTo(
            """
            {"author":"a","base":3,"changes":{"added":[{"key":"facts.x","value":1},\
            {"key":"/y~1z","value":{"a":null,"b":[]}}],"deleted":[{"key":"/old"}]},\
            "reads":["facts.total"],"strict":true,"timestamp":"2026-02-05T19:00:50.123Z",\
            "type":"note","update_id":"u1"}\
            """);
    assertThat(built).isEqualTo(Delta.parse(Json.parseObject(built.request().canonical())));
  }

  @Test
  void aMalformedPathIsNamedByItsPlaceInTheRequest() {
    DeltaBuilder builder = new DeltaBuilder(new Author("a"), 0, Instant.EPOCH).set("x", Json.TRUE);
    assertThatThrownBy(() -> builder.set("a..b", Json.TRUE))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/changes/added/1/key"));
    assertThatThrownBy(() -> builder.delete("a..b"))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/changes/deleted/0/key"));
    assertThatThrownBy(() -> builder.id("no id"))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/update_id"));
  }
}
