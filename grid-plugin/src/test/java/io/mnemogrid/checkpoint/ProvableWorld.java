package io.mnemogrid.checkpoint;

import io.mnemogrid.log.Found;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.Trie;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A grid in memory, made from a seed: spaces with random histories, and checkpoints over them. It
 * knows what is true at every version, so it can judge a bundle that holds.
 */
final class ProvableWorld {
  int mostListed; // checkpoints that somebody asked for at once

  private static final List<String> NAMES = List.of("a", "b", "x/y~", "", "0", "ключ", "\u0001q");
  private static final List<String> NUMBERS =
      List.of("0", "-1", "20", "0.1", "1e-7", "1e21", "1152921504606846976", "5e-324");
  private static final List<String> TEXTS =
      List.of("", "s", "\u0003", "object", "ünï \"quoted\" \\ /", "😀", "\u2028\u007f");
  private static final GridId GRID = new GridId("00112233445566778899aabbccddeeff");
  private static final Address AUTHOR = new Address("0x" + "ab".repeat(20));

  final Random random;
  final TreeMap<SpaceName, List<Snapshot>> versions = new TreeMap<>();
  final TreeMap<SpaceName, List<Update>> updates = new TreeMap<>();
  final List<StoredCheckpoint> checkpoints = new ArrayList<>();
  private final TreeMap<SpaceName, Manifest.Entry> heads = new TreeMap<>();
  private Instant clock = Instant.parse("2026-02-05T19:00:00Z");
  private final Map<Author, AuthorSigner> signers = new TreeMap<>();
  private int made;

  ProvableWorld(long seed) {
    random = new Random(seed);
  }

  /** Writes the grid's id, or gives an author a new key, or takes the one away that it has. */
  private void writeAuthors() {
    if (head(SpaceName.AUTHORS) == 0) {
      set(SpaceName.AUTHORS, AuthorKeys.GRID.toString(), Json.of(GRID.hex()));
      return;
    }
    Author author = new Author("bot-" + random.nextInt(3));
    AuthorSigner old = signers.remove(author);
    if (old == null || chance(50)) {
      byte[] seed = new byte[32];
      random.nextBytes(seed);
      AuthorSigner signer = AuthorSigner.ofSeed(seed);
      signers.put(author, signer);
      set(SpaceName.AUTHORS, AuthorKeys.placeOf(author, signer.key()).toString(), AuthorKeys.KIND);
    } else {
      Json.Obj gone =
          Json.EMPTY_OBJECT.with("key", Json.of(AuthorKeys.placeOf(author, old.key()).toString()));
      write(SpaceName.AUTHORS, Map.of("deleted", new Json.Arr(List.of(gone))));
    }
  }

  /** What its author signed; now and then in another grid, from which the space was imported. */
  private @Nullable Signed signed(SpaceName space, Delta delta) {
    AuthorSigner own = signers.get(delta.author());
    AuthorSigner signer = chance(10) ? AuthorSigner.ofSeed(new byte[32]) : own;
    long version = head(SpaceName.AUTHORS);
    return signer == null || version == 0 || space.isReserved() || chance(30)
        ? null
        : new Signed(
            new Proven(version, signer.sign(GRID, space, delta.requestHash())), delta.request());
  }

  /** A world of some spaces and checkpoints. */
  static ProvableWorld of(long seed) {
    ProvableWorld world = new ProvableWorld(seed);
    int spaces = 1 + world.random.nextInt(6);
    boolean signs = world.chance(60);
    for (int u = 6; signs && u > 0; u--) {
      world.writeAuthors();
    }
    for (int i = 1 + world.random.nextInt(4); i > 0; i--) {
      for (int s = 0; s < spaces; s++) {
        SpaceName space = SpaceName.of("space-" + s);
        for (int u = world.random.nextInt(9); u > 0; u--) {
          world.write(space);
        }
      }
      world.write(SpaceName.of("space-0"));
      for (int u = world.random.nextInt(3); signs && u > 0; u--) {
        world.writeAuthors();
      }
      world.checkpoint();
    }
    return world;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  Snapshot at(SpaceName space, long version) {
    return versions.getOrDefault(space, List.of(Snapshot.ofNew(space))).get((int) version);
  }

  /** The newest version of a space. */
  long head(SpaceName space) {
    return versions.getOrDefault(space, List.of(Snapshot.ofNew(space))).size() - 1;
  }

  /** One more random version of a space. */
  void write(SpaceName space) {
    while (true) {
      Json.Obj change = Json.EMPTY_OBJECT.with("key", Json.of(path(3).toString()));
      boolean deletes = chance(15);
      if (write(
          space,
          deletes
              ? Map.of("deleted", new Json.Arr(List.of(change)))
              : Map.of("added", new Json.Arr(List.of(change.with("value", value(0))))))) {
        return;
      }
    }
  }

  /** One more version that sets a path. */
  void set(SpaceName space, String path, Json value) {
    Json.Obj change = Json.EMPTY_OBJECT.with("key", Json.of(path)).with("value", value);
    if (!write(space, Map.of("added", new Json.Arr(List.of(change))))) {
      throw new IllegalArgumentException("refused: " + path);
    }
  }

  private boolean write(SpaceName space, Map<String, Json> changes) {
    List<Snapshot> history =
        versions.computeIfAbsent(space, _ -> new ArrayList<>(List.of(Snapshot.ofNew(space))));
    Snapshot head = history.getLast();
    clock = clock.plusMillis(1);
    Json.Obj request =
        Json.EMPTY_OBJECT
            .with("update_id", Json.of("u" + ++made))
            .with("base", Json.of(head.version()))
            .with("author", Json.of("bot-" + random.nextInt(3)))
            .with("timestamp", Json.of(Timestamps.format(clock)))
            .with("type", Json.of("test"))
            .with("changes", new Json.Obj(changes));
    Delta delta = Delta.parse(request);
    if (!(Resolver.resolve(head.state(), head.version(), delta)
        instanceof Resolution.Accepted accepted)) {
      return false;
    }
    Update update =
        Update.of(
            new Update.Fields(
                space,
                head.version() + 1,
                delta.id(),
                delta.author(),
                delta.type(),
                delta.base(),
                delta.timestamp(),
                clock,
                delta.requestHash(),
                head.head().leafHash(),
                accepted.next().root(),
                accepted.changes(),
                accepted.superseded(),
                accepted.overrode(),
                null,
                signed(space, delta)));
    history.add(head.with(update, accepted.next()));
    updates.computeIfAbsent(space, _ -> new ArrayList<>()).add(update);
    return true;
  }

  /** A checkpoint of all heads, final. */
  Checkpoint checkpoint() {
    return checkpoint(StoredCheckpoint.Status.FINALIZED);
  }

  Checkpoint checkpoint(StoredCheckpoint.Status status) {
    long number = checkpoints.size() + 1;
    TreeMap<SpaceName, Manifest.Entry> changed = new TreeMap<>();
    Trie<Head> forest = Trie.empty();
    for (List<Snapshot> history : versions.values()) {
      Snapshot at = history.getLast();
      if (at.version() == 0) {
        continue;
      }
      Head head = new Head(at.space(), at.version(), at.state().root(), at.logRoot());
      Manifest.Entry before = heads.get(at.space());
      if (before == null || !before.head().equals(head)) {
        changed.put(
            at.space(),
            new Manifest.Entry(
                head, ContentAddress.of(at.state().document().canonicalBytes()), at.version()));
      }
      forest = forest.with(head);
    }
    heads.putAll(changed);
    Hash previous = checkpoints.isEmpty() ? Hash.ZERO : checkpoints.getLast().checkpoint().hash();
    boolean full = number % Manifest.FULL_EVERY == 0;
    Manifest manifest =
        new Manifest(
            number, AUTHOR, previous, new ArrayList<>((full ? heads : changed).values()), clock);
    Checkpoint checkpoint =
        new Checkpoint(new Header(number, previous, forest.root(), manifest.digest()), manifest);
    checkpoints.add(
        new StoredCheckpoint(
            checkpoint,
            status,
            new SignedTransaction(
                "evm:31337:0x" + "cd".repeat(20),
                number,
                "0x",
                "0x" + number,
                number,
                number,
                Cost.NONE),
            clock,
            clock,
            status == StoredCheckpoint.Status.FINALIZED ? clock : null));
    return checkpoint;
  }

  Pointer path(int deepest) {
    Pointer path = Pointer.ROOT;
    for (int i = 1 + random.nextInt(deepest); i > 0; i--) {
      path = path.child(chance(60) ? pick(NAMES.subList(0, 2)) : pick(NAMES));
    }
    return path;
  }

  Json value(int depth) {
    return switch (random.nextInt(depth > 2 ? 6 : 10)) {
      case 0 -> pick(List.of(Json.NULL, Json.TRUE, Json.FALSE));
      case 1, 2 -> Json.parse(pick(NUMBERS));
      case 3, 4 -> Json.of(pick(TEXTS));
      case 5 -> Json.EMPTY_OBJECT;
      case 6, 7 -> array(depth);
      default -> object(depth);
    };
  }

  private Json.Arr array(int depth) {
    List<Json> items = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      items.add(value(depth + 1));
    }
    return new Json.Arr(items);
  }

  private Json.Obj object(int depth) {
    Json.Obj object = Json.EMPTY_OBJECT;
    for (int i = random.nextInt(3); i >= 0; i--) {
      object = object.with(pick(NAMES), value(depth + 1));
    }
    return object;
  }

  Prover prover() {
    return new Prover(log(), store());
  }

  /** Whether what a bundle claims is so in this world. */
  boolean isTrue(Bundle bundle) {
    Bundle.Subject subject = bundle.subject();
    List<Snapshot> history = versions.get(subject.space());
    if (history == null || subject.version() >= history.size()) {
      return false;
    }
    Snapshot at = at(subject.space(), subject.version());
    return switch (subject) {
      case Bundle.Fact fact -> {
        Json standing = at.state().value(fact.path());
        yield switch (fact.claimed()) {
          case io.mnemogrid.proof.FactProof.Verdict.Present present ->
              present.value().equals(standing);
          case io.mnemogrid.proof.FactProof.Verdict.AnObject _ ->
              standing instanceof Json.Obj object && !object.isEmpty();
          case io.mnemogrid.proof.FactProof.Verdict.Absent _ -> standing == null;
          case io.mnemogrid.proof.FactProof.Verdict.Fails _ -> false;
        };
      }
      case Bundle.Update update ->
          update
              .update()
              .record()
              .equals(log().read(update.space(), update.version() - 1, 1).getFirst().text());
      case Bundle.Consistency consistency ->
          consistency.fromSize() <= consistency.version()
              && consistency
                  .fromRoot()
                  .equals(at(consistency.space(), consistency.fromSize()).logRoot());
    };
  }

  LogReader log() {
    return new LogReader() {
      @Override
      public Instant now() {
        return clock;
      }

      @Override
      public List<LogHead> heads() {
        return versions.values().stream().map(history -> history.getLast().head()).toList();
      }

      @Override
      public Optional<LogHead> head(SpaceName space) {
        return Optional.ofNullable(versions.get(space)).map(history -> history.getLast().head());
      }

      @Override
      public List<Update> read(SpaceName space, long since, int limit) {
        return updates.getOrDefault(space, List.of()).stream().skip(since).limit(limit).toList();
      }

      @Override
      public List<Hash> leafHashes(SpaceName space, long since, int limit) {
        return read(space, since, limit).stream().map(Update::leafHash).toList();
      }

      @Override
      public Found find(SpaceName space, Collection<UpdateId> ids) {
        Map<UpdateId, Update> found = new HashMap<>();
        for (Update update : updates.getOrDefault(space, List.of())) {
          if (ids.contains(update.fields().id())) {
            found.put(update.fields().id(), update);
          }
        }
        return Found.all(found);
      }

      @Override
      public long versionAt(SpaceName space, Instant time) {
        return updates.getOrDefault(space, List.of()).stream()
            .filter(update -> !update.fields().committed().isAfter(time))
            .count();
      }

      @Override
      public Optional<Snapshot> snapshot(SpaceName space, long atMost) {
        return Optional.empty();
      }
    };
  }

  CheckpointStore store() {
    return new CheckpointStore() {
      @Override
      public boolean insert(Checkpoint checkpoint, long epoch) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean sign(SignedTransaction transaction, long epoch) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean storeCost(String hash, Cost cost, long epoch) {
        throw new UnsupportedOperationException();
      }

      @Override
      public List<OutboxEntry> outbox(long number, int limit) {
        return List.of();
      }

      @Override
      public List<OutboxEntry> signedSince(Instant time) {
        return List.of();
      }

      @Override
      public long undo(long number, long epoch) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean hold(List<Held> spaces, long epoch) {
        throw new UnsupportedOperationException();
      }

      @Override
      public List<Held> held() {
        return List.of();
      }

      @Override
      public Optional<StoredHeader> newestFinalHeader() {
        return latestFinal().map(StoredHeader::of);
      }

      @Override
      public Optional<StoredHeader> newestHeader() {
        return latest().map(StoredHeader::of);
      }

      @Override
      public Optional<StoredHeader> header(long number) {
        return find(number).map(StoredHeader::of);
      }

      @Override
      public Optional<StoredCheckpoint> latestFinal() {
        return checkpoints.reversed().stream()
            .filter(at -> at.status() == StoredCheckpoint.Status.FINALIZED)
            .findFirst();
      }

      @Override
      public boolean advance(long first, long last, StoredCheckpoint.Status status, long epoch) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Optional<StoredCheckpoint> latest() {
        return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.getLast());
      }

      @Override
      public Optional<StoredCheckpoint> find(long number) {
        return number >= 1 && number <= checkpoints.size()
            ? Optional.of(checkpoints.get((int) number - 1))
            : Optional.empty();
      }

      @Override
      public List<StoredCheckpoint> list(long before, int limit) {
        mostListed = Math.max(mostListed, limit);
        return checkpoints.reversed().stream()
            .filter(stored -> stored.number() < before)
            .limit(limit)
            .toList();
      }

      @Override
      public List<StoredHeader> unfinished(int limit) {
        return List.of();
      }

      @Override
      public List<Manifest.Entry> anchoredHeads() {
        return List.copyOf(heads.values());
      }

      @Override
      public Optional<StoredCheckpoint> covering(SpaceName space, long version) {
        return checkpoints.stream()
            .filter(stored ->
                stored.checkpoint().manifest().spaces().stream()
                    .anyMatch(entry ->
                        entry.head().space().equals(space) && entry.head().version() >= version))
            .findFirst();
      }

      @Override
      public long finalizedVersion(SpaceName space) {
        return 0;
      }
    };
  }
}
