package io.mnemogrid.audit;

import static io.mnemogrid.audit.Mismatched.equal;

import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a store and others say of spaces at single versions. It is collected first, and each thing
 * is compared when a replay of the space comes to its version. Used by one thread.
 */
final class Checks {
  /** Compares one thing with a space at one version; throws {@link Mismatched}. */
  interface Check {
    void at(Snapshot replayed);
  }

  private final BlobStore blobs;
  private final Map<SpaceName, TreeMap<Long, List<Check>>> checks = new HashMap<>();

  /** None yet. The documents that are named later are found in {@code blobs}. */
  Checks(BlobStore blobs) {
    this.blobs = blobs;
  }

  /** Adds a comparison with a space at a version. */
  void add(SpaceName space, long version, Check check) {
    checks
        .computeIfAbsent(space, _ -> new TreeMap<>())
        .computeIfAbsent(version, _ -> new ArrayList<>())
        .add(check);
  }

  /** The comparisons with one space, by version. */
  TreeMap<Long, List<Check>> of(SpaceName space) {
    return checks.getOrDefault(space, new TreeMap<>());
  }

  /** Forgets a space whose comparisons were made. */
  void done(SpaceName space) {
    checks.remove(space);
  }

  /** The spaces whose comparisons were not made yet. */
  Set<SpaceName> left() {
    return checks.keySet();
  }

  /** Compares both roots of a head with a replay. */
  static void head(String where, Head head, Snapshot snapshot) {
    equal(where, "the state root", head.stateRoot(), snapshot.head().root());
    equal(where, "the log root", head.logRoot(), snapshot.logRoot());
  }

  /**
   * A document that a manifest names must be that of its version, and must be found by its address.
   */
  void document(String where, SpaceName space, long version, ContentAddress address) {
    DocumentPlace place =
        blobs
            .document(address, space)
            .orElseThrow(() -> new Mismatched(where, "nothing says where its snapshot comes from"));
    document(where, place, address);
    if (!place.equals(new DocumentPlace(space, version))) {
      document(where, new DocumentPlace(space, version), address);
    }
  }

  /** The document of a version must have this address. */
  void document(String where, DocumentPlace place, ContentAddress address) {
    SpaceName space = place.space();
    long version = place.version();
    add(
        space,
        version,
        snapshot ->
            equal(
                where,
                "the address of the document at version " + version,
                address,
                ContentAddress.of(snapshot.state().document().canonicalBytes())));
  }
}
