package io.mnemogrid.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DarylScriptTest {
  private static final Path EXAMPLE = Path.of("..", "config", "examples", "daryl");

  /** What a script comes to. */
  private record Played(State state, int stale, int superseded, int overrode) {}

  private static List<Delta.Edit> deltas(long seed) throws IOException {
    return DarylScript.read(EXAMPLE, seed).deltas().stream().map(Delta::parse).toList();
  }

  private static Played play(List<Delta.Edit> deltas) {
    State state = State.EMPTY;
    int stale = 0;
    int superseded = 0;
    int overrode = 0;
    for (int before = 0; before < deltas.size(); before++) {
      Delta delta = deltas.get(before);
      Resolution resolution = Resolver.resolve(state, before, delta);
      assertThat(resolution).as(delta.id().text()).isInstanceOf(Resolution.Accepted.class);
      Resolution.Accepted accepted = (Resolution.Accepted) resolution;
      state = accepted.next();
      stale += delta.base() < before ? 1 : 0;
      superseded += accepted.superseded().size();
      overrode += accepted.overrode().size();
    }
    return new Played(state, stale, superseded, overrode);
  }

  @Test
  void versionOneIsTheDraftsState() throws IOException {
    Json.Obj document = Json.parseObject(Files.readString(EXAMPLE.resolve("state.json")));
    Played first = play(deltas(1).subList(0, 1));
    assertThat(first.state().document()).isEqualTo(document);
    assertThat(first.state().root()).isEqualTo(SlowRoot.of(document));
  }

  @Test
  void versionTwoIsTheDraftsUserInteraction() throws IOException {
    Played second = play(deltas(1).subList(0, 2));
    assertThat(second.state().document().canonical())
        .contains("\"@NewExpert\":{\"engagement_style\":\"technical\"")
        .contains("\"total_posts\":20");
  }

  @Test
  void theSameSeedMakesTheSameDocument() throws IOException {
    assertThat(play(deltas(7)).state().root()).isEqualTo(play(deltas(7)).state().root());
    assertThat(play(deltas(7)).state().root()).isNotEqualTo(play(deltas(8)).state().root());
  }

  @ParameterizedTest
  @ValueSource(longs = {DarylScript.DEFAULT_SEED, 0, 1, 2, 3, -1, Long.MAX_VALUE})
  void everySeedMergesSupersedesAndDeletes(long seed) throws IOException {
    List<Delta.Edit> deltas = deltas(seed);
    assertThat(deltas).hasSize(DarylScript.VERSIONS);
    Played played = play(deltas);
    assertThat(played.stale()).isGreaterThan(10);
    assertThat(played.superseded()).isPositive();
    assertThat(played.overrode()).isPositive();
    assertThat(deltas.stream().flatMap(delta -> delta.changes().stream()))
        .anyMatch(Change.Delete.class::isInstance);
    assertThat(played.state().document().canonical()).contains("\"user\":\"Buralux\"");
  }
}
