package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Recall;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One committer with a log in memory, played by hand: a test submits, lets it step, and has what it
 * asks performed against the log, or does that itself. The time stands still.
 */
public final class CommitterRun {
  /** When a request is given up that names no time. */
  static final long USUAL_DEADLINE = 1000;

  private static final int STEPS = 10; // more than one request takes
  private static final int PAGE = 100;

  /** The log. */
  public final MemoryUpdateLog log;

  final Committer committer;
  final Map<Long, List<Answer>> told = new HashMap<>();

  /** What it raised alarm about. */
  public final List<Action> alarms = new ArrayList<>();

  /** The heads that were published, the newest last. */
  public final List<Action.Publish> published = new ArrayList<>();

  int appends;
  int checks;
  private final Instant now;
  private int reads;
  private long tickets;

  /** A committer at that time, and spaces without a version. */
  public CommitterRun(Instant now, SpaceName... spaces) {
    this(now, new Committer(), spaces);
  }

  CommitterRun(Instant now, Committer committer, SpaceName... spaces) {
    this.now = now;
    this.committer = committer;
    this.log = new MemoryUpdateLog(() -> now);
    for (SpaceName space : spaces) {
      log.create(space, "{}");
    }
  }

  /** How often the log was asked for what a head has forgotten. */
  public int reads() {
    return reads;
  }

  /** Submits one request; its ticket. */
  public long submit(SpaceName space, Delta... deltas) {
    return submit(space, Condition.NONE, USUAL_DEADLINE, deltas);
  }

  long submit(SpaceName space, Condition condition, long deadline, Delta... deltas) {
    committer.submit(
        new Request(++tickets, space, List.of(deltas), Sending.trusted(condition), deadline));
    return tickets;
  }

  List<Action> step() {
    return committer.step(now, 0);
  }

  /** Steps and performs until nothing of a usual request is left to do. */
  public void settle() {
    for (int i = 0; i < STEPS; i++) {
      perform(step());
    }
  }

  /** Performs these actions against the log, and all that follow from them. */
  void perform(List<Action> first) {
    Deque<Action> actions = new ArrayDeque<>(first);
    while (!actions.isEmpty()) {
      actions.addAll(perform(actions.remove()));
    }
  }

  private List<Action> perform(Action action) {
    switch (action) {
      case Action.Append append -> {
        appends++;
        return committer.appended(log.append(append.batches()));
      }
      case Action.Load load -> {
        return committer.loaded(load.space(), log.replay(load.space(), Long.MAX_VALUE));
      }
      case Action.CatchUp catchUp -> {
        return committer.caughtUp(
            catchUp.space(),
            log.head(catchUp.space()).orElseThrow(),
            log.read(catchUp.space(), catchUp.since(), PAGE));
      }
      case Action.Check check -> {
        checks++;
        return committer.checked(
            check.space(), log.head(check.space()), log.find(check.space(), check.ids()));
      }
      case Action.ReadOld old -> {
        reads++;
        if (log.remembered(old.space()) < old.upTo()) {
          log.rememberAll(old.space());
        }
        Recall wanted = old.wanted();
        return committer.recalled(
            old, log.recall(old.space(), wanted.since(), wanted.at(), wanted.around()));
      }
      case Action.Resolve resolve -> {
        resolve.aside().resolve();
        return committer.resolved(resolve.space());
      }
      case Action.Tell tell ->
          assertThat(told.put(tell.ticket(), tell.answers())).as("told twice").isNull();
      case Action.Publish publish -> published.add(publish);
      case Action.Alarm alarm -> alarms.add(alarm);
    }
    return List.of();
  }

  /** What a ticket's request was told. */
  public List<Answer> answers(long ticket) {
    return Objects.requireNonNull(told.get(ticket), "not told: " + ticket);
  }

  /** The one answer to a request of one delta. */
  Answer answer(long ticket) {
    assertThat(answers(ticket)).as("answers to ticket %d", ticket).hasSize(1);
    return answers(ticket).getFirst();
  }

  Update accepted(long ticket) {
    assertThat(answer(ticket)).isInstanceOf(Answer.Accepted.class);
    return ((Answer.Accepted) answer(ticket)).update();
  }

  Refusal refusal(long ticket) {
    assertThat(answer(ticket)).isInstanceOf(Answer.Refused.class);
    return ((Answer.Refused) answer(ticket)).refusal();
  }

  /** Another member's commit. */
  void elsewhere(SpaceName space, Delta... deltas) {
    Committer there = new Committer();
    there.submit(new Request(1, space, List.of(deltas), USUAL_DEADLINE));
    there.loaded(space, log.replay(space, Long.MAX_VALUE));
    Action.Append append = (Action.Append) there.step(now, 0).getLast();
    there.appended(log.append(append.batches()));
  }
}
