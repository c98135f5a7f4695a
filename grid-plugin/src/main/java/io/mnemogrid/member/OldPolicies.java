package io.mnemogrid.member;

import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the policies that an older version kept beside the log into the documents, each as the
 * next version of its space, once. What this version cannot read as a policy is kept as a text at
 * {@link Reserved#OLD_POLICY}, and rules nothing. A space whose log has that update already is left
 * alone; where the store now says something else of it, that is reported, and counts for nothing.
 *
 * <p>Several members may do it at once: the append is conditional, and the id is the same.
 */
public final class OldPolicies {
  private static final Logger LOG = LoggerFactory.getLogger(OldPolicies.class);
  private static final int TRIES = 20;

  private final UpdateLog log;
  private final Replicas replicas;

  OldPolicies(UpdateLog log, Replicas replicas) {
    this.log = log;
    this.replicas = replicas;
  }

  /** What is to stand where. */
  private record Wanted(Pointer place, Json value) {
    static Wanted of(String kept) {
      try {
        Json policy = Json.parse(kept);
        Policy.parse(policy);
        return new Wanted(Reserved.POLICY, policy);
      } catch (JsonException e) {
        return new Wanted(Reserved.OLD_POLICY, Json.of(kept));
      }
    }

    Map<Pointer, Json> leaves() {
      Map<Pointer, Json> leaves = new TreeMap<>();
      State.forEachLeafOf(place, value, leaves::put);
      return leaves;
    }

    boolean isOf(Update update) {
      Map<Pointer, Json> written = new TreeMap<>();
      update.fields().changes().added().forEach(one -> written.put(one.path(), one.value()));
      update.fields().changes().modified().forEach(one -> written.put(one.path(), one.newValue()));
      return written.equals(leaves());
    }
  }

  /** Moves what was not moved yet. O(spaces with an old policy). */
  void move() {
    log.keptPolicies()
        .forEach((space, kept) -> {
          try {
            move(space, Wanted.of(kept));
          } catch (RuntimeException e) {
            // One space must not keep the others from starting; the next start tries again.
            LOG.error("space {}: its old policy was not moved into it", space, e);
          }
        });
  }

  /**
   * Where the store's table of spaces says another policy than was brought into the space, a
   * sentence each. It counts for nothing; somebody who can write the store changed it. O(spaces
   * with an old policy).
   */
  public static List<String> altered(UpdateLog log) {
    List<String> altered = new ArrayList<>();
    log.keptPolicies()
        .forEach((space, kept) ->
            moved(log, space)
                .filter(update -> !Wanted.of(kept).isOf(update))
                .ifPresent(update -> altered.add(sentence(space, update))));
    return altered;
  }

  private static String sentence(SpaceName space, Update moved) {
    return "space %s: the store's table of spaces has another policy than version %d brought into"
            .formatted(space, moved.version())
        + " the space; somebody changed it there, and it counts for nothing";
  }

  /** The update that brought it into the space. */
  private static Optional<Update> moved(UpdateLog log, SpaceName space) {
    return Optional.ofNullable(
        log.find(space, List.of(FirstVersion.ID)).updates().get(FirstVersion.ID));
  }

  private void move(SpaceName space, Wanted wanted) {
    for (int tries = 0; tries < TRIES; tries++) {
      Optional<Update> moved = moved(log, space);
      if (moved.isPresent()) {
        if (!wanted.isOf(moved.get())) {
          LOG.warn("{}", sentence(space, moved.get()));
        }
        return;
      }
      Snapshot head = log.replay(space, Long.MAX_VALUE).orElse(null);
      Update update = head == null ? null : update(head, wanted);
      if (head == null || update == null) {
        LOG.error("space {}: its old policy has no place in its document", space);
        return;
      }
      Appended appended = log.append(List.of(new Batch(head.head(), List.of(update)))).getFirst();
      if (appended instanceof Appended.Committed) {
        replicas.advance(head.plus(update));
        LOG.info(
            "space {}: its old policy is version {}, at {}", space, update.version(), wanted.place);
        return;
      }
    }
    LOG.error("space {}: its old policy was not moved into it, others write all the time", space);
  }

  /** The record that says it, or null where it has no place in the document. */
  private @Nullable Update update(Snapshot head, Wanted wanted) {
    Instant now = log.now();
    Instant committed = now.isBefore(head.head().committed()) ? head.head().committed() : now;
    Change change = new Change.Put(wanted.place, wanted.place.toString(), wanted.value, null);
    Delta.Edit edit =
        Delta.Edit.of(
            new UpdateId("policy"), // the record has another, which no author can send
            head.version(),
            FirstVersion.AUTHOR,
            committed,
            FirstVersion.TYPE,
            List.of(change),
            false,
            List.of());
    return Resolver.resolve(head.state(), head.version(), edit)
            instanceof Resolution.Accepted accepted
        ? Update.of(
            new Update.Fields(
                head.space(),
                head.version() + 1,
                FirstVersion.ID,
                edit.author(),
                edit.type(),
                edit.base(),
                edit.timestamp(),
                committed,
                edit.requestHash(),
                head.head().leafHash(),
                accepted.next().root(),
                accepted.changes(),
                accepted.superseded(),
                accepted.overrode()))
        : null;
  }
}
