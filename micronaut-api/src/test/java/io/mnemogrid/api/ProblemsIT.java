package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.mnemogrid.api.RunningServer.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Every failure is a problem (RFC 9457), whoever found it. */
class ProblemsIT {
  private static final String SECRET = "jdbc:secret-in-a-message";
  private final RunningServer api = RunningServer.shared();

  /** Fails as nothing should. */
  @Controller("/broken")
  static final class Broken {
    @Get
    String now() {
      throw new IllegalStateException(SECRET);
    }

    @Get("/later")
    CompletableFuture<String> later() {
      return CompletableFuture.failedFuture(new IllegalStateException(SECRET));
    }
  }

  @Test
  void saysNothingOfWhatBroke() {
    for (String path : new String[] {"/broken", "/broken/later"}) {
      Answer broken = api.get(path).isProblem(500, "internal");
      assertThat(broken.text()).doesNotContain("secret").doesNotContain("Exception");
      assertThat(broken.string("request_id")).isNotEmpty();
    }
  }

  @Test
  void coversWhatTheServerItselfRefuses() {
    api.get("/no/such/place").isProblem(404, "not-found");
    api.get("/").isProblem(404, "not-found");
    assertThat(
            api.send("DELETE", "/v1/spaces", "")
                .isProblem(405, "method-not-allowed")
                .header("allow"))
        .contains("GET");
    api.get("/v1/spaces", "Accept", "image/png").isProblem(406, "not-acceptable");
    String space = api.newSpace();
    api.send("POST", "/v1/spaces/" + space + "/updates", "a=b", "Content-Type", "text/plain")
        .isProblem(415, "unsupported-media-type");
    api.send(
            "POST",
            "/v1/spaces/" + space + "/updates",
            "a=b",
            "Content-Type",
            "application/x-www-form-urlencoded")
        .isProblem(415, "unsupported-media-type");
    api.send("PUT", "/v1/spaces/" + space, "a=b", "Content-Type", "text/plain")
        .isProblem(415, "unsupported-media-type");
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    String space = api.newSpace();
    String large = RunningServer.delta("big", 0, "/a", "\"" + "x".repeat(5 << 20) + "\"");
    api.commit(space, large).isProblem(413, "too-large");
    api.commitChunked(space, large).isProblem(413, "too-large");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  @Test
  void givesEachRequestItsOwnId() {
    assertThat(api.get("/nowhere").string("request_id"))
        .isNotEqualTo(api.get("/nowhere").string("request_id"));
  }

  @Test
  void pointsToWhatIsTooDeepOrTooLong() {
    String space = api.newSpace();
    for (String value : List.of("[".repeat(70) + "]".repeat(70), "7".repeat(1001))) {
      Answer refused =
          api.commit(space, RunningServer.delta("deep", 0, "/a", value))
              .isProblem(400, "bad-request");
      assertThat(refused.string("errors/0/pointer")).startsWith("/changes/added/0/value");
      assertThat(refused.text()).doesNotContain("StreamRead").doesNotContain("maximum");
    }
  }

  @Test
  void survivesAHalfCharacterInAPath() {
    String space = api.newSpace();
    api.get("/v1/spaces/" + space + "/state?path=/%ED%A0%80").isProblem(400, "bad-request");
  }
}
