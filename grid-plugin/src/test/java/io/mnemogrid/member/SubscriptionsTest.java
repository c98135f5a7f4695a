package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {
  private final Subscriptions news = new Subscriptions();
  private final List<Long> heard = new ArrayList<>();

  @Test
  void eachPartHearsItsOwnKindAlone() {
    news.hear(News.Final.class, finality -> heard.add(finality.checkpoint()));
    news.accept(new News.Demand());
    news.accept("of a later version");
    news.accept(new News.Final(7, new HashMap<>()));
    assertThat(heard).containsExactly(7L);
  }

  @Test
  void refusesTwoHearersOfOneKind() {
    news.hear(News.Demand.class, _ -> {});
    assertThatThrownBy(() -> news.hear(News.Demand.class, _ -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("two parts hear Demand");
  }
}
