package io.mnemogrid.laws;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short form of {@code ./mnemogrid laws}. */
class CollectiveLawsTest {
  private static final long SCHEDULES = Long.getLong("mnemogrid.laws.seeds", 5_000);
  private static final long FOR_A_TWIN = 300;

  @Test
  void noScheduleBreaksALaw() throws InterruptedException {
    Laws.Row row = Laws.product(1, SCHEDULES, _ -> {});
    assertThat(row.broken()).as("%s%n%s", Laws.Row.head(), row).isZero();
    assertThat(row.schedules()).isEqualTo(SCHEDULES);
    assertThat(row.notes()).isGreaterThan(10 * SCHEDULES);
    assertThat(row.voids()).isGreaterThan(SCHEDULES);
    assertThat(row.memories()).isGreaterThan(5 * SCHEDULES);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PRODUCT")
  void aBrokenJoinIsCaught(Joining twin) throws InterruptedException {
    Laws.Row row = Laws.row(twin, 1, FOR_A_TWIN, _ -> {});
    assertThat(row.broken()).as(row.toString()).isPositive();
    assertThat(row.lost()).as("what one replica does by itself is right").isZero();
  }
}
