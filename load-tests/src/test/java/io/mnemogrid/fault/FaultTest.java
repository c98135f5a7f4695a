package io.mnemogrid.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What there is to play, and the schedule of a run. */
@NullMarked
class FaultTest {
  private static final List<Fault> ALL = Faults.ALL;

  @Test
  void followsFromItsSeed() {
    List<Planned> faults = Planned.schedule(42, 100, ALL, 3, false);
    assertThat(Planned.schedule(42, 100, ALL, 3, false)).isEqualTo(faults);
    assertThat(Planned.schedule(43, 100, ALL, 3, false)).isNotEqualTo(faults);
    assertThat(faults).hasSize(100);
    assertThat(Planned.schedule(42, 50, ALL, 3, false)).isEqualTo(faults.subList(0, 50));
  }

  /** docs/chaos.md names seeds: what they play stays what it is. */
  @Test
  void aSeedPlaysWhatItAlwaysPlayed() {
    assertThat(Planned.schedule(42, 15, ALL, 3, false))
        .extracting(fault ->
            "%s, calm %d, variant %d".formatted(fault, fault.calm().toMillis(), fault.variant()))
        .containsExactly(
            "1 kill-owner m0 for 1.7 s, calm 1000, variant 51308",
            "2 stop m2 for 19.0 s, calm 3300, variant 60989",
            "3 store-slow m1 for 6.8 s, calm 1600, variant 13747",
            "4 roll m2 for 1.2 s, calm 2300, variant 17968",
            "5 topic m2 for 4.5 s, calm 3400, variant 49316",
            "6 store-gone m2 for 5.1 s, calm 1800, variant 725",
            "7 kill-leader m2 for 1.1 s, calm 1300, variant 31494",
            "8 kill-any m2 for 1.8 s, calm 1800, variant 12369",
            "9 disk-full m0 for 4.5 s, calm 2900, variant 28485",
            "10 clock m2 for 8.2 s, calm 1000, variant 35974",
            "11 restart m2 for 0.0 s, calm 3400, variant 30166",
            "12 chain-gone m1 for 4.8 s, calm 3900, variant 63077",
            "13 split m0 for 16.7 s, calm 2000, variant 41475",
            "14 store-slow m0 for 8.4 s, calm 1600, variant 9616",
            "15 chain-gone m2 for 4.7 s, calm 1300, variant 41152");
    assertThat(Planned.schedule(5, 4, Faults.parse("kill-owner,store,split"), 3, true))
        .extracting(Planned::toString)
        .containsExactly(
            "1 store-gone m2 for 5.0 s",
            "2 split m0 for 12.0 s",
            "3 kill-owner m1 for 1.0 s",
            "4 store-slow m2 for 5.0 s");
  }

  @Test
  void hasEachKindOnceBeforeAnyComesAgain() {
    List<Planned> faults = Planned.schedule(7, 2 * ALL.size(), ALL, 3, false);
    for (List<Planned> half :
        List.of(faults.subList(0, ALL.size()), faults.subList(ALL.size(), faults.size()))) {
      assertThat(half.stream().map(Planned::fault).toList())
          .containsExactlyInAnyOrderElementsOf(ALL);
    }
  }

  @Test
  void staysWithinTheTimesOfAKind() {
    for (Planned fault : Planned.schedule(7, 1000, ALL, 5, false)) {
      assertThat(fault.lasts())
          .isBetween(fault.fault().span().least(), fault.fault().span().most());
      assertThat(fault.victim()).isBetween(0, 4);
    }
    assertThat(Planned.schedule(7, 100, Set.of(new Stop()), 3, true))
        .allSatisfy(fault -> assertThat(fault.lasts()).isEqualTo(Duration.ofSeconds(5)));
  }

  @Test
  void takesKindsByNameOrByTheirFirstWord() {
    assertThat(Faults.parse("kill,store-gone"))
        .extracting(Fault::text)
        .containsExactly("kill-owner", "kill-leader", "kill-any", "store-gone");
    assertThatThrownBy(() -> Faults.parse("kill,sto"))
        .hasMessageContaining("'sto'")
        .hasMessageContaining("disk-full");
  }

  /** A type that is not in the list would never be played. */
  @Test
  void everyTypeIsInTheList() {
    List<String> types =
        new ClassFileImporter()
            .importPath(Path.of("target/classes/io/mnemogrid/fault")).stream()
                .filter(type -> type.isAssignableTo(Fault.class) && !type.isInterface())
                .map(JavaClass::getName)
                .toList();
    assertThat(types).contains(Kill.class.getName());
    assertThat(ALL.stream().map(fault -> fault.getClass().getName()).distinct())
        .containsExactlyInAnyOrderElementsOf(types);
    assertThat(ALL).contains(new Kill(Kill.Whom.OWNER), new Kill(Kill.Whom.LEADER));
    assertThat(ALL.stream().map(Fault::text)).doesNotHaveDuplicates();
  }

  @Test
  void everyOneIsDescribed() throws IOException {
    String page = Files.readString(Path.of("../docs/chaos.md"));
    assertThat(ALL).allSatisfy(fault -> assertThat(page).contains("`" + fault.text() + "`"));
  }

  @Test
  void saysWhyItCannotBePlayedInAPlace() {
    Path tool = Path.of("tool");
    assertThat(missing(new Place(true, tool, tool, false))).isEmpty();
    assertThat(missing(new Place(true, tool, tool, true))).containsExactly("disk-full Target");
    assertThat(missing(new Place(false, tool, tool, true)))
        .containsExactly("split Tool", "disk-full Target");
    assertThat(missing(new Place(false, null, null, false)))
        .containsExactly("split Tool", "disk-full Tool", "clock Tool", "chain-gone Tool");
  }

  private static List<String> missing(Place place) {
    return ALL.stream()
        .flatMap(fault ->
            fault.missing(place).stream()
                .map(why -> fault.text() + " " + why.getClass().getSimpleName()))
        .toList();
  }
}
