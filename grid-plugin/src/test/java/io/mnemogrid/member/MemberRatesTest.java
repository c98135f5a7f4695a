package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mnemogrid.SharedRates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Members that share rates, their messages and their clock in the hands of the test. */
class MemberRatesTest {
  private static final double TICK_SECONDS = MemberRates.EVERY.toMillis() / 1000.0;

  private final AtomicLong nanos = new AtomicLong();
  private final Map<String, MemberRates> there = new LinkedHashMap<>();
  private final List<News.Asked> told = new ArrayList<>();
  private boolean isCut;

  private MemberRates join(String id) {
    MemberRates member =
        new MemberRates(
            id,
            () -> Set.copyOf(there.keySet()),
            news -> {
              told.add(news);
              if (!isCut) {
                there.values().forEach(each -> each.heard(news));
              }
            },
            nanos::get);
    there.put(id, member);
    return member;
  }

  private void tick() {
    nanos.addAndGet(MemberRates.EVERY.toNanos());
    List.copyOf(there.values()).forEach(MemberRates::tick);
  }

  /** A second in which each rate is asked for its part of the whole. */
  private void second(Map<SharedRates.Rate, Double> asked) {
    for (int i = 0; i < 10; i++) {
      asked.forEach((rate, part) -> rate.asked(part * TICK_SECONDS));
      tick();
    }
  }

  @Test
  void aMemberAloneHasAllAndTellsNobody() {
    SharedRates.Rate rate = join("a").named("k");
    second(Map.of(rate, 0.5));
    assertThat(rate.share()).isEqualTo(1);
    assertThat(told).isEmpty();
  }

  @Test
  void membersBeginWithEqualSharesAndAreQuiet() {
    List<MemberRates> members = List.of(join("a"), join("b"), join("c"));
    tick();
    List<SharedRates.Rate> rates = members.stream().map(each -> each.named("k")).toList();
    for (int i = 0; i < 50; i++) {
      tick();
    }
    assertThat(rates).allMatch(rate -> rate.share() == 1.0 / 3);
    assertThat(told).as("nothing is asked, so nothing is told").isEmpty();
  }

  @Test
  void sharesFollowWhatIsAsked() {
    List<MemberRates> members = List.of(join("a"), join("b"), join("c"));
    tick();
    SharedRates.Rate a = members.get(0).named("k");
    SharedRates.Rate b = members.get(1).named("k");
    SharedRates.Rate c = members.get(2).named("k");
    SharedRates.Rate other = members.get(2).named("other");
    second(Map.of(a, 5.0));
    assertThat(a.share()).isGreaterThan(0.97);
    second(Map.of(a, 5.0, b, 0.2));
    second(Map.of(a, 5.0, b, 0.2));
    assertThat(b.share()).isCloseTo(0.2 / 1.2, within(0.02));
    assertThat(a.share() + b.share()).isCloseTo(0.99, within(0.01));
    c.asked(0.01);
    assertThat(c.share()).as("what it is told counts from the first request on").isLessThan(0.02);
    second(Map.of(c, 1.0));
    second(Map.of(c, 1.0));
    assertThat(c.share()).isGreaterThan(0.9);
    assertThat(other.share()).as("another rate").isCloseTo(1.0 / 3, within(1e-9));
  }

  @Test
  void whoLeavesFreesItsShareAndWhoJoinsHasOne() {
    MemberRates one = join("a");
    MemberRates two = join("b");
    tick();
    SharedRates.Rate a = one.named("k");
    SharedRates.Rate b = two.named("k");
    second(Map.of(a, 1.0, b, 1.0));
    assertThat(a.share()).isCloseTo(0.5, within(0.02));
    there.remove("b");
    second(Map.of(a, 1.0));
    assertThat(a.share()).isEqualTo(1);
    SharedRates.Rate c = join("c").named("k");
    tick();
    c.asked(0.1);
    assertThat(a.share() + c.share()).isCloseTo(1, within(0.1));
    second(Map.of(a, 1.0, c, 1.0));
    second(Map.of(a, 1.0, c, 1.0));
    assertThat(c.share()).isCloseTo(0.5, within(0.05));
  }

  @Test
  void isQuietAgainAndEqualOnceNothingIsAsked() {
    SharedRates.Rate a = join("a").named("k");
    SharedRates.Rate b = join("b").named("k");
    tick();
    second(Map.of(a, 1.0));
    for (int i = 0; i < 50; i++) {
      tick();
    }
    int before = told.size();
    tick();
    assertThat(told).hasSize(before);
    b.asked(0);
    a.asked(0);
    assertThat(a.share()).isEqualTo(0.5);
    assertThat(b.share()).isEqualTo(0.5);
  }

  @Test
  void whatIsNotHeardForAMomentCountsAndThenNoMore() {
    SharedRates.Rate a = join("a").named("k");
    SharedRates.Rate b = join("b").named("k");
    tick();
    second(Map.of(a, 1.0, b, 1.0));
    second(Map.of(a, 1.0, b, 1.0));
    isCut = true;
    for (int i = 0; i < 3; i++) {
      a.asked(TICK_SECONDS);
      tick();
    }
    assertThat(a.share()).isCloseTo(0.5, within(0.02));
    second(Map.of(a, 1.0));
    assertThat(a.share()).isGreaterThan(0.97);
  }

  @Test
  void tellsOfThoseThatMostIsAskedOf() {
    MemberRates one = join("a");
    join("b");
    tick();
    int all = 2 * MemberRates.MOST_TOLD + 1000;
    for (int i = 0; i < all; i++) {
      one.named("k" + i).asked(i < all / 2 ? 0.1 : 0.05);
    }
    one.named("faint").asked(0.001);
    tick();
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().rates()).hasSize(MemberRates.MOST_TOLD);
    assertThat(told.getFirst().rates().keySet())
        .allMatch(name -> Integer.parseInt(name.substring(1)) < all / 2);
    HashMap<String, Long> large = new HashMap<>();
    for (int i = 0; i <= MemberRates.MOST_TOLD; i++) {
      large.put("k" + i, 1000L);
    }
    SharedRates.Rate k0 = one.named("k0");
    one.heard(new News.Asked("b", large));
    k0.asked(0);
    assertThat(k0.share()).as("a message that is too large").isEqualTo(0.5);
    assertThatThrownBy(() -> one.named("n".repeat(101)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /**
   * What three members grant each of many callers, as parts of its rate, in the last of three
   * seconds: each caller asks for a part of its own, divided by chance.
   *
   * @param wanted what each caller asks for, as a part of its rate
   */
  private double[] granted(Random random, double[] wanted) {
    List<MemberRates> members = List.of(join("a"), join("b"), join("c"));
    tick();
    double[][] asked = new double[wanted.length][];
    SharedRates.Rate[][] rates = new SharedRates.Rate[wanted.length][];
    for (int caller = 0; caller < wanted.length; caller++) {
      String name = "caller " + caller;
      rates[caller] =
          members.stream().map(each -> each.named(name)).toArray(SharedRates.Rate[]::new);
      double[] parts = random.doubles(members.size()).map(part -> part * part).toArray();
      double sum = Arrays.stream(parts).sum();
      double all = wanted[caller];
      asked[caller] = Arrays.stream(parts).map(part -> part / sum * all).toArray();
    }
    double[] granted = new double[wanted.length];
    for (int i = 0; i < 30; i++) {
      for (int caller = 0; caller < wanted.length; caller++) {
        for (int m = 0; m < members.size(); m++) {
          rates[caller][m].asked(asked[caller][m] * TICK_SECONDS);
          if (i >= 20) {
            granted[caller] += Math.min(asked[caller][m], rates[caller][m].share()) / 10;
          }
        }
      }
      tick();
    }
    return granted;
  }

  /** A few thousand callers at once, of which most ask for more than they may. */
  @Test
  void manyCallersAreGrantedTheirRate() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    double[] wanted = random.doubles(3000, 0.3, 3).toArray();
    double[] granted = granted(random, wanted);
    for (int caller = 0; caller < wanted.length; caller++) {
      double due = Math.min(1, wanted[caller]);
      assertThat(granted[caller])
          .as("seed %d, caller %d, who asks for %s", seed, caller, wanted[caller])
          .isBetween(0.9 * due, 1.1);
    }
    assertThat(told).allMatch(news -> news.rates().size() <= 3000);
  }

  /** Beyond what is told the largest callers have their rate, and nobody has it twice. */
  @Test
  void whoAreTooManyToBeToldHaveNoRateTwice() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int large = 1500;
    double[] wanted =
        IntStream.range(0, 7000)
            .mapToDouble(caller -> caller < large ? 8 : 1.2 + random.nextDouble())
            .toArray();
    double[] granted = granted(random, wanted);
    assertThat(told.getLast().rates()).hasSize(MemberRates.MOST_TOLD);
    double most = Arrays.stream(granted).max().orElseThrow();
    assertThat(most).as("seed %d", seed).isBetween(1.1, 2 - 1.0 / 3);
    double ofLarge = Arrays.stream(granted, 0, large).average().orElseThrow();
    assertThat(ofLarge).as("seed %d, the largest", seed).isBetween(0.9, 1.1);
  }

  /** What three members grant together while callers move between them, lost messages included. */
  @Test
  void togetherTheyGrantTheRate() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<SharedRates.Rate> rates =
        List.of(join("a").named("k"), join("b").named("k"), join("c").named("k"));
    tick();
    double granted = 0;
    double[] asked = new double[3];
    int ticks = 2000;
    for (int i = 0; i < ticks; i++) {
      if (i % 100 == 0) { // every 10 s the callers go elsewhere, and want the whole rate or more
        for (int m = 0; m < 3; m++) {
          asked[m] = random.nextInt(3) == 0 ? 0 : random.nextDouble();
        }
        asked[random.nextInt(3)] = 1 + random.nextInt(5);
      }
      isCut = random.nextInt(20) == 0;
      for (int m = 0; m < 3; m++) {
        if (asked[m] > 0) {
          rates.get(m).asked(asked[m] * TICK_SECONDS);
        }
        granted += Math.min(asked[m], rates.get(m).share()) * TICK_SECONDS;
      }
      tick();
    }
    assertThat(granted / (ticks * TICK_SECONDS)).as("seed %d", seed).isBetween(0.9, 1.05);
  }
}
