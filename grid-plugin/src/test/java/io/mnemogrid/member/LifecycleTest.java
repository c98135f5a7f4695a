package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridHealth;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private final List<String> steps = new ArrayList<>();

  private Lifecycle.Part part(String name) {
    return new Lifecycle.Part(name)
        .starts(() -> steps.add("start " + name))
        .opens(() -> steps.add("open " + name))
        .drains(() -> steps.add("drain " + name))
        .closes(() -> steps.add("close " + name))
        .tells(() -> List.of(new GridHealth.Part(name, GridHealth.Status.UP, "")));
  }

  @Test
  void opensWhenAllHaveStartedAndClosesWhenAllHaveDrained() {
    Lifecycle life = new Lifecycle(List.of(part("a"), part("b")));
    life.start();
    assertThat(steps).containsExactly("start a", "start b", "open a", "open b");
    assertThat(life.health()).extracting(GridHealth.Part::name).containsExactly("a", "b");
    steps.clear();
    life.close();
    assertThat(steps).containsExactly("drain b", "drain a", "close b", "close a");
  }

  @Test
  void aStartThatFailsClosesAll() {
    Lifecycle life =
        new Lifecycle(
            List.of(
                part("a"),
                part("b")
                    .starts(() -> {
                      throw new IllegalStateException("no port");
                    }),
                part("c")));
    assertThatThrownBy(life::start).hasMessage("no port");
    assertThat(steps)
        .containsExactly(
            "start a", "drain c", "drain b", "drain a", "close c", "close b", "close a");
  }

  @Test
  void whatOnePartThrowsHoldsUpNoOther() {
    Lifecycle life =
        new Lifecycle(
            List.of(
                part("a"),
                part("b")
                    .drains(() -> {
                      throw new NoClassDefFoundError("gone");
                    })
                    .closes(() -> {
                      throw new IllegalStateException("stuck");
                    })));
    life.start();
    steps.clear();
    life.close();
    assertThat(steps).containsExactly("drain a", "close a");
  }
}
