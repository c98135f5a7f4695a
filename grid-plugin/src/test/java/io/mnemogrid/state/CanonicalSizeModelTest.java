package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The size of a canonical text against the text itself. */
class CanonicalSizeModelTest {
  private static final String CHARACTERS =
      "aZ09 \"\\/\b\t\n\f\r\u0001\u001f\u007f\u0080é߿ࠀ€\ufffd😀";

  @Test
  void isTheLengthOfWhatIsWritten() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      Json value = value(random, 3);
      assertThat(value.sizeBytes()).as(value.canonical()).isEqualTo(value.canonicalBytes().length);
    }
  }

  private static Json value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> Json.NULL;
      case 1 -> Json.of(random.nextBoolean());
      case 2 -> new Json.Num(random.nextBoolean() ? random.nextInt() : random.nextGaussian() * 1e9);
      case 3, 4 -> Json.of(text(random));
      case 5 -> {
        List<Json> items = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          items.add(value(random, depth - 1));
        }
        yield new Json.Arr(items);
      }
      default -> {
        Map<String, Json> members = new TreeMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          members.put(text(random), value(random, depth - 1));
        }
        yield Json.object(members);
      }
    };
  }

  private static String text(Random random) {
    int[] points = CHARACTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }
}
