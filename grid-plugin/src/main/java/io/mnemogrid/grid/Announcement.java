package io.mnemogrid.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Updates of one space that were just committed, one after the other up to the last. They travel as
 * their canonical texts in UTF-8. An announcement without updates says that the log has news.
 */
final class Announcement implements DataSerializable {
  /** Updates with more bytes of text than this are left out. */
  static final int LARGEST = 512 << 10;

  private String space = "";
  private long last;
  private List<byte[]> records = List.of();

  /** Empty, to be filled by {@code readData}. */
  @SuppressWarnings("unused") // called by Hazelcast
  Announcement() {}

  /**
   * Announces updates, at least one. If their records have more than {@link #LARGEST} bytes
   * together, only space and version are sent, and the receivers read the log.
   */
  Announcement(List<Update> updates) {
    space = updates.getLast().space().text();
    last = updates.getLast().version();
    if (updates.stream().mapToInt(Update::sizeBytes).sum() <= LARGEST) {
      records = updates.stream().map(Update::bytes).toList();
    }
  }

  /** Their space. */
  SpaceName space() {
    return new SpaceName(space);
  }

  /** The version that they lead to. */
  long last() {
    return last;
  }

  /** The updates, parsed and hashed at each call. */
  List<Update> updates() {
    return records.stream().map(Update::parse).toList();
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeString(space);
    out.writeLong(last);
    out.writeInt(records.size());
    for (byte[] record : records) {
      out.writeByteArray(record);
    }
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    space = Objects.requireNonNull(in.readString());
    last = in.readLong();
    int count = in.readInt();
    List<byte[]> read = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      read.add(Objects.requireNonNull(in.readByteArray()));
    }
    records = read;
  }
}
