package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Events come once, in order, also after a lost connection; another history is said loudly. */
class EventsTest {
  private static final String TAG = "0123456789abcdef";

  private static Space space(String... urls) {
    return Client.builder(urls)
        .timeout(Duration.ofMinutes(1))
        .deadline(Duration.ofSeconds(2))
        .build()
        .existing("s");
  }

  private static String commit(long version) {
    return "id: "
        + version
        + "."
        + TAG
        + "\nevent: commit\ndata: {\"version\":"
        + version
        + "}\n\n";
  }

  private static long since(FakeMember.Request request) {
    String id = request.headers().get("last-event-id");
    return Long.parseLong(id.replaceAll("\\..*", ""));
  }

  @Test
  void goesOnAfterTheLastEventAtAnyMember() throws IOException {
    // Each member sends two versions, and half of a third one that must not count.
    FakeMember.Behaviour two =
        (request, exchange) -> {
          long since = since(request);
          exchange.stream();
          exchange.write("retry: 1000\nid: " + since + "." + TAG + "\n\n:\n");
          exchange.write(commit(since + 1) + commit(since + 2));
          String half = commit(since + 3);
          exchange.write(half.substring(0, half.length() - 1));
        };
    try (FakeMember one = new FakeMember(two);
        FakeMember other = new FakeMember(two);
        Events events = space(one.url(), FakeMember.deadUrl(), other.url()).events(0)) {
      for (long version = 1; version <= 7; version++) {
        Event event = events.next();
        assertThat(event.version()).isEqualTo(version);
        assertThat(event.id()).isEqualTo(version + "." + TAG);
      }
      assertThat(one.requests()).isNotEmpty();
      assertThat(other.requests()).isNotEmpty();
      assertThat(events.lastId()).isEqualTo("7." + TAG);
    }
  }

  @Test
  void sendsItsFilters() throws IOException {
    try (FakeMember member =
            new FakeMember((request, exchange) -> {
              exchange.stream();
              exchange.write(commit(9));
            });
        Events events =
            space(member.url())
                .events(Follow.since(3).withPath("/a b").withAuthor("me").withoutValues())) {
      assertThat(events.next().version()).isEqualTo(9);
      assertThat(member.requests().get(0).target())
          .isEqualTo("/v1/spaces/s/events?path=%2Fa%20b&author=me&values=no");
    }
  }

  @Test
  void beginsAtTheHeadThatItReadBefore() throws IOException {
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          if (request.target().endsWith("/events")) {
            exchange.stream();
            exchange.write(commit(6));
          } else {
            exchange.send(200, "{}", "ETag: \"5." + TAG + "\"");
          }
        })) {
      try (Events events = space(member.url()).events()) {
        assertThat(events.next().version()).isEqualTo(6);
      }
      assertThat(member.requests().get(1).headers()).containsEntry("last-event-id", "5." + TAG);
    }
  }

  @Test
  void endsLoudlyAtAnotherHistory() throws IOException {
    try (FakeMember member =
            new FakeMember((request, exchange) -> exchange.problem(409, "other-history"));
        Events events = space(member.url()).events(5)) {
      assertThatThrownBy(events::next).isInstanceOf(OtherHistoryException.class);
      assertThat(events.hasNext()).isFalse();
    }
    try (FakeMember member =
            new FakeMember((request, exchange) -> {
              exchange.stream();
              exchange.write(commit(6) + "event: reset\ndata: {\"version\":2}\n\n");
            });
        Events events = space(member.url()).events(5)) {
      assertThat(events.next().version()).isEqualTo(6);
      assertThatThrownBy(events::next)
          .isInstanceOfSatisfying(
              OtherHistoryException.class,
              e -> assertThat(e.head().canonical()).isEqualTo("{\"version\":2}"));
    }
  }

  @Test
  void saysSoWhenAVersionIsMissing() throws IOException {
    try (FakeMember member =
            new FakeMember((request, exchange) -> {
              exchange.stream();
              exchange.write(commit(7));
            });
        Events events = space(member.url()).events(5)) {
      assertThatThrownBy(events::next).isInstanceOf(BadAnswerException.class);
    }
  }

  @Test
  void throwsWhatAnotherSendingDoesNotMend() throws IOException {
    try (FakeMember member =
            new FakeMember((request, exchange) -> exchange.problem(404, "unknown-space"));
        Events events = space(member.url()).events(5)) {
      assertThatThrownBy(events::next).isInstanceOf(ProblemException.class);
      assertThat(member.requests()).hasSize(1);
    }
  }

  @Test
  void givesUpWhereNobodyEverAnswered() throws IOException {
    try (Events events = space(FakeMember.deadUrl()).events(5)) {
      assertThatThrownBy(events::next).isInstanceOf(UnreachableException.class);
    }
  }

  @Test
  void waitsNoLongerThanItIsTold() throws IOException {
    CountDownLatch end = new CountDownLatch(1);
    try (FakeMember member =
            new FakeMember((request, exchange) -> {
              exchange.stream();
              exchange.write(":\n\n");
              end.await();
            });
        Events events = space(member.url()).events(0)) {
      assertThat(events.poll(Duration.ofMillis(300))).isEmpty();
      assertThat(events.poll(Duration.ZERO)).isEmpty();
      Thread closer = new Thread(events::close);
      closer.start();
      assertThat(events.hasNext()).isFalse(); // and does not wait for ever
    } finally {
      end.countDown();
    }
  }

  @Test
  void tellsOfFinalityByEvent()
      throws IOException, ExecutionException, InterruptedException, TimeoutException {
    List<String> status = List.of("pending", "finalized");
    int[] asked = {0};
    CountDownLatch end = new CountDownLatch(1);
    try (FakeMember member =
        new FakeMember((request, exchange) -> {
          if (request.target().contains("/finality")) {
            exchange.send(
                200,
                "{\"checkpoint\":null,\"space\":\"s\",\"status\":\""
                    + status.get(Math.min(asked[0]++, 1))
                    + "\",\"transaction\":null,\"version\":5}");
          } else if (request.target().contains("/events")) {
            exchange.stream();
            exchange.write(
                "event: checkpoint\ndata: {\"finalized_version\":5,\"space\":\"s\"}\n\n");
            end.await();
          } else {
            exchange.send(200, "{}", "ETag: \"5." + TAG + "\"");
          }
        })) {
      Finality finality = space(member.url()).whenFinal(5).get(2, TimeUnit.MINUTES);
      assertThat(finality.isFinal()).isTrue();
      assertThat(asked[0]).isEqualTo(2);
    } finally {
      end.countDown();
    }
  }
}
