package io.mnemogrid.audit;

import static io.mnemogrid.audit.Mismatched.equal;
import static io.mnemogrid.audit.Mismatched.reading;
import static io.mnemogrid.audit.Mismatched.table;

import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.store.StoreRows.CheckpointRow;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares the checkpoints of a store as a chain: numbers, hashes, headers, manifests, the root of
 * the forest, the rows of their spaces, and what an anchor has of them. What the manifests say of
 * single spaces becomes {@link Checks}. Used by one thread.
 */
final class CheckpointChain {
  /** Each reading looks at all rows, because their key begins with the space. */
  private static final int ENTRIES_OF_AT_ONCE = 1000;

  private final StoreRows rows;
  private final BlobStore blobs;
  private final Checks checks;
  private final Progress progress;
  private int checkpoints;
  private int finalized;

  CheckpointChain(StoreRows rows, BlobStore blobs, Checks checks, Progress progress) {
    this.rows = rows;
    this.blobs = blobs;
    this.checks = checks;
    this.progress = progress;
  }

  /** How many checkpoints were compared. */
  int checkpoints() {
    return checkpoints;
  }

  /** How many of them the store calls final. */
  int finalized() {
    return finalized;
  }

  /** Compares all checkpoints that were read, oldest first. */
  void compare(List<CheckpointRow> headers) {
    Map<Long, Map<SpaceName, Manifest.Entry>> entries = new HashMap<>();
    Map<SpaceName, Manifest.Entry> standing = new TreeMap<>(byName());
    Hash previous = Hash.ZERO;
    long number = 0;
    for (CheckpointRow row : headers) {
      String where = "checkpoint " + ++number;
      equal(where, "its number", row.number(), number);
      equal(where, "its hash", row.hash(), row.headerHash());
      Header header =
          reading(where, () -> Header.parse(row.header().getBytes(StandardCharsets.ISO_8859_1)));
      equal(where, "the number in its header", header.number(), number);
      equal(where, "the previous hash in its header", header.previous(), previous);
      equal(where, "its manifest digest", row.manifestDigest(), header.manifestDigest());
      Manifest manifest = manifest(where, header);
      if ((number - 1) % ENTRIES_OF_AT_ONCE == 0) {
        read(entries, number - 1);
      }
      Map<SpaceName, Manifest.Entry> changed =
          entries.getOrDefault(number, new TreeMap<>(byName()));
      entries.remove(number);
      for (Manifest.Entry entry : manifest.spaces()) {
        SpaceName space = entry.head().space();
        Manifest.Entry last = standing.put(space, entry);
        boolean moved = last == null || !last.head().equals(entry.head());
        entry(where, entry, last, moved);
        if (moved && !changed.containsKey(space)) {
          throw new Mismatched(where, "its row of space " + space + " is missing");
        }
      }
      changed.forEach((space, entry) ->
          equal(where + ", its row of " + space, "it", entry, entryOf(manifest, space)));
      if (number % Manifest.FULL_EVERY == 0) {
        equal(where, "the number of spaces listed", manifest.spaces().size(), standing.size());
      }
      Trie<Head> forest = Trie.empty();
      for (Manifest.Entry entry : standing.values()) {
        forest = forest.with(entry.head());
      }
      equal(where, "the forest root in its header", header.forestRoot(), forest.root());
      if (blobs.find(new ContentAddress(row.hash())).isEmpty()) {
        throw new Mismatched(where, "its header is not among the blobs");
      }
      previous = row.hash();
      checkpoints++;
      if (row.status() == Status.FINALIZED) {
        finalized++;
      }
      progress.at("checkpoints", number, headers.size());
    }
    // beyond the last header, entries may have been made since it was read
    rows.firstWithoutHeader(number)
        .ifPresent(left -> {
          throw new Mismatched("checkpoint " + left, "it has entries and no header");
        });
  }

  /** The rows of the entries of the next checkpoints, for a store may have millions of all. */
  private void read(Map<Long, Map<SpaceName, Manifest.Entry>> entries, long after) {
    table("checkpoint_space", () -> rows.entries(after, after + ENTRIES_OF_AT_ONCE))
        .forEach(row ->
            entries
                .computeIfAbsent(row.number(), _ -> new TreeMap<>(byName()))
                .put(row.entry().head().space(), row.entry()));
  }

  private static Comparator<SpaceName> byName() {
    return Comparator.comparing(SpaceName::text);
  }

  private static Object entryOf(Manifest manifest, SpaceName space) {
    return manifest.spaces().stream()
        .filter(entry -> entry.head().space().equals(space))
        .<Object>map(entry -> entry)
        .findFirst()
        .orElse("in its manifest");
  }

  private Manifest manifest(String where, Header header) {
    byte[] bytes =
        blobs
            .find(new ContentAddress(header.manifestDigest()))
            .orElseThrow(() -> new Mismatched(where, "its manifest is not among the blobs"));
    equal(where, "the digest of its manifest", Hash.sha256(bytes), header.manifestDigest());
    Manifest manifest =
        reading(where, () -> Manifest.parse(new String(bytes, StandardCharsets.UTF_8)));
    equal(where, "the number in its manifest", manifest.number(), header.number());
    equal(where, "the previous hash in its manifest", manifest.previous(), header.previous());
    return manifest;
  }

  /** A head that did not move since the entry before is compared with the log there. */
  private void entry(
      String where, Manifest.Entry entry, Manifest.@Nullable Entry last, boolean moved) {
    Head head = entry.head();
    String here = where + ", space " + head.space() + " at version " + head.version();
    if (last != null && last.head().version() > head.version()) {
      throw new Mismatched(here, "the checkpoint before had version " + last.head().version());
    }
    if (moved) {
      checks.add(head.space(), head.version(), snapshot -> Checks.head(here, head, snapshot));
    }
    if (last == null || !last.snapshot().equals(entry.snapshot())) {
      checks.document(here, head.space(), entry.snapshotVersion(), entry.snapshot());
    }
  }

  /** Compares the hash of each checkpoint with what the anchor has under its number. */
  void compare(Anchor anchor, List<CheckpointRow> headers) {
    long latest = anchor.latest();
    if (latest > headers.size()) {
      throw new Mismatched(
          "chain-ahead: " + anchor.identity(),
          "it holds checkpoint %d, the store only %d: the store is an older copy or another grid's"
              .formatted(latest, headers.size()));
    }
    for (CheckpointRow row : headers) {
      String where = "checkpoint " + row.number();
      Optional<Anchor.Anchored> anchored = anchor.find(row.number());
      if (anchored.isPresent()) {
        equal(where + " at " + anchor.identity(), "its hash", anchored.get().hash(), row.hash());
      } else if (row.status() == Status.FINALIZED) {
        throw new Mismatched(where, "the store calls it final, " + anchor.identity() + " lacks it");
      }
      progress.at("the chain", row.number(), headers.size());
    }
  }
}
