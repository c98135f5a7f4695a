package io.mnemogrid.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpRequest;
import io.mnemogrid.state.SpaceName;
import org.junit.jupiter.api.Test;

class ProblemTest {
  private static String retryAfter(Problem problem) {
    String after = problem.toResponse(HttpRequest.GET("/")).getHeaders().get("Retry-After");
    return after == null ? "" : after;
  }

  @Test
  void asksNobodyToComeAgainForWhatDoesNotMendItself() {
    assertThat(retryAfter(Problem.unavailable("store-unavailable", "it is away"))).isEqualTo("1");
    assertThat(retryAfter(Problem.checkpointDamaged("checkpoint 3: no manifest"))).isEmpty();
    assertThat(retryAfter(Problem.logDamaged(SpaceName.of("a"), 3, "it is gone"))).isEmpty();
  }
}
