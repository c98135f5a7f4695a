package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.NotApplied;
import io.mnemogrid.CommitResult.Unknown;
import io.mnemogrid.api.spaces.CommitAnswers;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the author is told when the store did not answer, which no healthy member shows. */
class CommitAnswersTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  private static final HttpRequest<?> GET = HttpRequest.GET("/");

  private static Delta delta(String id) {
    return Delta.parse(Json.parseObject(RunningServer.delta(id, 0, "/a", "1")));
  }

  /** The answer in HTTP, which is as described. */
  private static MutableHttpResponse<byte[]> response(CommitAnswers answer) {
    MutableHttpResponse<byte[]> response = answer.toResponse(HttpRequest.GET("/"));
    Map<String, List<String>> told = new HashMap<>();
    response.getHeaders().forEach(header -> told.put(header.getKey(), header.getValue()));
    Contract.served()
        .check(
            new Contract.Exchange(
                "POST",
                "/v1/spaces/" + SPACE + "/updates",
                Map.of(),
                null,
                response.code(),
                told,
                response.body()));
    return response;
  }

  private static String text(MutableHttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Test
  void neverTakesAnUnknownOutcomeForOneOrTheOther() {
    MutableHttpResponse<byte[]> one =
        response(
            CommitAnswers.of(
                GET, SPACE, delta("u-1"), new Unknown(List.of(delta("u-1")), "no answer in 10 s")));
    assertThat(one.status().getCode()).isEqualTo(HttpStatus.ACCEPTED.getCode());
    assertThat(one.header("Location")).isEqualTo("/v1/spaces/daryl/updates?update_id=u-1");
    assertThat(text(one)).contains("\"outcome\":\"unknown\"").contains("no answer in 10 s");

    Unknown unknown = new Unknown(List.of(delta("u-1")), "no answer");
    MutableHttpResponse<byte[]> list =
        response(
            CommitAnswers.of(
                GET, SPACE, List.of(delta("u-1"), delta("u-2")), List.of(unknown, unknown)));
    assertThat(list.status().getCode()).isEqualTo(HttpStatus.ACCEPTED.getCode());
    assertThat(text(list)).contains("\"update_ids\":[\"u-1\",\"u-2\"]");
  }

  @Test
  void saysWhenItWasNotApplied() {
    MutableHttpResponse<byte[]> response =
        response(CommitAnswers.of(GET, SPACE, delta("n-1"), new NotApplied("the store is away")));
    assertThat(response.status().getCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE.getCode());
    assertThat(response.header("Retry-After")).isEqualTo("1");
    assertThat(text(response)).contains("\"code\":\"not-applied\"").contains("the store is away");
  }

  @Test
  void tellsWhereItStandsWhenTheRestOfTheAnswerCannotBeWritten() {
    Delta delta = delta("c-1");
    Update update =
        Update.of(
            new Update.Fields(
                SPACE,
                7,
                delta.id(),
                delta.author(),
                delta.type(),
                0,
                delta.timestamp(),
                delta.timestamp(),
                delta.requestHash(),
                Hash.ZERO,
                Hash.ZERO,
                Changes.NONE,
                List.of(),
                List.of()));
    String half = "\uD800"; // no text that an answer could hold
    CommitResult committed = new Committed(update, List.of(half), 0, List.of(), false);
    MutableHttpResponse<byte[]> response = response(CommitAnswers.of(GET, SPACE, delta, committed));
    assertThat(response.status().getCode()).isEqualTo(HttpStatus.CREATED.getCode());
    assertThat(response.header("Location")).isEqualTo("/v1/spaces/daryl/updates/7");
    assertThat(text(response)).contains("\"outcome\":\"committed\"").contains("\"version\":7");

    MutableHttpResponse<byte[]> list =
        response(CommitAnswers.of(GET, SPACE, List.of(delta), List.of(committed)));
    assertThat(list.status().getCode()).isEqualTo(HttpStatus.CREATED.getCode());
    assertThat(text(list)).startsWith("[{").contains("\"version\":7");
  }
}
