package io.mnemogrid.grid;

import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;

/** What a member without a store asks of the log of one that has it. */
sealed interface LogRequest<A extends Serializable> extends StoreRequest<A> {
  /** The answer from {@code log}. */
  A answer(UpdateLog log);

  @Override
  default A answer(Answering parts) {
    return answer(parts.part(UpdateLog.class));
  }

  record Now() implements LogRequest<Instant> {
    @Override
    public Instant answer(UpdateLog log) {
      return log.now();
    }
  }

  record Heads() implements LogRequest<ArrayList<LogHead>> {
    @Override
    public ArrayList<LogHead> answer(UpdateLog log) {
      return new ArrayList<>(log.heads());
    }
  }

  record Mark() implements LogRequest<Long> {
    @Override
    public Long answer(UpdateLog log) {
      return log.mark();
    }
  }

  record HeadsSince(long mark) implements LogRequest<HeadChanges> {
    @Override
    public HeadChanges answer(UpdateLog log) {
      return log.headsSince(mark);
    }
  }

  record HeadsOf(ArrayList<SpaceName> spaces) implements LogRequest<ArrayList<LogHead>> {
    @Override
    public ArrayList<LogHead> answer(UpdateLog log) {
      return new ArrayList<>(log.heads(spaces));
    }
  }

  record HeadsAfter(String name, int limit) implements LogRequest<ArrayList<LogHead>> {
    @Override
    public ArrayList<LogHead> answer(UpdateLog log) {
      return new ArrayList<>(log.headsAfter(name, limit));
    }
  }

  record Spaces() implements LogRequest<Long> {
    @Override
    public Long answer(UpdateLog log) {
      return log.spaces();
    }
  }

  record HeadOf(SpaceName space) implements LogRequest<OneOrNone<LogHead>> {
    @Override
    public OneOrNone<LogHead> answer(UpdateLog log) {
      return OneOrNone.of(log.head(space));
    }
  }

  record Read(SpaceName space, long since, int limit) implements LogRequest<ArrayList<Update>> {
    @Override
    public ArrayList<Update> answer(UpdateLog log) {
      return new ArrayList<>(log.read(space, since, limit));
    }
  }

  record LeafHashes(SpaceName space, long since, int limit) implements LogRequest<ArrayList<Hash>> {
    @Override
    public ArrayList<Hash> answer(UpdateLog log) {
      return new ArrayList<>(log.leafHashes(space, since, limit));
    }
  }

  record Find(SpaceName space, ArrayList<UpdateId> ids) implements LogRequest<Found> {
    @Override
    public Found answer(UpdateLog log) {
      return log.find(space, ids);
    }
  }

  record VersionAt(SpaceName space, Instant time) implements LogRequest<Long> {
    @Override
    public Long answer(UpdateLog log) {
      return log.versionAt(space, time);
    }
  }

  /** The snapshot as its text. */
  record SnapshotAt(SpaceName space, long atMost) implements LogRequest<OneOrNone<String>> {
    @Override
    public OneOrNone<String> answer(UpdateLog log) {
      return OneOrNone.of(log.snapshot(space, atMost).map(snapshot -> snapshot.toText()));
    }
  }

  record Create(SpaceName space, String policy) implements LogRequest<Boolean> {
    @Override
    public Boolean answer(UpdateLog log) {
      return FirstVersion.create(log, space, policy);
    }
  }
}
