package io.mnemogrid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.memory.Intake.Outcome;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.Base64Url;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What comes from outside: bad luck and bad intent. */
class IntakeTest {
  private static final long NOW = 1_764_000_000_000L;
  private static final String SUBJECT = "ec18eac8d758b1eba52d3c10d39adc6d";

  private record Rules(Set<Intake.Role> allowed, Intake.Encrypt encrypt) implements Intake.Rules {
    @Override
    public Set<Intake.Role> roles(Author author) {
      return allowed;
    }

    @Override
    public boolean isProven(Author author, String collective, AuthorKey writer, String signature) {
      return false;
    }

    @Override
    public boolean hasSecret(Note note) {
      return note.text().contains("sk-secret");
    }
  }

  private static final Rules WRITES =
      new Rules(EnumSet.of(Intake.Role.WRITER), Intake.Encrypt.SUBJECTS);
  private static final Rules ALL = new Rules(EnumSet.allOf(Intake.Role.class), Intake.Encrypt.NONE);

  private static Outcome judge(State state, Push push, Rules rules) {
    return Intake.judge(
        new Intake.Head(state, 1, state.root(), Instant.ofEpochMilli(NOW)), push, rules, _ -> null);
  }

  private static Outcome.Joined joined(State state, Push push, Rules rules) {
    Outcome outcome = judge(state, push, rules);
    assertThat(outcome).isInstanceOf(Outcome.Joined.class);
    return (Outcome.Joined) outcome;
  }

  private static State after(State state, Outcome.Joined joined) {
    return Scribe.with(state, joined.changes());
  }

  private static PushRefusal.Reason refused(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused) outcome).refusal().reason();
  }

  /** A state with memories of a writer that is at its first note. */
  private static State learned(Scribe writer, int memories, String content) throws Push.Refused {
    State state =
        after(
            Scribe.first(),
            joined(
                Scribe.first(),
                writer.push(writer.note(NOW, List.of(Scribe.join(writer, "ann")))),
                ALL));
    for (int from = 0; from < memories; from += 200) {
      List<Json> learns = new ArrayList<>();
      for (int i = from; i < Math.min(memories, from + 200); i++) {
        learns.add(Scribe.learn(content).with("subject", Json.of(SUBJECT)));
      }
      state = after(state, joined(state, writer.push(writer.note(NOW, learns)), ALL));
    }
    return state;
  }

  @Test
  void whoMayNotEraseCausesNoScan() throws Push.Refused {
    Scribe writer = new Scribe("a");
    State state = learned(writer, 2_000, "x");
    List<Json> wipes = new ArrayList<>();
    for (int i = 0; i < 255; i++) {
      wipes.add(
          Scribe.op(
              "wipe",
              "subject",
              Hash.sha256("subject " + i).toString().substring(2, 34),
              "reason",
              ""));
    }
    List<String> notes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      notes.add(writer.note(NOW, wipes));
    }
    Push push = writer.push(notes.toArray(String[]::new));
    long began = System.nanoTime();
    Outcome.Joined joined = joined(state, push, WRITES);
    Duration refused = Duration.ofNanos(System.nanoTime() - began);
    assertThat(joined.results()).allMatch(result -> result.code() == Code.FORBIDDEN);
    // 10,200 scans of 2,000 memories would be twenty million look-ups; the machine may be slow
    assertThat(refused).isLessThan(Duration.ofSeconds(5));
    Outcome.Joined wiped = joined(state, push, ALL);
    assertThat(wiped.changes().added()).hasSize(10_200 / 40);
  }

  @Test
  void aWipeTakesWhatTheSamePushLearned() throws Push.Refused {
    Scribe writer = new Scribe("a");
    State state = learned(writer, 3, "x");
    String learn = writer.note(NOW, List.of(Scribe.learn("y").with("subject", Json.of(SUBJECT))));
    String wipe =
        writer.note(
            NOW,
            List.of(
                Scribe.learn("z").with("subject", Json.of(SUBJECT)),
                Scribe.op("wipe", "subject", SUBJECT, "reason", "")));
    State after = after(state, joined(state, writer.push(learn, wipe), ALL));
    assertThat(after.document().get("m")).isEqualTo(Json.EMPTY_OBJECT);
    assertThat(after.document().get("gone")).isEqualTo(Json.object(Map.of(SUBJECT, Json.TRUE)));
  }

  @Test
  void aStampThatNoRecordCanNameIsRefusedToARelay() throws Push.Refused {
    Scribe writer = new Scribe("a");
    String note = writer.note((1L << 48) - 1, List.of(Scribe.join(writer, "ann")));
    Push push =
        Push.relayed(Scribe.COLLECTIVE, 0, List.of(Json.of(note)), writer.signature(), Map.of());
    assertThat(refused(judge(Scribe.first(), push, WRITES))).isEqualTo(PushRefusal.Reason.PROTOCOL);
  }

  @Test
  void aRecordIsBounded() throws Push.Refused {
    Scribe writer = new Scribe("a");
    State state = learned(writer, 1, "x");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String note = writer.note(NOW, List.of(Scribe.learn("c".repeat(60_000))));
      state = after(state, joined(state, writer.push(note), ALL));
      ids.add(writer.id() + "." + (3 + i) + ".1");
    }
    List<Json> writes =
        ids.stream()
            .<Json>map(
                id -> Scribe.op("write", "id", id, "field", "memory_type", "value", "semantic"))
            .toList();
    String first = writer.note(NOW, writes.subList(0, 100));
    Push small = writer.push(first);
    String second = writer.note(NOW, writes.subList(100, 200));
    assertThat(refused(judge(state, writer.push(first, second), ALL)))
        .isEqualTo(PushRefusal.Reason.RECORD_TOO_LARGE);
    Outcome.Joined alone = joined(state, small, ALL);
    assertThat(alone.results())
        .extracting(NoteResult::code)
        .containsExactly(Code.TOO_LARGE); // 100 texts before and after are 12 MB
    assertThat(alone.changes().count()).isEqualTo(1); // it is seen
  }

  @Test
  void whatNobodyMayReadIsNotKeptWhateverItIsVoidFor() throws Push.Refused {
    Scribe writer = new Scribe("a");
    State state =
        after(
            Scribe.first(),
            joined(
                Scribe.first(),
                writer.push(writer.note(NOW, List.of(Scribe.join(writer, "ann")))),
                WRITES));
    Json clear = Scribe.learn("Ann is ill").with("subject", Json.of(SUBJECT));
    Outcome.Joined joined =
        joined(
            state,
            writer.push(
                writer.note(NOW + 6_000, List.of(clear)),
                writer.note(NOW, List.of(Scribe.learn("sk-secret"), Scribe.op("join"))),
                writer.note(NOW + 6_000, List.of(Scribe.learn("later"))),
                writer.note(NOW, List.of(Scribe.learn("fine")))),
            WRITES);
    assertThat(joined.results())
        .extracting(NoteResult::code)
        .containsExactly(Code.CLOCK_AHEAD, Code.SCHEMA, Code.CLOCK_AHEAD, null);
    assertThat(joined.stored().stream().map(taken -> taken.text() != null))
        .containsExactly(false, false, true, true);
  }

  @Test
  void aRelayGivesTheVerdictsAndMakesUpNone() throws Push.Refused {
    Scribe forked = new Scribe("forked");
    Scribe other = new Scribe("other");
    State state =
        after(
            Scribe.first(),
            joined(
                Scribe.first(),
                forked.push(forked.note(NOW, List.of(Scribe.join(forked, "ann")))),
                ALL));
    state =
        after(
            state,
            joined(
                state,
                other.push(
                    other.note(
                        NOW,
                        List.of(
                            Scribe.join(other, "ann"),
                            Scribe.op("renew", "writer", forked.id().text(), "state", "forked")
                                .with("last", Json.of(1))))),
                ALL));
    Json use = Scribe.op("use", "id", forked.id() + ".6.1").with("total", Json.of(1));
    String note = other.note(NOW, List.of(use));
    Push own = other.push(note);
    assertThat(joined(state, own, ALL).results())
        .extracting(NoteResult::code)
        .containsExactly(Code.ORPHAN);
    Push relayed =
        Push.relayed(Scribe.COLLECTIVE, 0, List.of(Json.of(note)), other.signature(), Map.of());
    assertThat(refused(judge(state, relayed, ALL))).isEqualTo(PushRefusal.Reason.GAP);
    Push told =
        Push.relayed(
            Scribe.COLLECTIVE,
            0,
            List.of(Json.of(note)),
            other.signature(),
            Map.of(2L, Code.ORPHAN));
    assertThat(joined(state, told, ALL).results())
        .extracting(NoteResult::code)
        .containsExactly(Code.ORPHAN);
    Push false1 =
        Push.relayed(
            Scribe.COLLECTIVE,
            0,
            List.of(Json.of(other.note(NOW, List.of()))),
            other.signature(),
            Map.of(3L, Code.FORBIDDEN));
    State third = after(state, joined(state, own, ALL));
    assertThat(refused(judge(third, false1, ALL))).isEqualTo(PushRefusal.Reason.PROTOCOL);
  }

  @Test
  void malformedTextsAreRefusedAndNothingElse() {
    Scribe writer = new Scribe("a");
    String wrongKey = writer.note(NOW, List.of(Scribe.join(new Scribe("another"), "ann")));
    Map<String, List<String>> pushes = new HashMap<>();
    pushes.put("protocol", List.of("\ud800"));
    pushes.put("protocol too", List.of(wrongKey, "{"));
    pushes.put("bad-signature", List.of(wrongKey));
    pushes.forEach((reason, notes) ->
        assertThatThrownBy(() -> Push.read(Scribe.COLLECTIVE, 0, notes, "A".repeat(86)))
            .as(reason)
            .isInstanceOfSatisfying(
                Push.Refused.class,
                refused -> assertThat(reason).startsWith(refused.refusal().reason().text())));
    Json hash = Json.object(Map.of("hash", Json.of("0xzz"), "seq", Json.of(2)));
    assertThatThrownBy(() ->
            Push.relayed(
                Scribe.COLLECTIVE, 0, List.of(hash), "A".repeat(86), Map.of(2L, Code.SECRET)))
        .isInstanceOf(Push.Refused.class);
    String longWriter = wrongKey.replace(writer.id().text(), "x".repeat(100_000));
    assertThatThrownBy(() -> NoteReader.read(Scribe.COLLECTIVE, longWriter))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
  }

  @Test
  void aTagThatIsTooLongIsNotNormalized() {
    Scribe writer = new Scribe("a");
    writer.note(NOW, List.of());
    String tag = "a" + "\u0308".repeat(30_000) + "\u0325".repeat(30_000);
    String id = writer.id() + ".1.2";
    String text =
        writer.note(
            NOW,
            List.of(Scribe.op("tag", "id", id, "tag", tag).with("over", new Json.Arr(List.of()))));
    long began = System.nanoTime();
    Note note = NoteReader.read(Scribe.COLLECTIVE, text);
    assertThat(note.fault()).isEqualTo(Code.TOO_LARGE);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
  }

  private static PushRefusal refusal(State state, Push push, Map<Long, Intake.Stored> earlier) {
    Outcome outcome =
        Intake.judge(
            new Intake.Head(state, 9, state.root(), Instant.ofEpochMilli(NOW)),
            push,
            ALL,
            earlier::get);
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused) outcome).refusal();
  }

  @Test
  void anotherKeyUnderTheSameIdIsRefused() throws Push.Refused {
    Scribe writer = new Scribe("a");
    Push first = writer.push(writer.note(NOW, List.of(Scribe.join(writer, "ann"))));
    String document =
        Scribe.first()
            .document()
            .with(
                "writers",
                Json.object(
                    Map.of(
                        writer.id().text(),
                        Json.ofStrings(List.of("ann", new Scribe("b").key().text(), "active")))))
            .canonical();
    State taken = Scribe.state(Json.parseObject(document));
    assertThat(refused(judge(taken, first, ALL))).isEqualTo(PushRefusal.Reason.ID_TAKEN);
  }

  @Test
  void whoSignedThatAWriterIsItsIsProven() throws Push.Refused {
    Scribe writer = new Scribe("a");
    Scribe author = new Scribe("the author's own key");
    for (Scribe signer : List.of(author, writer)) {
      Scribe fresh = new Scribe("a");
      Json.Obj join = Scribe.join(fresh, "ann");
      String proof = signer.sign(Note.joined(Scribe.COLLECTIVE, new AuthorKey(join.text("key"))));
      Push push =
          fresh.push(fresh.note(NOW, List.of(join.with("author_signature", Json.of(proof)))));
      Intake.Rules rules =
          new Intake.Rules() {
            @Override
            public Set<Intake.Role> roles(Author name) {
              return WRITES.roles(name);
            }

            @Override
            public Intake.Encrypt encrypt() {
              return Intake.Encrypt.NONE;
            }

            @Override
            public boolean isProven(
                Author name, String collective, AuthorKey key, String signature) {
              return author
                  .key()
                  .verifies(
                      Note.joined(collective, key),
                      Base64Url.decode(signature, AuthorKey.SIGNATURE_BYTES, "a signature"));
            }

            @Override
            public boolean hasSecret(Note note) {
              return false;
            }
          };
      Outcome outcome =
          Intake.judge(
              new Intake.Head(Scribe.first(), 1, Scribe.first().root(), Instant.ofEpochMilli(NOW)),
              push,
              rules,
              _ -> null);
      if (signer == author) {
        assertThat(outcome).isInstanceOf(Outcome.Joined.class);
      } else {
        assertThat(refused(outcome)).isEqualTo(PushRefusal.Reason.BAD_SIGNATURE);
      }
    }
  }

  @Test
  void withoutTheHashesOfEarlierNotesTheLastOneBindsThem() throws Push.Refused {
    Scribe writer = new Scribe("a");
    String one = writer.note(NOW, List.of(Scribe.join(writer, "ann")));
    Push first = writer.push(one);
    State state = after(Scribe.first(), joined(Scribe.first(), first, ALL));
    String two = writer.note(NOW, List.of(Scribe.learn("x")));
    Push second = writer.push(two);
    state = after(state, joined(state, second, ALL));
    assertThat(judge(state, writer.push(one, two), ALL)).isInstanceOf(Outcome.Known.class);
    assertThat(refusal(state, first, Map.of()).toJson().canonical())
        .isEqualTo("{\"code\":\"gap\",\"have\":2}");
    Scribe copy = new Scribe("a");
    copy.note(NOW, List.of(Scribe.join(copy, "ann")));
    String other = copy.note(NOW, List.of(Scribe.learn("y")));
    PushRefusal fork = refusal(state, copy.push(one, other), Map.of());
    assertThat(fork.reason()).isEqualTo(PushRefusal.Reason.FORK);
    assertThat(fork.details().get("seq")).isEqualTo(Json.of(2));
    String third = copy.note(NOW, List.of(Scribe.learn("z")));
    PushRefusal next = refusal(state, copy.push(third), Map.of());
    assertThat(next.reason()).isEqualTo(PushRefusal.Reason.FORK);
    assertThat(next.details().get("seq")).isEqualTo(Json.of(2));
  }

  @Test
  void whatIsKnownIsAnsweredAsItStands() throws Push.Refused {
    Scribe writer = new Scribe("a");
    Push push = writer.push(writer.note(NOW, List.of(Scribe.join(writer, "ann"))));
    Outcome.Joined joined = joined(Scribe.first(), push, ALL);
    State state = after(Scribe.first(), joined);
    Hash then = Hash.sha256("the root of version 2");
    Intake.Stored stored =
        new Intake.Stored(joined.stored().getFirst().hash(), 2, then, Code.SET_FULL);
    Outcome outcome =
        Intake.judge(
            new Intake.Head(state, 9, state.root(), Instant.ofEpochMilli(NOW)),
            push,
            ALL,
            _ -> stored);
    assertThat(outcome)
        .isEqualTo(
            new Outcome.Known(
                2, then, 1, List.of(new NoteResult(1, true, 2L, Code.SET_FULL, null, List.of()))));
  }

  @Test
  void eachVoidHasItsCode() throws Push.Refused {
    Scribe writer = new Scribe("a");
    State state = learned(writer, 1, "x");
    String id = writer.id() + ".2.1";
    List<Json> adds = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      adds.add(Scribe.op("add", "id", id, "set", "evidence", "element", "e" + i));
    }
    Outcome.Joined joined =
        joined(
            state,
            writer.push(
                writer.note(NOW, List.of(Scribe.learn("sk-secret"))),
                writer.note(NOW, List.of(Scribe.op("join"))),
                writer.note(NOW, adds),
                writer.note(
                    NOW,
                    List.of(Scribe.op("add", "id", id, "set", "evidence", "element", "one more"))),
                writer.note(
                    NOW, List.of(Scribe.op("add", "id", id, "set", "evidence", "element", "e0")))),
            ALL);
    assertThat(joined.results())
        .extracting(NoteResult::code)
        .containsExactly(Code.SECRET, Code.SCHEMA, null, Code.SET_FULL, null);
    assertThat(joined.stored().stream().map(taken -> taken.text() != null))
        .containsExactly(false, false, true, true, true);
  }

  @Test
  void aLeafIsBounded() throws Push.Refused {
    Scribe writer = new Scribe("a");
    State state = learned(writer, 1, "x");
    String id = writer.id() + ".2.1";
    // control characters are six bytes each in canonical JSON: 256 of them outgrow a leaf
    for (int part = 0; part < 2; part++) {
      List<Json> adds = new ArrayList<>();
      for (int i = 0; i < 105; i++) {
        String element = String.format("%03d", 105 * part + i) + "\u0001".repeat(197);
        adds.add(Scribe.op("add", "id", id, "set", "evidence", "element", element));
      }
      Outcome.Joined joined =
          joined(state, writer.push(writer.note(NOW, adds.subList(0, 100))), ALL);
      assertThat(joined.results()).extracting(NoteResult::code).containsExactly((Code) null);
      state = after(state, joined);
    }
    List<Json> more = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String element = String.format("x%02d", i) + "\u0001".repeat(197);
      more.add(Scribe.op("add", "id", id, "set", "evidence", "element", element));
    }
    assertThat(joined(state, writer.push(writer.note(NOW, more)), ALL).results())
        .extracting(NoteResult::code)
        .containsExactly(Code.SET_FULL);
  }

  @Test
  void aNoteOneWithoutBytesIsNeverRelayed() throws Push.Refused {
    Scribe writer = new Scribe("a");
    String note = writer.note(NOW, List.of(Scribe.join(writer, "ann")));
    for (Code code : List.of(Code.SECRET, Code.CLEAR_TEXT)) {
      Push push =
          Push.relayed(
              Scribe.COLLECTIVE, 0, List.of(Json.of(note)), writer.signature(), Map.of(1L, code));
      assertThat(refused(judge(Scribe.first(), push, ALL))).isEqualTo(PushRefusal.Reason.PROTOCOL);
    }
  }

  @Test
  void aPushIsBounded() {
    Scribe writer = new Scribe("a");
    List<String> notes = new ArrayList<>();
    for (int i = 0; i < 101; i++) {
      notes.add(writer.note(NOW, i == 0 ? List.of(Scribe.join(writer, "ann")) : List.of()));
    }
    assertThatThrownBy(() -> writer.push(notes.toArray(String[]::new)))
        .isInstanceOf(Push.Refused.class)
        .hasMessageContaining("1 to 100 notes");
    Scribe long1 = new Scribe("b");
    List<String> large = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      Json learn = Scribe.learn("c".repeat(60_000));
      large.add(
          long1.note(NOW, i == 0 ? List.of(Scribe.join(long1, "ann"), learn) : List.of(learn)));
    }
    assertThatThrownBy(() -> long1.push(large.toArray(String[]::new)))
        .isInstanceOf(Push.Refused.class)
        .hasMessageContaining("1048576 bytes");
  }

  @Test
  void vectorsAreBoundedAndPlacesTakenOnce() {
    Scribe writer = new Scribe("a");
    writer.note(NOW, List.of());
    String id = writer.id() + ".1.2";
    Json.Obj vector =
        Scribe.op("vector", "id", id, "model", "m", "text_hash", Hash.ZERO.toString());
    Json add = Scribe.op("add", "id", id, "set", "evidence", "element", "e");
    String sealed = "A".repeat(4 * 16_384 / 3 / 4 * 4);
    String commitment = "A".repeat(43);
    Map<Json, Code> faults = new HashMap<>();
    faults.put(
        vector.with("data", Json.of("AAAA")).with("dimensions", Json.of(65_537)), Code.SCHEMA);
    faults.put(
        vector.with("data", Json.of("A".repeat(13_656))).with("dimensions", Json.of(1)),
        Code.TOO_LARGE);
    faults.put(
        vector
            .with("data", Json.ofStrings(List.of("~1", "k", sealed + "AAAA", commitment)))
            .with("dimensions", Json.of(1)),
        Code.TOO_LARGE);
    faults.forEach((operation, code) ->
        assertThat(read(writer, List.of(operation))).as(operation.toString()).isEqualTo(code));
    assertThat(
            read(
                writer,
                List.of(
                    vector
                        .with("data", Json.ofStrings(List.of("~1", "k", sealed, commitment)))
                        .with("dimensions", Json.of(65_536)))))
        .isNull();
    assertThat(read(writer, List.of(add, add))).isEqualTo(Code.SCHEMA);
    assertThat(
            read(
                writer,
                List.of(add, Scribe.op("add", "id", id, "set", "evidence", "element", "f"))))
        .isNull();
  }

  private static @Nullable Code read(Scribe writer, List<Json> operations) {
    return NoteReader.read(Scribe.COLLECTIVE, writer.note(NOW, operations)).fault();
  }
}
