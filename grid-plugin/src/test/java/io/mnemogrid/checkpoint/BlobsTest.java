package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BlobsTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  private final MemoryCheckpointStore store = new MemoryCheckpointStore(() -> Instant.EPOCH);
  private final Scribe scribe = new Scribe(SPACE);
  private final Snapshot first;
  private final Checkpoint checkpoint;

  BlobsTest() {
    store.setEpoch(1);
    scribe.set("u1", "/a", Json.of(1));
    first = scribe.snapshot();
    scribe.set("u2", "/a", Json.of(2));
    Manifest manifest =
        new Manifest(
            1,
            new Address("0x" + "ab".repeat(20)),
            Hash.ZERO,
            List.of(
                new Manifest.Entry(
                    new Head(SPACE, 2, scribe.head().root(), scribe.snapshot().logRoot()),
                    ContentAddress.of(first.state().document().canonicalBytes()),
                    1)),
            Instant.EPOCH);
    checkpoint =
        new Checkpoint(new Header(1, Hash.ZERO, Hash.sha256("f"), manifest.digest()), manifest);
    assertThat(store.insert(checkpoint, 1)).isTrue();
  }

  private ContentAddress document() {
    return checkpoint.manifest().spaces().getFirst().snapshot();
  }

  @Test
  void everyAddressThatACheckpointLeadsToHasItsBytes() {
    Blobs blobs = new Blobs(store, (_, version) -> Optional.of(first));
    assertThat(blobs.find(checkpoint.pointer())).contains(checkpoint.header().toBytes());
    assertThat(blobs.find(new ContentAddress(checkpoint.header().manifestDigest()))).isPresent();
    assertThat(blobs.document(document(), SPACE)).contains("{\"a\":1}".getBytes());
    assertThat(blobs.document(document(), SpaceName.of("other"))).isEmpty();
    assertThat(blobs.find(document())).as("is not stored").isEmpty();
    assertThat(blobs.find(new ContentAddress(Hash.sha256("nothing")))).isEmpty();
  }

  @Test
  void neverHandsOutOtherBytesThanTheAddressSays() {
    Snapshot other = new Scribe(SPACE).snapshot();
    Scribe forged = new Scribe(SPACE);
    forged.set("u1", "/a", Json.of(9));
    for (Optional<Snapshot> found :
        List.of(Optional.<Snapshot>empty(), Optional.of(other), Optional.of(forged.snapshot()))) {
      assertThatThrownBy(() -> new Blobs(store, (_, _) -> found).document(document(), SPACE))
          .isInstanceOf(BrokenHistory.class)
          .hasMessageContaining("space daryl, version 1")
          .hasMessageContaining(document().toString());
    }
  }

  @Test
  void dropsOnceWhatNoCheckpointNames() {
    BlobPruning pruning = new BlobPruning(store);
    byte[] unnamed = "{}".getBytes(StandardCharsets.UTF_8);
    store.putBlob(unnamed);
    pruning.step();
    assertThat(store.find(ContentAddress.of(unnamed))).isEmpty();
    assertThat(store.find(checkpoint.pointer())).isPresent();
    store.putBlob(unnamed);
    pruning.step();
    assertThat(store.find(ContentAddress.of(unnamed))).as("all were looked at").isPresent();
  }
}
