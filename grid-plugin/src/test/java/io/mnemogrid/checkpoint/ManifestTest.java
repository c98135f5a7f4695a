package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
  private static final Head HEAD =
      new Head(new SpaceName("daryl"), 7, Hash.sha256("state"), Hash.sha256("log"));
  private static final Manifest MANIFEST =
      new Manifest(
          1,
          new Address("0x" + "ab".repeat(20)),
          Hash.ZERO,
          List.of(new Manifest.Entry(HEAD, ContentAddress.of(new byte[] {1}), 5)),
          Instant.parse("2026-02-05T19:00:01Z"));

  @Test
  void readsBackWhatItWrites() {
    assertThat(Manifest.parse(MANIFEST.toText())).isEqualTo(MANIFEST);
    assertThat(MANIFEST.digest()).isEqualTo(Hash.sha256(MANIFEST.toText()));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`\"number\":1,`, `\"number\":1.5,`",
        "`\"number\":1,`, `\"number\":\"1\",`",
        "`\"number\":1,`, ``",
        "`\"number\":1,`, `\"number\": 1,`",
        "`\"number\":1,`, `\"note\":1,\"number\":1,`",
        "`\"version\":7`, `\"version\":4`", // the snapshot would lie beyond the head
        "`\"version\":7`, `\"version\":0`",
        "`\"version\":7`, `\"version\":7,\"x\":1`",
        "`\"snapshot_version\":5`, `\"snapshot_version\":0`",
        "`\"snapshot_version\":5`, `\"snapshot_version\":8`",
        "`\"daryl\"`, `\"Daryl\"`",
        "`19:00:01.000Z`, `19:00:01Z`",
        "`0xabab`, `0xABAB`",
        "`ipfs://`, ``",
        "`\"spaces\":{`, `\"spaces\":[{`"
      })
  void refusesEveryOtherText(String from, String to) {
    String spoiled = MANIFEST.toText().replace(from, to);
    assertThat(spoiled).isNotEqualTo(MANIFEST.toText());
    assertThatThrownBy(() -> Manifest.parse(spoiled)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void headsBeginAtVersionOne() {
    assertThatThrownBy(() -> new Head(new SpaceName("daryl"), 0, Hash.OF_NOTHING, Hash.OF_NOTHING))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Header(0, Hash.ZERO, Hash.ZERO, Hash.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
