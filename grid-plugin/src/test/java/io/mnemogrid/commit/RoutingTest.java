package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Routing.Action;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One routing, told by hand what became of what it sent. */
class RoutingTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final long DEADLINE = Duration.ofSeconds(10).toNanos();
  private static final List<Answer> ACCEPTED =
      List.of(new Answer.Accepted(new Scribe(SPACE).set("u", "/n", Json.of(1)), false));
  private static final List<Answer> ELSEWHERE =
      List.of(new Answer.Elsewhere("this member is closing"));

  private @Nullable String owner = "b";
  private List<String> committers = List.of("b", "c");
  private boolean commitsHere = true;
  private final Map<Long, List<Answer>> told = new HashMap<>();
  private final List<Action.Send> sent = new ArrayList<>();
  private final List<Action.CommitHere> here = new ArrayList<>();
  private long tickets;

  private final Routing routing =
      new Routing(
          new Routing.View() {
            @Override
            public @Nullable String owner(SpaceName space) {
              return owner;
            }

            @Override
            public List<String> committers() {
              return committers;
            }

            @Override
            public boolean commitsHere() {
              return commitsHere;
            }
          });

  private long submit(long nanos) {
    long ticket = ++tickets;
    perform(
        routing.submit(
            new Routing.Item(
                ticket, SPACE, List.of(Deltas.set("u" + ticket, 0, "/n", Json.of(1))), DEADLINE),
            nanos));
    return ticket;
  }

  private void perform(List<Action> actions) {
    for (Action action : actions) {
      switch (action) {
        case Action.Send send -> sent.add(send);
        case Action.CommitHere commit -> here.add(commit);
        case Action.Tell tell ->
            assertThat(told.put(tell.ticket(), tell.answers())).as("told twice").isNull();
      }
    }
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private List<Answer> answers(long ticket) {
    return told.getOrDefault(ticket, List.of());
  }

  private boolean isUnknown(long ticket) {
    return answers(ticket).getFirst() instanceof Answer.Unavailable none && none.unknown();
  }

  @Test
  void theOwnerIsAskedFirst() {
    long ticket = submit(0);
    assertThat(sent).singleElement().extracting(Action.Send::to).isEqualTo("b");
    assertThat(here).isEmpty();
    perform(routing.replied(1, List.of(ACCEPTED), 1));
    assertThat(told).containsEntry(ticket, ACCEPTED);
    assertThat(routing.isBusy()).isFalse();
  }

  @Test
  void anOwnerThatClosesIsFollowedByThisProcessAtOnce() {
    long ticket = submit(0);
    perform(routing.replied(1, List.of(ELSEWHERE), 1));
    assertThat(told).isEmpty();
    assertThat(here).singleElement().extracting(each -> each.item().ticket()).isEqualTo(ticket);
    perform(routing.answeredHere(ticket, ACCEPTED, 2));
    assertThat(told).containsEntry(ticket, ACCEPTED);
  }

  @Test
  void whoHasNoCommitterAsksTheOthersAtOnce() {
    commitsHere = false;
    long ticket = submit(0);
    perform(routing.replied(1, List.of(ELSEWHERE), 1));
    perform(routing.replied(2, List.of(ELSEWHERE), 2));
    assertThat(sent).extracting(Action.Send::to).containsExactly("b", "b", "c");
    perform(routing.replied(3, List.of(ACCEPTED), 3));
    assertThat(told).containsEntry(ticket, ACCEPTED);
  }

  @Test
  void whereNobodyCommitsItIsNotAppliedAtTheDeadlineAndSaysWhy() {
    commitsHere = false;
    committers = List.of("b");
    long ticket = submit(0);
    perform(routing.replied(1, List.of(ELSEWHERE), 1));
    for (long at = 0; at <= DEADLINE; at += millis(10)) {
      perform(routing.tick(at));
      for (Action.Send send : List.copyOf(sent)) {
        perform(routing.replied(send.batch(), List.of(ELSEWHERE), at));
      }
    }
    assertThat(told.get(ticket))
        .containsExactly(
            new Answer.Unavailable(false, "no member commits now: this member is closing"));
    assertThat(sent.size()).as("not asked without a rest").isLessThan(250);
  }

  @Test
  void aSilentOwnerIsFollowedAfterItsTimeAndMayStillSpeak() {
    long ticket = submit(0);
    perform(routing.tick(millis(499)));
    assertThat(here).isEmpty();
    perform(routing.tick(millis(500)));
    assertThat(here).hasSize(1);
    perform(routing.replied(1, List.of(ACCEPTED), millis(600)));
    assertThat(told).containsEntry(ticket, ACCEPTED);
    perform(routing.answeredHere(ticket, ACCEPTED, millis(700)));
    assertThat(told).hasSize(1);
  }

  @Test
  void anOwnerThatIsGoneLeavesADoubt() {
    commitsHere = false;
    committers = List.of();
    long ticket = submit(0);
    perform(routing.failed(1, 1));
    perform(routing.tick(DEADLINE));
    assertThat(isUnknown(ticket)).as("its append may have gone through").isTrue();
  }

  @Test
  void whatIsLeftUnansweredInABatchLeavesADoubt() {
    commitsHere = false;
    committers = List.of();
    long first = submit(0);
    List<@Nullable List<Answer>> replies = new ArrayList<>();
    replies.add(null);
    perform(routing.replied(1, replies, 1));
    perform(routing.tick(DEADLINE));
    assertThat(isUnknown(first)).isTrue();
  }

  @Test
  void oneBatchIsUnderWayUntilItTakesLong() {
    submit(0);
    submit(1);
    submit(2);
    assertThat(sent).hasSize(1);
    perform(routing.tick(millis(21)));
    assertThat(sent).hasSize(2);
    assertThat(sent.getLast().items()).hasSize(2);
  }

  @Test
  void whatWaitsForAMemberThatLeavesGoesAnotherWay() {
    submit(0);
    long second = submit(1);
    assertThat(sent).hasSize(1);
    perform(routing.gone("b", 2));
    assertThat(here).extracting(each -> each.item().ticket()).containsExactly(second);
  }

  @Test
  void aCommitterThatClosesHereSendsWhatItDidNotTakeToAnother() {
    owner = null;
    commitsHere = false;
    long ticket = ++tickets;
    perform(
        routing.declinedHere(
            new Routing.Item(
                ticket, SPACE, List.of(Deltas.set("u", 0, "/n", Json.of(1))), DEADLINE),
            ELSEWHERE,
            0));
    assertThat(sent).singleElement().extracting(Action.Send::to).isEqualTo("b");
    perform(routing.replied(1, List.of(ACCEPTED), 1));
    assertThat(told).containsEntry(ticket, ACCEPTED);
  }

  @Test
  void takesSoManyAtMost() {
    for (int i = 0; i < Routing.MOST_TRIPS; i++) {
      submit(0);
    }
    long one = submit(0);
    assertThat(answers(one).getFirst())
        .isInstanceOfSatisfying(
            Answer.Unavailable.class,
            none -> {
              assertThat(none.unknown()).isFalse();
              assertThat(none.why()).contains("too much is on its way", "20000");
            });
    assertThat(sent).allSatisfy(send -> assertThat(send.items().size()).isLessThanOrEqualTo(256));
  }

  @Test
  void whatGoesAnotherWayIsKeptForItsOwnerNoLonger() {
    for (int i = 0; i < Routing.MOST_UNDER_WAY; i++) {
      submit(i * millis(30));
      perform(routing.tick(i * millis(30) + Routing.LONG.toNanos() + 1));
    }
    assertThat(sent).hasSize(Routing.MOST_UNDER_WAY);
    long ticket = submit(millis(200));
    submit(millis(200));
    assertThat(routing.waiting()).isEqualTo(2);
    perform(routing.tick(millis(200) + Routing.PATIENCE.toNanos()));
    assertThat(routing.waiting()).isZero();
    perform(routing.answeredHere(ticket, ACCEPTED, millis(701)));
    assertThat(answers(ticket)).isEqualTo(ACCEPTED);
  }

  @Test
  void takesSoManyBytesAtMostAndSendsSoManyAtOnce() {
    Json.Str large = new Json.Str("x".repeat(250_000));
    String why = "";
    long taken = 0;
    while (why.isEmpty() && taken < 1000) {
      long ticket = ++tickets;
      perform(
          routing.submit(
              new Routing.Item(
                  ticket, SPACE, List.of(Deltas.set("u" + ticket, 0, "/n", large)), DEADLINE),
              0));
      if (told.get(ticket) instanceof List<Answer> answers
          && answers.getFirst() instanceof Answer.Unavailable none) {
        why = none.why();
      } else {
        taken++;
      }
    }
    assertThat(why).contains("too much is on its way", Long.toString(Routing.MOST_BYTES));
    assertThat(taken).isBetween(200L, Routing.MOST_BYTES / 250_000);
    assertThat(sent).as("the others wait for the first").hasSize(1);
    perform(routing.replied(1, List.of(ACCEPTED), 1));
    assertThat(sent).hasSize(2);
    assertThat(sent.getLast().items()).hasSizeGreaterThan(10);
    long bytes =
        sent.getLast().items().stream()
            .flatMap(item -> item.deltas().stream())
            .mapToLong(Delta::sizeBytes)
            .sum();
    assertThat(bytes).isLessThanOrEqualTo(Routing.MOST_BYTES_IN_ONE);
  }
}
