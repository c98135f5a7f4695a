package io.mnemogrid.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Trouble;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests to members that have a store: one after the other until one answers. */
public final class StoreMembers {
  private static final Logger LOG = LoggerFactory.getLogger(StoreMembers.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final HazelcastInstance instance;
  private final Silent silent = new Silent(System::nanoTime);

  StoreMembers(HazelcastInstance instance) {
    this.instance = instance;
  }

  /**
   * The answer of some member that has a store; for requests that may be asked twice. A member that
   * did not answer in {@link #PATIENCE} is asked last for {@link Silent#LAST}.
   *
   * @throws LogUnavailable when none answers, or the store that they all have is full or refuses it
   * @throws BrokenHistory when the log that they all read is damaged
   */
  public <A extends Serializable> A ask(StoreRequest<A> request) {
    List<Member> members = new ArrayList<>(withStore(instance));
    Collections.shuffle(members);
    Throwable last = new TimeoutException("no member with a store is in the grid");
    for (Member member : silent.last(members, Member::getUuid)) {
      try {
        Future<A> asked =
            instance
                .getExecutorService(GridNames.CALLS)
                .submitToMember(new MemberTask<>(request), member);
        A answer = asked.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        silent.answered(member.getUuid());
        return answer;
      } catch (TimeoutException e) {
        silent.didNotAnswer(member.getUuid());
        last = e;
      } catch (HazelcastException | IllegalStateException | RejectedExecutionException e) {
        last = e; // a member that shuts down throws an IllegalStateException, no HazelcastException
      } catch (ExecutionException e) {
        last = e.getCause() == null ? e : e.getCause();
        if (last instanceof BrokenHistory broken) {
          throw new BrokenHistory(broken.space(), broken.version(), broken.what());
        }
        if (last instanceof LogUnavailable said && said.trouble() != Trouble.AWAY) {
          throw said; // all have the same store
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw unavailable(e);
      }
    }
    throw unavailable(last);
  }

  private static LogUnavailable unavailable(Throwable cause) {
    return new LogUnavailable(
        LogUnavailable.Outcome.NOT_APPLIED,
        "no member with a store answers: " + cause.getMessage(),
        cause);
  }

  /** The other members that have a store; none once this process has left the grid. */
  static List<Member> withStore(HazelcastInstance instance) {
    try {
      return instance.getCluster().getMembers().stream()
          .filter(member -> !member.isLiteMember() && !member.localMember())
          .toList();
    } catch (HazelcastException | IllegalStateException e) {
      LOG.debug("the grid names no members: this one has left it", e);
      return List.of();
    }
  }
}
