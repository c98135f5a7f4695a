package io.mnemogrid.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The schedule of a run. */
@NullMarked
class FaultTest {
  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);

  @Test
  void followsFromItsSeed() {
    List<Fault> faults = Fault.schedule(42, 100, ALL, 3, false);
    assertThat(Fault.schedule(42, 100, ALL, 3, false)).isEqualTo(faults);
    assertThat(Fault.schedule(43, 100, ALL, 3, false)).isNotEqualTo(faults);
    assertThat(faults).hasSize(100);
    assertThat(Fault.schedule(42, 50, ALL, 3, false)).isEqualTo(faults.subList(0, 50));
  }

  @Test
  void hasEachKindOnceBeforeAnyComesAgain() {
    List<Fault> faults = Fault.schedule(7, 2 * ALL.size(), ALL, 3, false);
    for (List<Fault> half :
        List.of(faults.subList(0, ALL.size()), faults.subList(ALL.size(), faults.size()))) {
      assertThat(half.stream().map(Fault::kind).collect(Collectors.toSet())).isEqualTo(ALL);
    }
  }

  @Test
  void staysWithinTheTimesOfAKind() {
    for (Fault fault : Fault.schedule(7, 1000, ALL, 5, false)) {
      assertThat(fault.lasts()).isBetween(fault.kind().least(), fault.kind().most());
      assertThat(fault.victim()).isBetween(0, 4);
    }
    assertThat(Fault.schedule(7, 100, EnumSet.of(Kind.STOP), 3, true))
        .allSatisfy(fault -> assertThat(fault.lasts()).isEqualTo(Duration.ofSeconds(5)));
  }

  @Test
  void takesKindsByNameOrByTheirFirstWord() {
    assertThat(Kind.parse("kill,store-gone"))
        .containsExactlyInAnyOrder(
            Kind.KILL_OWNER, Kind.KILL_LEADER, Kind.KILL_ANY, Kind.STORE_GONE);
    assertThatThrownBy(() -> Kind.parse("kill,sto"))
        .hasMessageContaining("'sto'")
        .hasMessageContaining("disk-full");
  }
}
