package io.mnemogrid.api.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.SpaceName;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Places in many spaces as the id of an event. */
class PlacesTest {
  private static HeadTag tag(Random random) {
    byte[] digits = new byte[8];
    random.nextBytes(digits);
    long version = 1 + random.nextLong(1L << (1 + random.nextInt(50)));
    return new HeadTag(version, HexFormat.of().formatHex(digits));
  }

  private static SpaceName name(Random random) {
    String[] beginnings = {"team-a.", "team-b.", "t", "x.y_z-"};
    return SpaceName.of(beginnings[random.nextInt(4)] + random.nextInt(300));
  }

  private static Map<SpaceName, HeadTag> read(Places places) {
    Map<SpaceName, HeadTag> all = new TreeMap<>();
    places.spaces().forEach(space -> all.put(space, places.at(space)));
    return all;
  }

  @Test
  void aTextSaysWhatWasSet() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Map<SpaceName, HeadTag> model = new TreeMap<>();
      Places places = new Places();
      for (int step = 0; step < 120; step++) {
        SpaceName space = name(random);
        if (random.nextInt(4) == 0) {
          model.remove(space);
          places.set(space, Frames.BEFORE_ALL);
        } else {
          HeadTag tag = tag(random);
          model.put(space, tag);
          places.set(space, tag);
        }
      }
      String text = places.text();
      Places parsed = Places.parse(text);
      assertThat(read(parsed)).as("seed %s", seed).isEqualTo(model).isEqualTo(read(places));
      assertThat(parsed.text()).isEqualTo(text);
      assertThat(places.characters()).isBetween(text.length(), text.length() + 4);
      assertThat(text).matches("m1\\.[A-Za-z0-9_-]+");
    }
  }

  @Test
  void aSpaceThatIsNotNamedStandsBeforeItsFirstVersion() {
    Places none = new Places();
    assertThat(none.text()).isEqualTo("m1.AA");
    assertThat(Places.parse("m1.AA").at(SpaceName.of("any"))).isEqualTo(Frames.BEFORE_ALL);
  }

  @Test
  void asManyAsAreFollowedFitWhereNamesHaveMuchInCommon() {
    Places places = new Places();
    Random random = new Random(1);
    for (int i = 0; i < Places.MOST; i++) {
      places.set(SpaceName.of("customers.eu-west.%04d".formatted(i)), tag(random));
    }
    assertThat(places.characters()).isLessThan(Places.MOST_CHARACTERS);
    assertThat(Places.parse(places.text()).spaces()).hasSize(Places.MOST);
  }

  @Test
  void refusesWhatIsNoTextOfOurs() {
    Places places = new Places();
    Random random = new Random(2);
    for (int i = 0; i < 40; i++) {
      places.set(name(random), tag(random));
    }
    String text = places.text();
    for (int end = 0; end < text.length(); end++) {
      refuses(text.substring(0, end));
    }
    refuses(text + "A");
    refuses(text + text);
    refuses(text + "=");
    refuses(" " + text);
    refuses("m2" + text.substring(2));
    refuses("m1." + "A".repeat(7000));
    refuses(bytes("01 00 01 61 00 0000000000000000")); // version 0 is not named
    refuses(bytes("02 00 01 62 01 0000000000000000 00 01 61 01 0000000000000000")); // not in order
    refuses(bytes("02 00 01 61 01 0000000000000000 01 00 01 0000000000000000")); // twice
    refuses(bytes("02 00 01 61 01 0000000000000000 00 02 6162 01 0000000000000000")); // not shared
    refuses(bytes("01 00 01 41 01 0000000000000000")); // no name
    refuses(bytes("01 01 01 61 01 0000000000000000")); // shares with nothing
    refuses(bytes("01 00 01 61 8100 0000000000000000")); // a number spelled longer
    refuses(bytes("01 00 01 61 ffffffffffffffffff7f 0000000000000000"));
    refuses(bytes("ffffffff7f"));
  }

  private static String bytes(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return "m1." + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static void refuses(String text) {
    assertThatThrownBy(() -> Places.parse(text))
        .as(text)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("Index");
  }
}
