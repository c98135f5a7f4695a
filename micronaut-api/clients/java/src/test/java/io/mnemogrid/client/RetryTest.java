package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A call is sent again until it is answered for good, a write under one id. */
class RetryTest {
  private static final String ROOT = "\"root\":\"" + Hash.sha256() + "\"";
  private static final String COMMITTED =
      "{\"applied\":[],\"outcome\":\"applied\",\"overrode\":[],"
          + ROOT
          + ",\"space\":\"s\",\"superseded\":[],\"update_id\":\"u\",\"version\":1}";
  private static final String NOTHING_THERE = "{\"items\":[],\"next\":null}";

  private static Space space(String... urls) {
    return space(Duration.ofSeconds(4), Duration.ofMinutes(2), urls);
  }

  /** A client that gives up soon, but that waits for each answer. */
  private static Space impatient(String url) {
    return space(Duration.ofMinutes(1), Duration.ofSeconds(2), url);
  }

  private static Space space(Duration timeout, Duration deadline, String... urls) {
    return Client.builder(urls)
        .author("me")
        .timeout(timeout)
        .deadline(deadline)
        .build()
        .existing("s");
  }

  private static Delta delta() {
    return new Delta().base(0).set("a", 1);
  }

  /** Plays each behaviour once; the last one goes on. */
  private static FakeMember.Behaviour script(FakeMember.Behaviour... steps) {
    Iterator<FakeMember.Behaviour> left = List.of(steps).iterator();
    FakeMember.Behaviour[] now = {null};
    return (request, exchange) -> {
      synchronized (left) {
        if (left.hasNext()) {
          now[0] = left.next();
        }
      }
      now[0].answer(request, exchange);
    };
  }

  private static FakeMember.Behaviour problem(int status, String code, String... headers) {
    return (request, exchange) -> exchange.problem(status, code, headers);
  }

  private static FakeMember.Behaviour answer(int status, String body) {
    return (request, exchange) -> exchange.send(status, body);
  }

  private static final FakeMember.Behaviour LOST = (request, exchange) -> {};
  private static final FakeMember.Behaviour SILENT =
      (request, exchange) -> Thread.sleep(Duration.ofMinutes(1).toMillis());

  @Test
  void sendsTheSameBytesUntilTheOutcomeIsKnown() throws IOException {
    try (FakeMember member =
        new FakeMember(
            script(
                LOST,
                SILENT,
                answer(202, "{}"),
                problem(500, "internal"),
                problem(503, "not-applied"),
                answer(201, COMMITTED)))) {
      assertThat(space(member.url()).commit(delta()).version()).isEqualTo(1);
      assertThat(member.requests()).hasSize(6);
      assertThat(
              member.requests().stream().map(FakeMember.Request::body).collect(Collectors.toSet()))
          .hasSize(1);
      assertThat(member.requests().get(0).headers()).containsEntry("prefer", "return=minimal");
    }
  }

  @Test
  void goesToTheNextMemberWhenOneIsAway() throws IOException {
    try (FakeMember member = new FakeMember(answer(201, COMMITTED))) {
      Space space = space(FakeMember.deadUrl(), member.url());
      assertThat(space.commit(delta()).version()).isEqualTo(1);
      assertThat(space.commit(delta()).version()).isEqualTo(1);
      assertThat(member.requests()).hasSize(2);
    }
  }

  @Test
  void saysThatTheOutcomeIsUnknownWithTheId() throws IOException {
    try (FakeMember member = new FakeMember(script(LOST, problem(503, "not-applied")))) {
      Delta delta = delta();
      assertThatThrownBy(() -> impatient(member.url()).commit(delta))
          .isInstanceOfSatisfying(
              OutcomeUnknownException.class,
              e -> assertThat(e.updateId()).isEqualTo(delta.updateId()))
          .hasMessageContaining(delta.updateId());
    }
  }

  @Test
  void knowsThatNothingWasAppliedWhereNoSendingMayHaveBeen() throws IOException {
    try (FakeMember member = new FakeMember(problem(503, "not-applied"))) {
      assertThatThrownBy(() -> impatient(member.url()).commit(delta()))
          .isInstanceOf(ProblemException.class);
    }
    assertThatThrownBy(() -> impatient(FakeMember.deadUrl()).commit(delta()))
        .isInstanceOf(UnreachableException.class);
  }

  @Test
  void waitsAsLongAsItIsAsked() throws IOException {
    try (FakeMember member =
        new FakeMember(script(problem(429, "rate", "Retry-After: 1"), answer(201, COMMITTED)))) {
      long before = System.nanoTime();
      space(member.url()).commit(delta());
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isGreaterThan(Duration.ofMillis(990));
    }
  }

  @Test
  void doesNotWaitBeyondItsDeadline() throws IOException {
    try (FakeMember member = new FakeMember(problem(429, "rate", "Retry-After: 3600"))) {
      assertThatThrownBy(() -> impatient(member.url()).commit(delta()))
          .isInstanceOfSatisfying(
              ProblemException.class, e -> assertThat(e.status()).isEqualTo(429));
      assertThat(member.requests()).hasSize(1);
    }
  }

  @Test
  void throwsARefusalAtOnceWithAllThatItSays() throws IOException {
    try (FakeMember member = new FakeMember(problem(409, "strict-conflict"))) {
      assertThatThrownBy(() -> space(member.url()).commit(delta()))
          .isInstanceOfSatisfying(
              ProblemException.class,
              e -> {
                assertThat(e.status()).isEqualTo(409);
                assertThat(e.code()).isEqualTo("strict-conflict");
                assertThat(e.detail()).isEqualTo("why");
                assertThat(e.hint()).isEqualTo("do");
                assertThat(e.requestId()).isEqualTo("r-1");
                assertThat(e.errors()).isEmpty();
              });
      assertThat(member.requests()).hasSize(1);
    }
  }

  @Test
  void asksTheLogBeforeItBelievesARefusalOfWhatMayBeThere() throws IOException {
    FakeMember.Behaviour post =
        script(LOST, problem(412, "precondition-failed"), answer(200, COMMITTED));
    String record = Vectors.read("log.json").member("updates").items().get(0).value().canonical();
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          if (request.method().equals("POST")) {
            post.answer(request, exchange);
          } else {
            exchange.send(200, "{\"items\":[" + record + "],\"next\":null}");
          }
        })) {
      assertThat(space(member.url()).commit(delta()).version()).isEqualTo(1);
    }
  }

  @Test
  void saysUnknownWhereARefusalMayPassAndAnEarlierSendingMayStillCome() throws IOException {
    FakeMember.Behaviour post = script(LOST, problem(507, "quota"));
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          if (request.method().equals("POST")) {
            post.answer(request, exchange);
          } else {
            exchange.send(200, NOTHING_THERE);
          }
        })) {
      assertThatThrownBy(() -> space(member.url()).commit(delta()))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasCauseInstanceOf(ProblemException.class);
    }
  }

  @Test
  void readsAgainFromAnotherMember() throws IOException {
    try (FakeMember broken = new FakeMember(problem(503, "busy"));
        FakeMember member =
            new FakeMember(
                (request, exchange) -> exchange.send(200, "7", "ETag: \"3.0123456789abcdef\""))) {
      Reading reading = space(broken.url(), member.url()).read("a b/ü");
      assertThat(reading.value()).isEqualTo(Json.of(7));
      assertThat(reading.version()).isEqualTo(3);
      assertThat(member.requests().get(0).target()).endsWith("/state?path=a%20b%2F%C3%BC");
    }
  }

  @Test
  void takesNoRedirectForASuccess() throws IOException {
    try (FakeMember member =
        new FakeMember((request, exchange) ->
            exchange.send(307, COMMITTED, "Location: http://127.0.0.1:1/"))) {
      assertThatThrownBy(() -> space(member.url()).commit(delta()))
          .isInstanceOfSatisfying(
              ProblemException.class, e -> assertThat(e.status()).isEqualTo(307));
      assertThat(member.requests()).hasSize(1);
    }
  }

  @Test
  void takesItsBaseFromTheTagThatItNames() throws IOException {
    try (FakeMember member = new FakeMember(answer(201, COMMITTED))) {
      space(member.url()).commit(new Delta().set("a", null).ifMatch("7.0123456789abcdef"));
      FakeMember.Request request = member.requests().get(0);
      assertThat(request.json().find("/base")).contains(Json.of(7));
      assertThat(request.json().find("/changes/added/0/value")).contains(Json.of(null));
      assertThat(request.headers()).containsEntry("if-match", "\"7.0123456789abcdef\"");
    }
  }

  @Test
  void sendsAPatchUnderOneId() throws IOException {
    try (FakeMember member = new FakeMember(script(LOST, answer(201, COMMITTED)))) {
      Patch patch = Patch.steps(List.of()).type("t");
      space(member.url()).patch(patch);
      for (FakeMember.Request request : member.requests()) {
        assertThat(request.method()).isEqualTo("PATCH");
        assertThat(request.headers())
            .containsEntry("idempotency-key", patch.updateId())
            .containsEntry("mnemogrid-author", "me")
            .containsEntry("mnemogrid-type", "t")
            .containsEntry("content-type", "application/json-patch+json");
      }
      assertThat(member.requests()).hasSize(2);
    }
  }

  @Test
  void doesNotAskAgainForWhatIsDamaged() throws IOException {
    try (FakeMember member = new FakeMember(problem(503, "log-damaged"))) {
      assertThatThrownBy(() -> space(member.url()).head()).isInstanceOf(ProblemException.class);
      assertThat(member.requests()).hasSize(1);
    }
  }

  @Test
  void takesNoAnswerThatIsTooLarge() throws IOException {
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          exchange.write("HTTP/1.1 200 X\r\nContent-Length: 17000000\r\n\r\n");
          for (int i = 0; i < 17; i++) {
            exchange.write(" ".repeat(1_000_000));
          }
        })) {
      Space space =
          Client.builder(member.url()).timeout(Duration.ofMinutes(2)).build().existing("s");
      assertThatThrownBy(space::document).isInstanceOf(BadAnswerException.class);
    }
  }

  @Test
  void saysSoWhenAnAnswerIsNoJson() throws IOException {
    try (FakeMember member = new FakeMember(answer(200, "<html>"))) {
      assertThatThrownBy(() -> space(member.url()).head()).isInstanceOf(BadAnswerException.class);
    }
  }

  @Test
  void computesAgainWhenAnotherCameFirst() throws IOException {
    int[] version = {4};
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          String tag = "\"" + version[0] + ".0123456789abcdef\"";
          if (request.method().equals("GET")) {
            exchange.send(200, Integer.toString(version[0]), "ETag: " + tag);
            version[0] += version[0] < 6 ? 1 : 0; // another comes first, twice
          } else if (request.headers().get("if-match").equals(tag)) {
            exchange.send(201, COMMITTED);
          } else {
            exchange.problem(412, "precondition-failed");
          }
        })) {
      space(member.url()).compute("n", there -> Json.of(there.orElseThrow().number() + 1));
      List<FakeMember.Request> requests = member.requests();
      assertThat(requests).hasSize(6);
      Json last = requests.get(5).json();
      assertThat(last.find("/changes/added/0/value")).contains(Json.of(7));
      assertThat(last.find("/base")).contains(Json.of(6));
      assertThat(
              requests.stream()
                  .filter(request -> request.method().equals("POST"))
                  .map(request -> request.json().find("/update_id"))
                  .distinct())
          .hasSize(3);
    }
  }

  @Test
  void takesATurnAtOneVersionAndWarnsOfALongSummary() throws IOException {
    String summary = "x".repeat(2001);
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          if (request.method().equals("GET")) {
            exchange.send(
                200,
                "{\"policies\":{},"
                    + ROOT
                    + ",\"space\":\"s\",\"summary\":\""
                    + summary
                    + "\",\"version\":9}",
                "ETag: \"9.0123456789abcdef\"");
          } else {
            exchange.send(201, COMMITTED);
          }
        })) {
      Space space = space(member.url());
      Turned turned =
          space.turn(turn -> {
            assertThat(turn.warning()).hasValueSatisfying(w -> assertThat(w).contains("2001"));
            turn.set("facts.a", turn.version());
          });
      assertThat(turned.version()).isEqualTo(1);
      assertThat(member.requests().get(1).json().find("/base")).contains(Json.of(9));
      Turned silent = space.turn(turn -> {});
      assertThat(silent.committed()).isEmpty();
      assertThat(silent.version()).isEqualTo(9);
    }
  }

  @Test
  void readsAListAPageAtATime() throws IOException {
    String head = "{\"space\":\"%s\",\"version\":0,\"root\":\"" + Hash.sha256() + "\"}";
    try (FakeMember member =
        new FakeMember((request, exchange) ->
            exchange.send(
                200,
                request.target().contains("cursor=a")
                    ? "{\"items\":[" + head.formatted("b") + "],\"next\":null}"
                    : "{\"items\":[" + head.formatted("a") + "],\"next\":\"a\"}"))) {
      assertThat(Client.builder(member.url()).build().spaces()).containsExactly("a", "b");
    }
  }
}
