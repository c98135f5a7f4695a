package io.mnemogrid.member;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredHeader;
import io.mnemogrid.grid.Answering;
import io.mnemogrid.grid.OneOrNone;
import io.mnemogrid.grid.StoreRequest;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.ArrayList;

/** What a member without a store asks of the checkpoints of one that has it. */
sealed interface CheckpointRequest<A extends Serializable> extends StoreRequest<A> {
  /** The answer from {@code of}, the checkpoints of the member that is asked. */
  A answer(GridCheckpoints of);

  @Override
  default A answer(Answering parts) {
    return answer(parts.part(GridCheckpoints.class));
  }

  record Latest() implements CheckpointRequest<OneOrNone<StoredCheckpoint>> {
    @Override
    public OneOrNone<StoredCheckpoint> answer(GridCheckpoints of) {
      return OneOrNone.of(of.latest());
    }
  }

  record Find(long number) implements CheckpointRequest<OneOrNone<StoredCheckpoint>> {
    @Override
    public OneOrNone<StoredCheckpoint> answer(GridCheckpoints of) {
      return OneOrNone.of(of.find(number));
    }
  }

  record Before(long number, int limit) implements CheckpointRequest<ArrayList<StoredCheckpoint>> {
    @Override
    public ArrayList<StoredCheckpoint> answer(GridCheckpoints of) {
      return new ArrayList<>(of.list(number, limit));
    }
  }

  record Blob(ContentAddress address) implements CheckpointRequest<OneOrNone<byte[]>> {
    @Override
    public OneOrNone<byte[]> answer(GridCheckpoints of) {
      return OneOrNone.of(of.blob(address));
    }
  }

  record DocumentSpace(ContentAddress address, Grant grant)
      implements CheckpointRequest<OneOrNone<SpaceName>> {
    @Override
    public OneOrNone<SpaceName> answer(GridCheckpoints of) {
      return OneOrNone.of(of.documentSpace(address, grant));
    }
  }

  record Document(ContentAddress address, SpaceName space)
      implements CheckpointRequest<OneOrNone<byte[]>> {
    @Override
    public OneOrNone<byte[]> answer(GridCheckpoints of) {
      return OneOrNone.of(of.document(address, space));
    }
  }

  record Covering(SpaceName space, long version)
      implements CheckpointRequest<OneOrNone<StoredCheckpoint>> {
    @Override
    public OneOrNone<StoredCheckpoint> answer(GridCheckpoints of) {
      return OneOrNone.of(of.covering(space, version));
    }
  }

  record FinalizedVersion(SpaceName space) implements CheckpointRequest<Long> {
    @Override
    public Long answer(GridCheckpoints of) {
      return of.finalizedVersion(space);
    }
  }

  record HeldSpaces() implements CheckpointRequest<ArrayList<Held>> {
    @Override
    public ArrayList<Held> answer(GridCheckpoints of) {
      return new ArrayList<>(of.held());
    }
  }

  record NewestFinal() implements CheckpointRequest<OneOrNone<StoredHeader>> {
    @Override
    public OneOrNone<StoredHeader> answer(GridCheckpoints of) {
      return OneOrNone.of(of.newestFinal());
    }
  }

  record Unfinished(int limit) implements CheckpointRequest<ArrayList<StoredHeader>> {
    @Override
    public ArrayList<StoredHeader> answer(GridCheckpoints of) {
      return new ArrayList<>(of.unfinished(limit));
    }
  }

  record AuditedVersion(SpaceName space) implements CheckpointRequest<Long> {
    @Override
    public Long answer(GridCheckpoints of) {
      return of.auditedVersion(space);
    }
  }

  record Leader() implements CheckpointRequest<String> {
    @Override
    public String answer(GridCheckpoints of) {
      return of.leader();
    }
  }
}
