package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnsweringTest {
  private final Answering answering = new Answering();

  @Test
  void findsAPartByTheTypeItWasAddedUnder() {
    answering.add(CharSequence.class, "a part");
    assertThat(answering.part(CharSequence.class)).isEqualTo("a part");
    assertThat(answering.find(String.class)).as("of another type").isEmpty();
  }

  @Test
  void saysThatAPartIsMissing() {
    assertThatThrownBy(() -> answering.part(Runnable.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this member has no Runnable, or is still starting");
  }

  @Test
  void whatIsFoundOrNotArrivesAsItWasSent() {
    assertThat(OneOrNone.of(Optional.of("here")).toOptional()).contains("here");
    assertThat(OneOrNone.of(Optional.<String>empty()).toOptional()).isEmpty();
  }
}
