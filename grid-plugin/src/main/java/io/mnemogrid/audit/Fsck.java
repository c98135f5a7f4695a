package io.mnemogrid.audit;

import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Trie;
import io.mnemogrid.store.ReadAhead;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.store.StoreRows.CheckpointRow;
import io.mnemogrid.store.StoreRows.LogRow;
import io.mnemogrid.store.StoreRows.SpaceRow;
import io.mnemogrid.store.StoreRows.TombstoneRow;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares all that a store says with a replay of its logs from version 1, and with what others say
 * of it; stops at the first mismatch. A member may commit meanwhile: what is newer than the heads
 * that were read at the beginning is not looked at. Used once, by one thread.
 */
public final class Fsck {
  /** How much was compared. */
  public record Seen(
      int spaces, long versions, int snapshots, int audited, int checkpoints, int finalized) {}

  /** A head that somebody outside the store shows. */
  public record Claim(String who, SpaceName space, long version, Hash root, Hash logRoot) {}

  /** Compares one thing with a space at one version; throws {@link Found}. */
  private interface Check {
    void at(Snapshot snapshot);
  }

  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1;
    final transient Mismatch mismatch;

    Found(String where, String what) {
      super(what, null, false, false);
      mismatch = new Mismatch(where, what);
    }
  }

  private final StoreRows rows;
  private final Store store;
  private final Progress progress;
  private final Map<SpaceName, TreeMap<Long, List<Check>>> checks = new HashMap<>();
  private int snapshots;
  private int audited;
  private int checkpoints;
  private int finalized;
  private long versions;
  private int spaces;
  private boolean prepared;

  /** Compares what {@code rows} of {@code store} say. */
  public Fsck(StoreRows rows, Store store, Progress progress) {
    this.rows = rows;
    this.store = store;
    this.progress = progress;
  }

  /** How much was compared so far. */
  public Seen seen() {
    return new Seen(spaces, versions, snapshots, audited, checkpoints, finalized);
  }

  /**
   * The first mismatch.
   *
   * @param claims heads that members show
   * @param anchor where the checkpoints were made public
   */
  public Optional<Mismatch> run(List<Claim> claims, Optional<Anchor> anchor) {
    try {
      rows.damage()
          .ifPresent(damage -> {
            throw new Found("the database file", damage);
          });
      blobs();
      List<CheckpointRow> headers = rows.checkpoints();
      checkpoints(headers);
      anchor.ifPresent(open -> anchor(open, headers));
      auditedHeads();
      claims.forEach(this::claim);
      List<SpaceRow> all = table("space", rows::spaces);
      all.forEach(this::snapshots);
      spaces(all);
      return Optional.empty();
    } catch (Found e) {
      return Optional.of(e.mismatch);
    }
  }

  /**
   * The first mismatch of one space, or of the checkpoints, which all spaces share; for an audit of
   * many spaces by many workers. May be called for one space after the other.
   */
  public Optional<Mismatch> run(SpaceName name) {
    try {
      if (!prepared) {
        checkpoints(rows.checkpoints());
        auditedHeads();
        prepared = true;
      }
      for (SpaceRow row : rows.spaces()) {
        if (row.head().space().equals(name)) {
          versions = 0;
          snapshots(row);
          replay(row, row.head().version());
          checks.remove(name);
        }
      }
      return Optional.empty();
    } catch (Found e) {
      return Optional.of(e.mismatch);
    }
  }

  private void check(SpaceName space, long version, Check check) {
    checks
        .computeIfAbsent(space, _ -> new TreeMap<>())
        .computeIfAbsent(version, _ -> new ArrayList<>())
        .add(check);
  }

  private static void equal(String where, String what, Object found, Object wanted) {
    if (!found.equals(wanted)) {
      throw new Found(where, "%s is %s, should be %s".formatted(what, found, wanted));
    }
  }

  // checkpoints

  private void checkpoints(List<CheckpointRow> headers) {
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
      Map<SpaceName, Manifest.Entry> changed = entries(number);
      for (Manifest.Entry entry : manifest.spaces()) {
        SpaceName space = entry.head().space();
        Manifest.Entry last = standing.put(space, entry);
        boolean moved = last == null || !last.head().equals(entry.head());
        entry(where, entry, last, moved);
        if (moved && !changed.containsKey(space)) {
          throw new Found(where, "its row of space " + space + " is missing");
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
      if (store.blobs().find(new ContentAddress(row.hash())).isEmpty()) {
        throw new Found(where, "its header is not among the blobs");
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
          throw new Found("checkpoint " + left, "it has entries and no header");
        });
  }

  /** The rows of one checkpoint's entries; a store may have millions of all checkpoints. */
  private Map<SpaceName, Manifest.Entry> entries(long number) {
    Map<SpaceName, Manifest.Entry> entries = new TreeMap<>(byName());
    table("checkpoint_space", () -> rows.entries(number))
        .forEach(row -> entries.put(row.entry().head().space(), row.entry()));
    return entries;
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
        store
            .blobs()
            .find(new ContentAddress(header.manifestDigest()))
            .orElseThrow(() -> new Found(where, "its manifest is not among the blobs"));
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
      throw new Found(here, "the checkpoint before had version " + last.head().version());
    }
    if (moved) {
      check(head.space(), head.version(), snapshot -> head(here, head, snapshot));
    }
    if (last == null || !last.snapshot().equals(entry.snapshot())) {
      document(here, head.space(), entry.snapshotVersion(), entry.snapshot());
    }
  }

  private static void head(String where, Head head, Snapshot snapshot) {
    equal(where, "the state root", head.stateRoot(), snapshot.head().root());
    equal(where, "the log root", head.logRoot(), snapshot.logRoot());
  }

  /**
   * A document that a manifest names must be that of its version, and must be found by its address.
   */
  private void document(String where, SpaceName space, long version, ContentAddress address) {
    DocumentPlace place =
        store
            .blobs()
            .document(address)
            .orElseThrow(() -> new Found(where, "nothing says where its snapshot comes from"));
    document(where, place, address);
    if (!place.equals(new DocumentPlace(space, version))) {
      document(where, new DocumentPlace(space, version), address);
    }
  }

  private void document(String where, DocumentPlace place, ContentAddress address) {
    SpaceName space = place.space();
    long version = place.version();
    check(
        space,
        version,
        snapshot ->
            equal(
                where,
                "the address of the document at version " + version,
                address,
                ContentAddress.of(snapshot.state().document().canonicalBytes())));
  }

  private void anchor(Anchor anchor, List<CheckpointRow> headers) {
    long latest = anchor.latest();
    if (latest > headers.size()) {
      throw new Found(
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
        throw new Found(where, "the store calls it final, " + anchor.identity() + " lacks it");
      }
      progress.at("the chain", row.number(), headers.size());
    }
  }

  // what the audit and others say

  private void auditedHeads() {
    Map<SpaceName, ContentAddress> documents = new HashMap<>();
    for (AuditedHead row : table("verified_head", rows::verified)) {
      Head head = row.head();
      String where = "audited head of " + head.space() + " at version " + head.version();
      String problem = row.problem();
      if (problem != null) {
        check(
            head.space(),
            head.version(),
            _ -> {
              throw new Found(where, "the audit found: " + problem);
            });
        continue;
      }
      audited++;
      check(
          head.space(),
          head.version(),
          snapshot -> {
            head(where, head, snapshot);
            equal(where, "the leaf hash", row.leafHash(), snapshot.head().leafHash());
            equal(where, "the time", row.committed(), snapshot.head().committed());
          });
      if (!row.snapshot().equals(documents.put(head.space(), row.snapshot()))) {
        document(where, new DocumentPlace(head.space(), row.snapshotVersion()), row.snapshot());
      }
    }
  }

  private void claim(Claim claim) {
    String where = claim.who() + ", space " + claim.space() + " at version " + claim.version();
    check(
        claim.space(),
        claim.version(),
        snapshot -> {
          equal(where, "the root", claim.root(), snapshot.head().root());
          equal(where, "the log root", claim.logRoot(), snapshot.logRoot());
        });
  }

  private void snapshots(SpaceRow space) {
    for (long version : rows.snapshots(space.id())) {
      snapshots++;
      SpaceName name = space.head().space();
      String where = "snapshot of " + name + " at version " + version;
      check(
          name,
          version,
          replayed ->
              reading(where, () -> store.log().snapshot(name, version))
                  .filter(stored -> stored.version() == version)
                  .ifPresentOrElse(
                      stored -> {
                        if (!stored.toText().equals(replayed.toText())) {
                          throw new Found(where, "it is not what a replay of the log leads to");
                        }
                      },
                      () -> passedOver(where, space.id(), version)));
    }
  }

  /** A snapshot that the log passes over was pruned meanwhile, or cannot be read. */
  private void passedOver(String where, long space, long version) {
    if (rows.snapshots(space).contains(version)) {
      throw new Found(where, "it cannot be read");
    }
  }

  // the logs

  private void spaces(List<SpaceRow> all) {
    long total = all.stream().mapToLong(space -> space.head().version()).sum();
    for (SpaceRow space : all) {
      spaces++;
      replay(space, total);
      checks.remove(space.head().space());
    }
    checks.forEach((space, byVersion) -> {
      throw new Found("space " + space, "something names it, and the store has no such space");
    });
  }

  private void replay(SpaceRow row, long total) {
    LogHead head = row.head();
    String space = "space " + head.space();
    if (row.newest() != head.version()) {
      throw new Found(
          space,
          "its head row is at version %d, its log ends at %d"
              .formatted(head.version(), row.newest()));
    }
    TreeMap<Long, List<Check>> mine = checks.getOrDefault(head.space(), new TreeMap<>());
    Snapshot at = follow(row, space, mine, total);
    equal(space, "the root in its head row", head.root(), at.head().root());
    equal(space, "the leaf hash in its head row", head.leafHash(), at.head().leafHash());
    equal(space, "the time in its head row", head.committed(), at.head().committed());
    // the tries were trusted up to here; this is the slow obvious way
    equal(space, "its root", at.head().root(), SlowRoot.of(at.state().document()));
    if (!mine.isEmpty() && mine.lastKey() > head.version()) {
      long beyond = mine.lastKey();
      throw new Found(
          space,
          "something names version %d, its log ends at %d: the store may be an older copy"
              .formatted(beyond, head.version()));
    }
  }

  /** Reads and parses on one thread, applies on this one, compares the roots on a third. */
  private Snapshot follow(SpaceRow row, String space, TreeMap<Long, List<Check>> mine, long total) {
    long last = row.head().version();
    Snapshot at = Snapshot.ofNew(row.head().space());
    Removals removals = new Removals(rows, row, space);
    look(at, mine);
    try (Roots roots = new Roots(space);
        ReadAhead<List<Parsed>> pages = new ReadAhead<>(new Pages(rows, row, last))) {
      while (at.version() < last) {
        List<Parsed> page = pages.next();
        if (page.isEmpty()) {
          roots.settle();
          throw new Found(space + ", version " + (at.version() + 1), "it is missing");
        }
        List<Snapshot> reached = new ArrayList<>(page.size());
        try {
          for (Parsed record : page) {
            at = step(space, at, record);
            reached.add(at);
            removals.took(at, record.update().orElseThrow());
            if (mine.containsKey(at.version())) {
              roots.compare(List.copyOf(reached));
              reached.clear();
              roots.settle();
              look(at, mine);
            }
            versions++;
          }
          removals.compare();
        } catch (Found later) {
          roots.compare(reached);
          roots
              .settle(); // an earlier version may differ too, and the first mismatch is what counts
          throw later;
        }
        roots.compare(reached);
        progress.at(space, versions, total);
      }
      roots.settle();
    }
    return at;
  }

  /**
   * Compares the stored tombstones with a replay, up to the version to which the store says that it
   * has them. It holds the removals of one page of versions at a time. At that version each removal
   * must have its row or a later one, unless a leaf stands there again; and each row must be a
   * removal. A member that runs meanwhile replaces rows only by newer ones.
   */
  private static final class Removals {
    private record Removal(String path, Tag tag) {}

    private final StoreRows rows;
    private final SpaceRow row;
    private final String space;
    private final List<Removal> page = new ArrayList<>();
    private final Set<String> unkept = new HashSet<>();
    private long matched;

    Removals(StoreRows rows, SpaceRow row, String space) {
      this.rows = rows;
      this.row = row;
      this.space = space;
      if (row.remembered() > row.head().version()) {
        throw new Found(
            space,
            "its tombstones are kept up to version %d, its log ends at %d"
                .formatted(row.remembered(), row.head().version()));
      }
    }

    void took(Snapshot at, Update update) {
      if (at.version() > row.remembered()) {
        return;
      }
      for (Changes.Deleted gone : update.fields().changes().deleted()) {
        Tag tag = Objects.requireNonNull(at.state().tombstones().get(gone.path()));
        page.add(new Removal(gone.path().toString(), tag));
      }
      if (at.version() == row.remembered()) {
        compare();
        end(at);
      }
    }

    void compare() {
      Map<String, TombstoneRow> kept =
          rows.tombstones(row.id(), page.stream().map(Removal::path).distinct().toList());
      for (Removal removal : page) {
        TombstoneRow found = kept.get(removal.path);
        if (found == null || found.tag().version() < removal.tag.version()) {
          unkept.add(removal.path);
          continue;
        }
        unkept.remove(removal.path);
        if (found.tag().version() == removal.tag.version()) {
          matched++;
          equal(
              space + ", version " + removal.tag.version(),
              "the tombstone kept of " + removal.path,
              found.tag(),
              removal.tag);
        }
      }
      page.clear();
    }

    private void end(Snapshot at) {
      String where = space + ", its tombstones up to version " + at.version();
      for (String path : unkept) {
        if (at.state().leaf(Pointer.parse(path)) == null) {
          throw new Found(where, "that of " + path + " is not kept");
        }
      }
      long all = rows.tombstones(row.id(), at.version());
      if (all > matched) {
        throw new Found(
            where, "%d are kept, only %d of which the log removed".formatted(all, matched));
      }
    }
  }

  /** The records of a space up to a version, page by page; empty pages beyond. */
  private static final class Pages implements Supplier<List<Parsed>> {
    private final StoreRows rows;
    private final SpaceRow row;
    private final long last;
    private long since;

    Pages(StoreRows rows, SpaceRow row, long last) {
      this.rows = rows;
      this.row = row;
      this.last = last;
    }

    @Override
    public List<Parsed> get() {
      if (since >= last) {
        return List.of();
      }
      List<Parsed> page = new ArrayList<>();
      for (LogRow read : rows.log(row.id(), since, last)) {
        page.add(Parsed.of(read));
        since = read.version();
      }
      since = page.isEmpty() ? last : since;
      return page;
    }
  }

  private static void look(Snapshot at, TreeMap<Long, List<Check>> mine) {
    mine.getOrDefault(at.version(), List.of()).forEach(check -> check.at(at));
  }

  /**
   * Compares the root of every version on a thread of its own; one stretch of versions at a time.
   */
  private static final class Roots implements AutoCloseable {
    private final String space;
    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("mnemogrid-roots").daemon().factory());
    private Future<?> underWay = CompletableFuture.completedFuture(null);

    Roots(String space) {
      this.space = space;
    }

    /** Waits for the stretch before, whose mismatch it throws, and begins with the next. */
    void compare(List<Snapshot> versions) {
      settle();
      underWay = thread.submit(() -> versions.forEach(this::compare));
    }

    private void compare(Snapshot version) {
      if (!version.hasItsRoot()) {
        throw new Found(
            space + ", version " + version.version(),
            "its root is %s, its record says %s"
                .formatted(version.state().root(), version.head().root()));
      }
    }

    /** Waits until all that was given was compared; throws the mismatch that was found. */
    void settle() {
      try {
        underWay.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException failure
            ? failure
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while roots were compared", e);
      }
    }

    @Override
    public void close() {
      thread.shutdownNow();
      thread.close();
    }
  }

  /** A log row with its record, or why that cannot be read. */
  private record Parsed(LogRow row, Optional<Update> update, String problem) {
    static Parsed of(LogRow row) {
      try {
        return new Parsed(row, Optional.of(Update.parse(row.record())), "");
      } catch (IllegalArgumentException e) {
        return new Parsed(row, Optional.empty(), String.valueOf(e.getMessage()));
      }
    }
  }

  private static Snapshot step(String space, Snapshot at, Parsed parsed) {
    LogRow row = parsed.row();
    String where = space + ", version " + (at.version() + 1);
    if (row.version() != at.version() + 1) {
      throw new Found(where, "it is missing, the next is " + row.version());
    }
    Update update =
        parsed
            .update()
            .orElseThrow(() -> new Found(where, "its record cannot be read: " + parsed.problem()));
    equal(where, "the version in its record", update.version(), row.version());
    equal(where, "the id in its row", row.updateId(), update.id().text());
    equal(where, "the leaf hash in its row", row.leafHash(), update.leafHash());
    equal(where, "the time in its row", row.committed(), update.fields().committed());
    Instant before = at.head().committed();
    if (update.fields().committed().isBefore(before)) {
      throw new Found(where, "it was committed before the version before it");
    }
    try {
      return at.plusUncompared(update);
    } catch (BrokenHistory e) {
      throw new Found(where, String.valueOf(e.getMessage()));
    }
  }

  private void blobs() {
    rows.falseBlob()
        .ifPresent(blob -> {
          throw new Found(
              "blob " + new ContentAddress(blob.key()), "its bytes hash to " + blob.bytes());
        });
  }

  private interface Reading<T> {
    T read();
  }

  /** Reads rows of a table; one that cannot be read is a mismatch, a store that is away is none. */
  private static <T> T table(String name, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw new Found("the table " + name, "a row cannot be read: " + e.getMessage());
    }
  }

  /** Reads something whose every failure to be read is a mismatch. */
  private static <T> T reading(String where, Reading<T> reading) {
    try {
      return reading.read();
    } catch (JsonException | BrokenHistory e) {
      throw new Found(where, "it cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new Found(where, "it cannot be read: " + e.getMessage());
    }
  }
}
