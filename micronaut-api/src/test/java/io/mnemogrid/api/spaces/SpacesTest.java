package io.mnemogrid.api.spaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** What is said of a space whose row and log cannot be read now. */
class SpacesTest {
  private static Spaces without(Trouble trouble) {
    Mnemogrid grid =
        (Mnemogrid)
            Proxy.newProxyInstance(
                Mnemogrid.class.getClassLoader(),
                new Class<?>[] {Mnemogrid.class},
                (_, _, _) -> {
                  throw new LogUnavailable(Outcome.NOT_APPLIED, trouble, "no connection", null);
                });
    return new Spaces(grid);
  }

  @Test
  void aWriterLearnsThatNothingWasCommitted() {
    assertThatThrownBy(() -> without(Trouble.AWAY).toWrite("a"))
        .asInstanceOf(type(ProblemException.class))
        .satisfies(thrown -> {
          assertThat(thrown.problem().code()).isEqualTo("not-applied");
          assertThat(thrown.problem().status().getCode()).isEqualTo(503);
        });
  }

  @Test
  void aReaderLearnsThatTheStoreIsAway() {
    assertThatThrownBy(() -> without(Trouble.AWAY).find("a")).isInstanceOf(LogUnavailable.class);
  }

  @Test
  void whatTheStoreRefusesIsToldAsThat() {
    assertThatThrownBy(() -> without(Trouble.REFUSED).toWrite("a"))
        .isInstanceOf(LogUnavailable.class);
  }
}
