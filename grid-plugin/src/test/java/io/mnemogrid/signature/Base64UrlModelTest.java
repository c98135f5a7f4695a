package io.mnemogrid.signature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which texts are the one spelling of some bytes, beside the slow way: to decode and encode. */
class Base64UrlModelTest {
  private static boolean slow(String text) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Test
  void agreesWithTheSlowWay() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ é";
    Random random = new Random(5);
    int spelled = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      int letters = random.nextInt(8) == 0 ? alphabet.length() : 64;
      for (int k = random.nextInt(9); k > 0; k--) {
        text.append(alphabet.charAt(random.nextInt(letters)));
      }
      boolean is = Base64Url.isOne(text.toString());
      assertThat(is).as(text.toString()).isEqualTo(slow(text.toString()));
      if (is) {
        spelled++;
        assertThat(Base64Url.bytes(text.toString()))
            .isEqualTo(Base64.getUrlDecoder().decode(text.toString()).length);
      }
    }
    assertThat(spelled).isBetween(20_000, 80_000);
  }
}
