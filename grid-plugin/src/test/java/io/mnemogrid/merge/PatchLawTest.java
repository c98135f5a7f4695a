package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Composition;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A patch made of the records between two versions leads from either to the other. */
class PatchLawTest {
  static LongStream seeds() {
    return LongStream.rangeClosed(1, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void leadsFromEitherToTheOther(long seed) {
    Random random = new Random(seed);
    Rollbacks space = new Rollbacks(seed, 40);
    for (int i = 0; i < 40; i++) {
      int one = random.nextInt(space.versions.size());
      int other = random.nextInt(space.versions.size());
      Snapshot older = space.versions.get(Math.min(one, other));
      Snapshot newer = space.versions.get(Math.max(one, other));
      Composition between = new Composition();
      space
          .log
          .subList((int) older.version(), (int) newer.version())
          .forEach(update -> between.then(update.fields().changes()));
      check(older, newer, between.forward());
      check(newer, older, between.backward());
    }
  }

  private static void check(Snapshot from, Snapshot to, Changes changes) {
    Json.Arr patch = Patch.of(from.state(), to.state(), changes).toJson();
    assertThat(SlowPatch.apply(from.state().document(), patch).canonical())
        .as("%s to %s by %s", from.state().document(), to.state().document(), patch)
        .isEqualTo(to.state().document().canonical());
    assertThat(patch.items()).hasSizeLessThanOrEqualTo(changes.count());
    assertThat(changes).isEqualTo(from.state().changesTo(to.state()));
    disjoint(Patch.of(from.state(), to.state(), changes));
  }

  private static void disjoint(Patch patch) {
    List<Pointer> seen = new ArrayList<>();
    patch
        .operations()
        .forEach(operation -> {
          assertThat(seen).noneMatch(path -> path.overlaps(operation.path()));
          seen.add(operation.path());
        });
  }
}
