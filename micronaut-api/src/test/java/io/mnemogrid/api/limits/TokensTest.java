package io.mnemogrid.api.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mnemogrid.api.limits.RateClass.Kind;
import io.mnemogrid.setting.Rate;
import org.junit.jupiter.api.Test;

/** Buckets and callers, with shares and a clock in the hands of the test. */
class TokensTest {
  private final HandClock clock = new HandClock();
  private final HandShare share = new HandShare();

  private Tokens tokens(long rate) {
    return new Tokens(rate, share, clock);
  }

  private static int taken(Tokens tokens) {
    int taken = 0;
    while (tokens.take()) {
      taken++;
    }
    return taken;
  }

  @Test
  void grantsASecondAtOnceAndThenTheRate() {
    Tokens tokens = tokens(100);
    assertThat(taken(tokens)).isEqualTo(100);
    clock.pass(0.05);
    assertThat(taken(tokens)).isEqualTo(5);
    clock.pass(3600);
    assertThat(taken(tokens)).as("nothing is saved up").isEqualTo(100);
  }

  @Test
  void grantsItsShare() {
    share.share = 0.25;
    Tokens tokens = tokens(100);
    assertThat(taken(tokens)).isEqualTo(25);
    clock.pass(1);
    assertThat(taken(tokens)).isEqualTo(25);
    share.share = 0.003;
    Tokens few = tokens(100);
    assertThat(taken(few)).as("one at least").isEqualTo(1);
    clock.pass(3.4);
    assertThat(taken(few)).as("each 3.3 s").isEqualTo(1);
    clock.pass(3.2);
    assertThat(taken(few)).isZero();
  }

  @Test
  void noTokenComesOfMovingShares() {
    share.share = 0.5;
    Tokens tokens = tokens(100);
    share.share = 1;
    tokens.want(1);
    assertThat(tokens.left()).isEqualTo(50);
    share.share = 0.1;
    tokens.want(1);
    assertThat(tokens.left()).isEqualTo(10);
    share.share = 1;
    tokens.want(1);
    assertThat(tokens.left()).isEqualTo(10);
    clock.pass(0.2);
    assertThat(taken(tokens)).as("the rate is that of the new share").isEqualTo(30);
    tokens.charge(50);
    share.share = 0.5;
    tokens.want(1);
    assertThat(tokens.left()).as("what was charged stays charged").isEqualTo(-50);
    clock.pass(1);
    assertThat(tokens.left()).isZero();
  }

  @Test
  void aSmallChangeOfTheShareIsNone() {
    share.share = 0.5;
    Tokens tokens = tokens(1000);
    share.share = 0.505;
    tokens.want(1);
    clock.pass(60);
    assertThat(tokens.left()).isEqualTo(500);
  }

  @Test
  void chargesMoreThanThereIsButNotForEver() {
    Tokens tokens = tokens(100);
    tokens.charge(150);
    assertThat(tokens.left()).isEqualTo(-50);
    assertThat(tokens.take()).isFalse();
    assertThat(tokens.secondsUntil(1, tokens.left())).isEqualTo(1);
    clock.pass(0.6);
    assertThat(tokens.take()).isTrue();
    tokens.charge(1_000_000_000);
    assertThat(tokens.left()).isEqualTo(-1000);
    assertThat(tokens.secondsUntil(1, tokens.left())).isEqualTo(11);
    tokens.charge(10);
    assertThat(tokens.left()).isEqualTo(-1000);
  }

  @Test
  void tellsTheOthersWhatIsWanted() {
    Tokens tokens = tokens(100);
    tokens.want(1);
    tokens.charge(9);
    assertThat(share.asked).isCloseTo(0.1, within(1e-9));
    tokens.giveBack(5);
    assertThat(share.asked).isCloseTo(0.05, within(1e-9));
    tokens.wantAll();
    assertThat(share.asked).isCloseTo(1.05, within(1e-9));
  }

  private Caller caller(Rate rate) {
    return new Caller(RateClass.of("writer", rate), _ -> share, clock);
  }

  @Test
  void aCallerWaitsForWhatItHasUsedUp() {
    Caller caller = caller(new Rate(10, 1000, 50));
    assertThat(caller.enter()).isNull();
    caller.work(170);
    assertThat(caller.enter()).isEqualTo(new Caller.Refusal(Kind.WORK, 50, 3));
    clock.pass(3);
    assertThat(caller.enter()).isNull();
    caller.bytes(1500);
    assertThat(caller.enter()).isEqualTo(new Caller.Refusal(Kind.BYTES, 1000, 1));
    clock.pass(60);
    for (int i = 0; i < 10; i++) {
      assertThat(caller.enter()).isNull();
    }
    assertThat(caller.enter()).isEqualTo(new Caller.Refusal(Kind.REQUESTS, 10, 1));
    caller.giveBack();
    assertThat(caller.enter()).isNull();
  }

  @Test
  void whatIsNotLimitedIsNotRefused() {
    Caller caller = caller(new Rate(0, 0, 5));
    for (int i = 0; i < 1000; i++) {
      caller.bytes(1 << 30);
      assertThat(caller.enter()).isNull();
    }
    assertThat(caller.left()).isEqualTo("\"writer-work\";r=5;t=0");
    assertThat(RateClass.of("writer", Rate.NONE).policy()).isEmpty();
  }

  @Test
  void tellsThePoliciesAndWhatIsLeftOfTheTightestOne() {
    Caller caller = caller(new Rate(100, 1000, 50));
    assertThat(caller.of().policy())
        .isEqualTo(
            "\"writer\";q=100;w=1, \"writer-bytes\";q=1000;w=1;qu=\"content-bytes\","
                + " \"writer-work\";q=50;w=1;qu=\"work\"");
    assertThat(caller.left()).isEqualTo("\"writer\";r=100;t=0");
    caller.enter();
    assertThat(caller.left()).isEqualTo("\"writer\";r=99;t=1");
    caller.bytes(500);
    assertThat(caller.left()).isEqualTo("\"writer-bytes\";r=500;t=1");
    caller.work(150);
    assertThat(caller.left()).isEqualTo("\"writer-work\";r=0;t=3");
  }
}
