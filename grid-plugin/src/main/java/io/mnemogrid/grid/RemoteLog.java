package io.mnemogrid.grid;

import io.mnemogrid.log.Found;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
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

  @Override
  public Instant now() {
    return storeMembers.ask(new LogRequest.Now());
  }

  @Override
  public List<LogHead> heads() {
    return storeMembers.ask(new LogRequest.Heads());
  }

  /** Of whichever member answers: all have the same store, so a mark holds at each. */
  @Override
  public HeadChanges headsSince(long mark) {
    return storeMembers.ask(new LogRequest.HeadsSince(mark));
  }

  @Override
  public List<LogHead> heads(Collection<SpaceName> spaces) {
    return storeMembers.ask(new LogRequest.HeadsOf(new ArrayList<>(spaces)));
  }

  @Override
  public long mark() {
    return storeMembers.ask(new LogRequest.Mark());
  }

  @Override
  public List<LogHead> headsAfter(String name, int limit) {
    return storeMembers.ask(new LogRequest.HeadsAfter(name, limit));
  }

  @Override
  public long spaces() {
    return storeMembers.ask(new LogRequest.Spaces());
  }

  @Override
  public Optional<LogHead> head(SpaceName space) {
    return storeMembers.ask(new LogRequest.HeadOf(space)).toOptional();
  }

  @Override
  public List<Update> read(SpaceName space, long since, int limit) {
    return storeMembers.ask(new LogRequest.Read(space, since, limit));
  }

  @Override
  public List<Hash> leafHashes(SpaceName space, long since, int limit) {
    return storeMembers.ask(new LogRequest.LeafHashes(space, since, limit));
  }

  @Override
  public Found find(SpaceName space, Collection<UpdateId> ids) {
    return storeMembers.ask(new LogRequest.Find(space, new ArrayList<>(ids)));
  }

  @Override
  public long versionAt(SpaceName space, Instant time) {
    return storeMembers.ask(new LogRequest.VersionAt(space, time));
  }

  @Override
  public Optional<Snapshot> snapshot(SpaceName space, long atMost) {
    return storeMembers
        .ask(new LogRequest.SnapshotAt(space, atMost))
        .toOptional()
        .map(Snapshot::parse);
  }

  /** Creates a space through a member that has a store. */
  boolean create(SpaceName space, String policy) {
    return storeMembers.ask(new LogRequest.Create(space, policy));
  }
}
