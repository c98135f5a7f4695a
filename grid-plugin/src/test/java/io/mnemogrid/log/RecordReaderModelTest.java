package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.memory.Code;
import io.mnemogrid.memory.NotesMember;
import io.mnemogrid.memory.WriterId;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.UpdateId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader of records beside its slow twin: the same members, and the same verdict on spoilt. */
class RecordReaderModelTest {
  private static final List<String> TEXTS =
      List.of(
          "", "a", "dry", "Jörg", "😀", "\"", "\\", "\n\t\b\f\r", "\u0001\u001f", "/~", "\u2028");
  private static final List<Code> CODES = List.of(Code.values());
  private static final Set<String> OPTIONAL = Set.of("notes", "policy", "signed");
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "15",
          "1e-7",
          "0.1",
          "-2.5e+300",
          "5e-324",
          "9007199254740992",
          "1152921504606847000",
          "123456789012345",
          "1234567890123456",
          "1e+21");

  private static Optional<Update.Fields> verdict(Supplier<Update.Fields> reader) {
    try {
      return Optional.of(reader.get());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether both took the record. */
  private static boolean agree(byte[] utf8) {
    Optional<Update.Fields> fast = verdict(() -> RecordReader.read(utf8));
    Optional<Update.Fields> slow = verdict(() -> SlowRecord.read(utf8));
    assertThat(fast)
        .as(() -> new String(utf8, StandardCharsets.UTF_8) + " " + HexFormat.of().formatHex(utf8))
        .isEqualTo(slow);
    return fast.isPresent();
  }

  @Test
  void readsTheRecordsOfTheVectors() {
    for (JsonNode record : Vectors.items(Vectors.read("log").get("updates"))) {
      assertThat(agree(Json.parse(Vectors.text(record)).canonicalBytes())).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void readsRandomRecordsAndJudgesEachFlippedBitOfThemAlike(long seed) {
    Random random = new Random(seed);
    int taken = 0;
    for (int n = 0; n < 3; n++) {
      byte[] utf8 = Update.of(fields(random)).toBytes();
      assertThat(agree(utf8)).isTrue();
      for (int i = 0; i < utf8.length * 8; i++) {
        byte[] spoilt = utf8.clone();
        spoilt[i / 8] ^= (byte) (1 << i % 8);
        taken += agree(spoilt) ? 1 : 0;
      }
    }
    // a flipped bit in a value, a hash or a name mostly gives another record
    assertThat(taken).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(longs = {11})
  void judgesRecordsWithBytesTakenOutDoubledOrPutInAlike(long seed) {
    Random random = new Random(seed);
    byte[] utf8 = Update.of(fields(random)).toBytes();
    byte[] extra = " \n\t,:{}[]\"\\0123456789eE+-.aunlftr/é\u0000".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < utf8.length; i++) {
      agree(splice(utf8, i, 1, new byte[0]));
      agree(splice(utf8, i, 0, new byte[] {utf8[i]}));
      agree(Arrays.copyOf(utf8, i));
      for (byte b : extra) {
        agree(splice(utf8, i, 0, new byte[] {b}));
        agree(splice(utf8, i, 1, new byte[] {b}));
      }
    }
  }

  @Test
  void judgesOtherSpellingsOfStringsAndNumbersAlike() {
    String text = Update.of(fields(new Random(21))).text();
    List<String> spellings = new ArrayList<>(NUMBERS);
    spellings.addAll(
        List.of(
            "-0",
            "00",
            "01",
            "1.0",
            "1e2",
            "1E2",
            "1e+2",
            "1.",
            ".5",
            "-",
            "--1",
            "1e",
            "0x1",
            "NaN",
            "Infinity",
            "1e999",
            "1e-999",
            "0e0",
            "9007199254740993",
            "True",
            "nul",
            "1152921504606846976",
            "\"\\/\"",
            "\"\\u0041\"",
            "\"\\u001f\"",
            "\"\\u001F\"",
            "\"\\u0008\"",
            "\"\\b\"",
            "\"\\u0020\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\u007f\"",
            "\"\ufeff\"",
            "{\"a\":1,\"b\":2}",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,}",
            "{,}",
            "[,]",
            "[1,]",
            "[1 ]",
            "{\"\":0}",
            "{\"\u20ac\":0,\"\ud83d\ude00\":0}",
            "{\"\ud83d\ude00\":0,\"\ufb33\":0}",
            "{\"\ufb33\":0,\"\ud83d\ude00\":0}",
            "{a:1}",
            "'a'",
            "[".repeat(60) + "]".repeat(60),
            "[".repeat(61) + "]".repeat(61),
            "[".repeat(62) + "]".repeat(62),
            "[".repeat(63) + "]".repeat(63),
            "9".repeat(400),
            "\"" + "a".repeat(5000) + "\"",
            "{\"" + "n".repeat(2049) + "\":1}",
            "{\"" + "n".repeat(2048) + "\":1}"));
    for (String spelling : spellings) {
      // a member of a later version of the format, last in its order
      String record = text.substring(0, text.length() - 1) + ",\"x\":" + spelling + "}";
      agree(record.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(
            agree(
                (text.substring(0, text.length() - 1) + ",\"x\":1}")
                    .getBytes(StandardCharsets.UTF_8)))
        .isTrue();
  }

  @Test
  void judgesMembersThatAreMissingOrOfAnotherKindAlike() {
    Json.Obj record = Json.parseObject(Update.of(fields(new Random(31))).text());
    for (String name : record.members().keySet()) {
      TreeMap<String, Json> without = new TreeMap<>(record.members());
      without.remove(name);
      assertThat(agree(new Json.Obj(without).canonicalBytes())).isEqualTo(OPTIONAL.contains(name));
      for (String other :
          List.of("null", "true", "-1", "1.5", "\"\"", "\"é\"", "[]", "[1]", "{}")) {
        agree(record.with(name, Json.parse(other)).canonicalBytes());
      }
    }
  }

  @Test
  void refusesWhatIsOlderThanTheFormSaysAlike() {
    for (String text :
        List.of(
            "", "{", "{}", "[]", "null", "\"\"", "{\"author\":\"a\"}", "\ufeff{}", "{}{}", "{} ")) {
      assertThat(agree(text.getBytes(StandardCharsets.UTF_8))).as(text).isFalse();
    }
  }

  private static byte[] splice(byte[] bytes, int at, int gone, byte[] put) {
    byte[] out = new byte[bytes.length - gone + put.length];
    System.arraycopy(bytes, 0, out, 0, at);
    System.arraycopy(put, 0, out, at, put.length);
    System.arraycopy(bytes, at + gone, out, at + put.length, bytes.length - at - gone);
    return out;
  }

  private static Update.Fields fields(Random random) {
    long version = 1 + random.nextInt(1_000_000);
    return new Update.Fields(
        new SpaceName("space-" + random.nextInt(3)),
        version,
        new UpdateId("u" + random.nextInt(1000)),
        new Author("bot-" + random.nextInt(3)),
        pick(random, TEXTS),
        random.nextInt((int) version),
        Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L)),
        Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L)),
        Hash.sha256("request " + version),
        Hash.sha256("previous " + version),
        Hash.sha256("root " + version),
        new Changes(
            list(random, () -> new Changes.Added(path(random), value(random, 3))),
            list(random, () -> new Changes.Deleted(path(random), value(random, 3))),
            list(
                random,
                () -> new Changes.Modified(path(random), value(random, 2), value(random, 2)))),
        list(
            random,
            () ->
                new Superseded(
                    path(random),
                    random.nextBoolean() ? null : value(random, 1),
                    new Author("bot-b"),
                    random.nextInt(100))),
        list(
            random,
            () ->
                new Overrode(
                    path(random),
                    random.nextBoolean() ? null : value(random, 1),
                    new Author("bot-c"),
                    random.nextInt(100))),
        null,
        random.nextInt(4) > 0 ? null : signed(random),
        random.nextInt(3) > 0 ? null : notes(random),
        random.nextInt(3) > 0 ? null : Long.valueOf(random.nextInt(100)));
  }

  private static NotesMember notes(Random random) {
    long from = 1 + random.nextInt(1000);
    return new NotesMember(
        new WriterId("abcdefgh234567zy"),
        from,
        from + random.nextInt(100),
        Hash.sha256("note " + from),
        random.nextInt(3) > 0 ? "A".repeat(86) : null,
        random.nextBoolean()
            ? List.of()
            : List.of(new NotesMember.VoidNote(from, pick(random, CODES).text())));
  }

  private static Signed signed(Random random) {
    AuthorSigner signer = AuthorSigner.ofSeed(new byte[32]);
    AuthorSignature signature =
        signer.sign(new GridId("0".repeat(32)), new SpaceName("a"), Hash.ZERO);
    return new Signed(
        new Proven(1 + random.nextInt(100), signature),
        Json.EMPTY_OBJECT.with(pick(random, TEXTS), value(random, 3)));
  }

  private static <T> List<T> list(Random random, Supplier<T> item) {
    List<T> items = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      items.add(item.get());
    }
    return items;
  }

  private static Pointer path(Random random) {
    Pointer path = Pointer.ROOT;
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      path = path.child(pick(random, TEXTS));
    }
    return path;
  }

  private static Json value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> Json.NULL;
      case 1 -> Json.of(random.nextBoolean());
      case 2 -> new Json.Num(Double.parseDouble(pick(random, NUMBERS)));
      case 3 -> Json.of(pick(random, TEXTS));
      case 4 -> Json.of(random.nextInt());
      case 5 -> new Json.Arr(list(random, () -> value(random, depth - 1)));
      default -> {
        TreeMap<String, Json> members = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
          members.put(pick(random, TEXTS), value(random, depth - 1));
        }
        yield new Json.Obj(members);
      }
    };
  }

  private static <T> T pick(Random random, List<T> items) {
    return items.get(random.nextInt(items.size()));
  }
}
