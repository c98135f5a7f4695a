package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays log.json: records, leaf hashes, roots and both kinds of proof. */
class LogVectorsTest {
  private static final JsonNode LOG = Vectors.read("log");

  static List<JsonNode> inclusions() {
    return Vectors.items(LOG.get("inclusion"));
  }

  static List<JsonNode> consistencies() {
    return Vectors.items(LOG.get("consistency"));
  }

  private static List<Hash> hashes(JsonNode array) {
    List<Hash> hashes = new ArrayList<>();
    array.forEach(hash -> hashes.add(Hash.parse(hash.asText())));
    return hashes;
  }

  private static List<Hash> leaves(int size) {
    return hashes(LOG.get("leafHashes")).subList(0, size);
  }

  private static Hash root(int size) {
    return hashes(LOG.get("roots")).get(size);
  }

  @Test
  void replaysTheWholeHistory() {
    List<JsonNode> records = Vectors.items(LOG.get("updates"));
    assertThat(records).hasSameSizeAs(leaves(33));
    Update first = Update.parse(Json.parse(Vectors.text(records.getFirst())).canonical());
    Snapshot head = Snapshot.ofNew(first.space());
    assertThat(head.logRoot()).isEqualTo(root(0));
    for (int i = 0; i < records.size(); i++) {
      String text = Json.parse(Vectors.text(records.get(i))).canonical();
      Update update = Update.parse(text);
      assertThat(update.leafHash()).isEqualTo(leaves(33).get(i));
      assertThat(Update.of(update.fields()).text()).isEqualTo(text);
      head = head.plus(update);
      assertThat(head.logRoot()).isEqualTo(root(i + 1));
    }
  }

  @Test
  void computesEveryRootInBothWays() {
    Frontier frontier = Frontier.EMPTY;
    for (int size = 0; size <= 33; size++) {
      assertThat(LogTree.root(leaves(size))).isEqualTo(root(size));
      assertThat(frontier.root()).isEqualTo(root(size));
      assertThat(frontier.size()).isEqualTo(size);
      if (size < 33) {
        frontier = frontier.plus(leaves(33).get(size));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("inclusions")
  void makesAndChecksInclusion(JsonNode vector) {
    int size = vector.get("size").asInt();
    int index = vector.get("version").asInt() - 1;
    List<Hash> path = hashes(vector.get("path"));
    assertThat(LogTree.inclusion(leaves(size), index)).isEqualTo(path);
    assertThat(LogTree.verifyInclusion(root(size), size, index, leaves(size).get(index), path))
        .isTrue();
  }

  @ParameterizedTest
  @MethodSource("consistencies")
  void makesAndChecksConsistency(JsonNode vector) {
    int from = vector.get("from").asInt();
    int to = vector.get("to").asInt();
    List<Hash> path = hashes(vector.get("path"));
    assertThat(LogTree.consistency(leaves(to), from)).isEqualTo(path);
    assertThat(LogTree.verifyConsistency(from, root(from), to, root(to), path)).isTrue();
  }

  @Test
  void refusesEveryCorruptionOfEveryInclusion() {
    int refused = 0;
    for (int size = 1; size <= 33; size++) {
      for (int index = 0; index < size; index++) {
        List<Hash> path = LogTree.inclusion(leaves(size), index);
        Hash leaf = leaves(size).get(index);
        String what = "leaf %d of %d".formatted(index, size);
        assertThat(LogTree.verifyInclusion(root(size), size, index, leaf, path)).as(what).isTrue();
        for (List<Hash> spoiled : spoil(path)) {
          assertThat(LogTree.verifyInclusion(root(size), size, index, leaf, spoiled))
              .as("%s with %s for %s", what, spoiled, path)
              .isFalse();
          refused++;
        }
        assertThat(LogTree.verifyInclusion(flip(root(size), 7), size, index, leaf, path)).isFalse();
        assertThat(LogTree.verifyInclusion(root(size), size, index, flip(leaf, 250), path))
            .isFalse();
        assertThat(LogTree.verifyInclusion(root(size), size, index + 1, leaf, path)).isFalse();
        assertThat(LogTree.verifyInclusion(root(size), size, index - 1, leaf, path)).isFalse();
        assertThat(LogTree.verifyInclusion(root(size), index, index, leaf, path)).isFalse();
        assertThat(LogTree.verifyInclusion(root(size), size, -1, leaf, path)).isFalse();
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  /**
   * A path binds an index and a tree's shape, not its size: another size that gives the same way up
   * passes, as in RFC 9162. The size itself stands in the head beside the root (FORMATS §7).
   */
  @Test
  void refusesAnotherSizeWhereverItChangesTheWay() {
    int refused = 0;
    for (int size = 1; size < 33; size++) {
      for (int index = 0; index < size; index++) {
        List<Hash> path = LogTree.inclusion(leaves(size), index);
        for (int other : new int[] {size - 1, size + 1}) {
          if (other <= index || sameWay(index, size, other)) {
            continue;
          }
          assertThat(
                  LogTree.verifyInclusion(root(size), other, index, leaves(size).get(index), path))
              .as("leaf %d of %d said to be of %d", index, size, other)
              .isFalse();
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  /** Whether leaf {@code index} has its siblings on the same sides in trees of both sizes. */
  private static boolean sameWay(int index, int size, int other) {
    return sides(index, size).equals(sides(index, other));
  }

  private static String sides(int index, int size) {
    if (size == 1) {
      return "";
    }
    int split = Integer.highestOneBit(size - 1);
    return index < split ? sides(index, split) + 'r' : sides(index - split, size - split) + 'l';
  }

  @Test
  void refusesEveryCorruptionOfEveryConsistency() {
    int refused = 0;
    for (int to = 1; to <= 33; to++) {
      for (int from = 1; from <= to; from++) {
        List<Hash> path = LogTree.consistency(leaves(to), from);
        String what = "from %d to %d".formatted(from, to);
        assertThat(LogTree.verifyConsistency(from, root(from), to, root(to), path))
            .as(what)
            .isTrue();
        for (List<Hash> spoiled : spoil(path)) {
          assertThat(LogTree.verifyConsistency(from, root(from), to, root(to), spoiled))
              .as("%s with %s for %s", what, spoiled, path)
              .isFalse();
          refused++;
        }
        assertThat(LogTree.verifyConsistency(from, flip(root(from), 0), to, root(to), path))
            .isFalse();
        assertThat(LogTree.verifyConsistency(from, root(from), to, flip(root(to), 255), path))
            .isFalse();
        assertThat(LogTree.verifyConsistency(0, root(0), to, root(to), path)).isFalse();
        assertThat(LogTree.verifyConsistency(0, root(0), to, root(to), List.of())).isFalse();
        assertThat(LogTree.verifyConsistency(-1, root(from), to, root(to), path)).isFalse();
        assertThat(LogTree.verifyConsistency(to + 1, root(from), to, root(to), path)).isFalse();
        if (from < to) {
          assertThat(LogTree.verifyConsistency(to, root(to), from, root(from), path)).isFalse();
          assertThat(LogTree.verifyConsistency(from - 1, root(from), to, root(to), path)).isFalse();
          assertThat(LogTree.verifyConsistency(from + 1, root(from), to, root(to), path)).isFalse();
          // the true root of another size does not pass under this path
          assertThat(LogTree.verifyConsistency(from + 1, root(from + 1), to, root(to), path))
              .isFalse();
          assertThat(LogTree.verifyConsistency(from, root(from), to - 1, root(to - 1), path))
              .isFalse();
        }
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void makesNoProofOfWhatIsNotThere() {
    assertThatThrownBy(() -> LogTree.inclusion(leaves(3), 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LogTree.inclusion(leaves(3), -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LogTree.consistency(leaves(3), 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LogTree.consistency(leaves(3), 4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Frontier(3, leaves(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The path with each hash flipped, dropped, doubled, swapped, and one too many at either end. */
  private static List<List<Hash>> spoil(List<Hash> path) {
    List<List<Hash>> spoiled = new ArrayList<>();
    for (int i = 0; i < path.size(); i++) {
      for (int bit : new int[] {0, 100, 255}) {
        List<Hash> flipped = new ArrayList<>(path);
        flipped.set(i, flip(path.get(i), bit));
        spoiled.add(flipped);
      }
      List<Hash> dropped = new ArrayList<>(path);
      dropped.remove(i);
      spoiled.add(dropped);
      List<Hash> doubled = new ArrayList<>(path);
      doubled.add(i, path.get(i));
      spoiled.add(doubled);
      if (i > 0) {
        List<Hash> swapped = new ArrayList<>(path);
        swapped.set(i, path.get(i - 1));
        swapped.set(i - 1, path.get(i));
        spoiled.add(swapped);
      }
    }
    List<Hash> longer = new ArrayList<>(path);
    longer.add(Hash.ZERO);
    spoiled.add(longer);
    List<Hash> earlier = new ArrayList<>(path);
    earlier.addFirst(Hash.ZERO);
    spoiled.add(earlier);
    return spoiled;
  }

  private static Hash flip(Hash hash, int bit) {
    byte[] bytes = hash.toBytes();
    bytes[bit / 8] ^= (byte) (0x80 >> bit % 8);
    return Hash.of(bytes);
  }
}
