package io.mnemogrid.grid;

import io.mnemogrid.log.Found;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The log as a member without a store reads it: through the members that have one. */
final class RemoteLog implements LogReader {
  private final StoreMembers storeMembers;

  RemoteLog(StoreMembers storeMembers) {
    this.storeMembers = storeMembers;
  }

  @SuppressWarnings("unchecked") // LogRequest.answer gives each request this type
  private <T> T ask(LogRequest request) {
    return (T) storeMembers.ask((Serializable) request);
  }

  private <T> Optional<T> askOptional(LogRequest request) {
    List<T> answer = ask(request);
    return answer.stream().findFirst();
  }

  @Override
  public Instant now() {
    return ask(new LogRequest.Now());
  }

  @Override
  public List<LogHead> heads() {
    return ask(new LogRequest.Heads());
  }

  @Override
  public Optional<LogHead> head(SpaceName space) {
    return askOptional(new LogRequest.HeadOf(space));
  }

  @Override
  public Optional<String> policy(SpaceName space) {
    return askOptional(new LogRequest.PolicyOf(space));
  }

  @Override
  public List<Update> read(SpaceName space, long since, int limit) {
    return ask(new LogRequest.Read(space, since, limit));
  }

  @Override
  public List<Hash> leafHashes(SpaceName space, long since, int limit) {
    return ask(new LogRequest.LeafHashes(space, since, limit));
  }

  @Override
  public Found find(SpaceName space, Collection<UpdateId> ids) {
    return ask(new LogRequest.Find(space, new ArrayList<>(ids)));
  }

  @Override
  public long versionAt(SpaceName space, Instant time) {
    Long version = ask(new LogRequest.VersionAt(space, time));
    return version;
  }

  @Override
  public Optional<Snapshot> snapshot(SpaceName space, long atMost) {
    Optional<String> text = askOptional(new LogRequest.SnapshotAt(space, atMost));
    return text.map(Snapshot::parse);
  }

  /** Creates a space through a member that has a store. */
  boolean create(SpaceName space, String policy) {
    Boolean created = ask(new LogRequest.Create(space, policy));
    return created;
  }
}
