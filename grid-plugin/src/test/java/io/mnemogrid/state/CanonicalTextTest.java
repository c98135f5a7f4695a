package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes beside those of the JDK's encoder and of Jackson's reader. */
class CanonicalTextTest {
  private static final int[] FIRST = {0, ' ', 'a', '"', 0x7f, 0x80, 0x7ff, 0x800, 0xe000, 0x1f600};

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(40); i > 0; i--) {
      int c = FIRST[random.nextInt(FIRST.length)] + random.nextInt(32);
      text.appendCodePoint(c);
    }
    return text.toString();
  }

  @Test
  void isReadBackByAnotherReader() throws Exception {
    ObjectMapper jackson = new ObjectMapper();
    Random random = new Random(7);
    CanonicalText out = new CanonicalText(0);
    for (int i = 0; i < 20_000; i++) {
      String text = text(random);
      out.clear();
      byte[] bytes = out.string(text).toBytes();
      assertThat(jackson.readValue(bytes, String.class)).isEqualTo(text);
      assertThat(out.toString().getBytes(StandardCharsets.UTF_8)).isEqualTo(bytes);
      assertThat(bytes).hasSize((int) CanonicalSize.of(text));
    }
  }

  @Test
  void writesNumbersAsTheJdkDoes() {
    Random random = new Random(8);
    for (int i = 0; i < 20_000; i++) {
      long number = random.nextLong() >> random.nextInt(64);
      assertThat(new CanonicalText(0).number(number)).hasToString(Long.toString(number));
    }
    for (long edge : new long[] {0, 9, 10, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThat(new CanonicalText(0).number(edge)).hasToString(Long.toString(edge));
    }
  }

  @Test
  void writesHashesAsTheyAreSpelt() {
    Hash hash = Hash.sha256("x");
    assertThat(new CanonicalText(0).ascii("<").hash(hash).ascii(">")).hasToString("<" + hash + ">");
  }

  /** Java's own encoder does the same. */
  @Test
  void aHalfOfASurrogatePairIsAQuestionMark() {
    assertThat(new CanonicalText(0).string("a\ud83d\u00e9")).hasToString("\"a?\u00e9\"");
  }
}
