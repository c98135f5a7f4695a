package io.mnemogrid.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.StreamSerializer;
import io.mnemogrid.log.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A snapshot between members: its canonical text; reading it recomputes and checks its root. */
final class SnapshotSerializer implements StreamSerializer<Snapshot> {
  @Override
  public int getTypeId() {
    return 7701;
  }

  @Override
  public void write(ObjectDataOutput out, Snapshot snapshot) throws IOException {
    out.writeByteArray(snapshot.toText().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Snapshot read(ObjectDataInput in) throws IOException {
    return Snapshot.parse(Objects.requireNonNull(in.readByteArray()));
  }
}
