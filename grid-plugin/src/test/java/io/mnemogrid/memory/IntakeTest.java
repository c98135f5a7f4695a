package io.mnemogrid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.memory.Intake.Outcome;
import io.mnemogrid.signature.AuthorKey;
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
              "wipe", "subject", Hash.sha256("subject " + i).toString().substring(2, 34), "reason", ""));
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
}
