package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.SharedRates;
import io.mnemogrid.grid.TestGrid;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three real members share a rate. */
class SharedRatesIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder;

  /** Asks each for its part of a tenth of a second, as its callers would. */
  private static void ask(List<SharedRates.Rate> rates, double... parts) {
    for (int i = 0; i < parts.length; i++) {
      if (parts[i] > 0) {
        rates.get(i).asked(parts[i] / 10);
      }
    }
  }

  private static double share(List<SharedRates.Rate> rates, int member) {
    return rates.get(member).share();
  }

  @Test
  void sharesFollowTheCallersFromMemberToMember() {
    int port = TestGrid.freePort();
    List<Mnemogrid> members = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        members.add(Mnemogrid.start(TestGrid.member(folder, port).withPort(port + i)));
      }
      List<SharedRates.Rate> rates =
          members.stream().map(each -> each.rates().orElseThrow().named("k/requests")).toList();
      Duration pace = Duration.ofMillis(100);
      await()
          .pollInterval(pace)
          .atMost(SOON)
          .untilAsserted(() -> {
            ask(rates, 3, 0, 0.25);
            assertThat(share(rates, 0)).isBetween(0.72, 0.85);
            assertThat(share(rates, 2)).isBetween(0.15, 0.25);
          });
      await()
          .pollInterval(pace)
          .atMost(SOON)
          .untilAsserted(() -> {
            ask(rates, 0, 3, 0);
            assertThat(share(rates, 1)).isGreaterThan(0.95);
          });
      members.removeLast().close();
      members.removeFirst().close();
      await()
          .pollInterval(pace)
          .atMost(SOON)
          .untilAsserted(() -> {
            ask(rates, 0, 3, 0);
            assertThat(share(rates, 1)).isEqualTo(1);
          });
      try (Mnemogrid bot =
          Mnemogrid.start(
              TestGrid.bot(folder, port + 1, TestGrid.freePort()).withCluster("test-" + port))) {
        assertThat(bot.rates()).isEmpty();
      }
    } finally {
      members.forEach(Mnemogrid::close);
    }
  }
}
