package io.mnemogrid.grid;

import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What a member without a store asks of the log of one that has it. */
sealed interface LogRequest extends Serializable {
  record Now() implements LogRequest {}

  record Heads() implements LogRequest {}

  record HeadOf(SpaceName space) implements LogRequest {}

  record PolicyOf(SpaceName space) implements LogRequest {}

  record Read(SpaceName space, long since, int limit) implements LogRequest {}

  record LeafHashes(SpaceName space, long since, int limit) implements LogRequest {}

  record Find(SpaceName space, ArrayList<UpdateId> ids) implements LogRequest {}

  record VersionAt(SpaceName space, Instant time) implements LogRequest {}

  record SnapshotAt(SpaceName space, long atMost) implements LogRequest {}

  record Create(SpaceName space, String policy) implements LogRequest {}

  /** The answer from {@code log}: a value, or a list of none or one for an optional. */
  default Serializable answer(UpdateLog log) {
    return switch (this) {
      case Now _ -> log.now();
      case Heads _ -> new ArrayList<>(log.heads());
      case HeadOf head -> optional(log.head(head.space).stream().toList());
      case PolicyOf policy -> optional(log.policy(policy.space).stream().toList());
      case Read read -> new ArrayList<>(log.read(read.space, read.since, read.limit));
      case LeafHashes leaves ->
          new ArrayList<>(log.leafHashes(leaves.space, leaves.since, leaves.limit));
      case Find find -> log.find(find.space, find.ids);
      case VersionAt at -> log.versionAt(at.space, at.time);
      case SnapshotAt at ->
          optional(
              log.snapshot(at.space, at.atMost).stream()
                  .map(snapshot -> snapshot.toText())
                  .toList());
      case Create create -> log.create(create.space, create.policy);
    };
  }

  private static <T extends Serializable> ArrayList<T> optional(List<T> value) {
    return new ArrayList<>(value);
  }
}
