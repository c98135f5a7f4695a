package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.BrokenCheckpoint;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredHeader;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A row that cannot be read concerns the space or the checkpoint that it belongs to. */
abstract class DamagedRowsContractTest {
  private static final SpaceName A = SpaceName.of("a");
  private static final SpaceName B = SpaceName.of("b");
  private static final SpaceName C = SpaceName.of("c");
  private static final Instant THEN = Instant.parse("2026-02-05T19:00:00Z");
  private static final byte[] NOTHING = {};

  private Store store;
  private final TreeMap<SpaceName, Manifest.Entry> all = new TreeMap<>();

  /** An empty store, which the subclass closes. */
  protected abstract Store open();

  /** Runs a statement in that store. */
  protected abstract int update(String sql, Object... values);

  @BeforeEach
  void openUnderALease() {
    store = open();
    assertThat(store.lease().replace(store.lease().read(), new LeaseRow("leader", 1, 1))).isTrue();
  }

  private void spoil(String sql, Object... values) {
    assertThat(update(sql, values)).isEqualTo(1);
  }

  @Test
  void aHeadRowWhoseNameIsNoneIsLeftOutOfTheList() {
    for (SpaceName space : List.of(A, B, C)) {
      store.log().create(space, "{}");
      store.log().append(List.of(new Scribe(space).batch("u", 3)));
    }
    assertThat(store.leftOut()).isEmpty();
    spoil("UPDATE space SET name = 'No Name' WHERE name = 'b'");
    assertThat(store.log().heads()).extracting(LogHead::space).containsExactly(A, C);
    assertThat(store.leftOut())
        .singleElement()
        .asString()
        .startsWith("table space, name \"No Name\", id ");
    assertThat(store.log().head(B)).isEmpty();
    assertThat(store.log().read(A, 0, 10)).hasSize(3);
    spoil("UPDATE space SET name = 'b' WHERE name = 'No Name'");
    assertThat(store.log().heads()).hasSize(3);
    assertThat(store.leftOut()).isEmpty();
  }

  /** So the name is all that can be wrong with a head row that is there. */
  @Test
  void hashesOfAHeadRowAreOfTheirLength() {
    store.log().create(A, "{}");
    for (String column : List.of("root", "leaf_hash")) {
      assertThatThrownBy(() -> update("UPDATE space SET " + column + " = ?", NOTHING))
          .isInstanceOf(LogUnavailable.class);
    }
    spoil("UPDATE space SET version = -1, committed = ?", Long.MIN_VALUE);
    assertThat(store.log().heads()).extracting(LogHead::version).containsExactly(-1L);
  }

  private static AuditedHead audited(SpaceName space, long version, @Nullable String problem) {
    return new AuditedHead(
        entry(space, version).head(),
        Hash.sha256("leaf"),
        new ContentAddress(Hash.sha256("blob")),
        1,
        THEN,
        THEN,
        problem);
  }

  @Test
  void anAuditedHeadThatCannotBeReadIsNone() {
    store.audited().publish(audited(A, 3, null));
    store.audited().publish(audited(A, 4, null));
    store.audited().publish(audited(B, 2, "a problem"));
    for (String column : List.of("state_root", "log_root", "leaf_hash", "snapshot")) {
      spoil(
          "UPDATE verified_head SET " + column + " = ? WHERE space = 'a' AND version = 4", NOTHING);
      assertThat(store.audited().newest()).containsExactly(audited(B, 2, "a problem"));
      assertThat(store.audited().newest(A)).isEmpty();
      assertThat(store.audited().newest(B)).isPresent();
      assertThat(store.leftOut())
          .singleElement()
          .asString()
          .startsWith("table verified_head, space \"a\", version 4: ");
    }
    spoil("UPDATE verified_head SET space = '' WHERE space = 'b'");
    assertThat(store.audited().newest()).isEmpty();
    assertThat(store.leftOut()).hasSize(2);
    store.audited().publish(audited(A, 5, null));
    assertThat(store.audited().newest()).containsExactly(audited(A, 5, null));
    assertThat(store.leftOut()).hasSize(1);
  }

  private static Manifest.Entry entry(SpaceName space, long version) {
    Head head =
        new Head(
            space, version, Hash.sha256(space + " state " + version), Hash.sha256("log" + version));
    return new Manifest.Entry(head, new ContentAddress(Hash.sha256("s" + version)), version);
  }

  /** The next checkpoint, which these entries change. */
  private Checkpoint insert(Manifest.Entry... changed) {
    CheckpointStore checkpoints = store.checkpoints();
    for (Manifest.Entry entry : changed) {
      all.put(entry.head().space(), entry);
    }
    Trie<Head> forest = Trie.empty();
    for (Manifest.Entry entry : all.values()) {
      forest = forest.with(entry.head());
    }
    Checkpoint before = checkpoints.latest().map(StoredCheckpoint::checkpoint).orElse(null);
    long number = before == null ? 1 : before.number() + 1;
    Hash previous = before == null ? Hash.ZERO : before.hash();
    Manifest manifest =
        new Manifest(number, new Address("0x" + "ab".repeat(20)), previous, List.of(changed), THEN);
    Checkpoint checkpoint =
        new Checkpoint(new Header(number, previous, forest.root(), manifest.digest()), manifest);
    assertThat(checkpoints.insert(checkpoint, 1)).isTrue();
    return checkpoint;
  }

  @Test
  void anEntryThatCannotBeReadIsTakenFromItsManifest() {
    insert(entry(A, 1), entry(B, 1), entry(C, 1));
    insert(entry(A, 2));
    insert(entry(B, 2));
    List<Manifest.Entry> heads = List.copyOf(all.values());
    assertThat(store.checkpoints().anchoredHeads()).isEqualTo(heads);
    spoil("UPDATE checkpoint_space SET log_root = ? WHERE space = 'a' AND number = 2", NOTHING);
    assertThat(store.checkpoints().anchoredHeads()).isEqualTo(heads);
    assertThat(store.leftOut())
        .singleElement()
        .asString()
        .startsWith("table checkpoint_space, space \"a\", number 2: ");
    spoil("UPDATE checkpoint_space SET space = 'No Name' WHERE space = 'b' AND number = 3");
    assertThat(store.checkpoints().anchoredHeads()).isEqualTo(heads);
    assertThat(store.leftOut()).hasSize(2);
    insert(entry(A, 2), entry(C, 2));
    assertThat(store.checkpoints().anchoredHeads()).isEqualTo(List.copyOf(all.values()));
  }

  @Test
  void aManifestThatCannotBeReadConcernsItsCheckpoint() {
    insert(entry(A, 1));
    Checkpoint second = insert(entry(A, 2));
    spoil("UPDATE blob SET bytes = ? WHERE digest = ?", NOTHING, second.header().manifestDigest());
    assertThatThrownBy(() -> store.checkpoints().latest())
        .isInstanceOf(BrokenCheckpoint.class)
        .hasMessageContaining("checkpoint 2 is damaged");
    assertThat(store.checkpoints().unfinished(10))
        .extracting(StoredHeader::number)
        .containsExactly(1L, 2L);
    assertThat(store.checkpoints().find(1)).isPresent();
    assertThat(store.checkpoints().list(Long.MAX_VALUE, 10))
        .extracting(StoredCheckpoint::number)
        .containsExactly(1L);
    assertThat(store.checkpoints().anchoredHeads()).containsExactly(entry(A, 2));
    assertThatThrownBy(() -> store.checkpoints().entries(second))
        .isInstanceOf(BrokenCheckpoint.class);
  }

  @Test
  void aSpaceThatIsHeldUpForNoRuleIsLeftOut() {
    Held a = new Held(A, 4, Held.Rule.GROWS, "another log");
    Held b = new Held(B, 5, Held.Rule.NO_GAP, "a gap");
    store.checkpoints().hold(List.of(a, b), 1);
    spoil("UPDATE held_space SET rule = 'NONE' WHERE space = 'a'");
    assertThat(store.checkpoints().held()).containsExactly(b);
    assertThat(store.leftOut()).singleElement().asString().contains("held_space, space \"a\"");
    assertThat(store.checkpoints().hold(List.of(a), 1)).isTrue();
    assertThat(store.checkpoints().held()).containsExactly(a);
    assertThat(store.leftOut()).isEmpty();
  }
}
