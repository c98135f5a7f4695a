package io.mnemogrid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.log.Update;
import io.mnemogrid.memory.Intake.Outcome;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Byte for byte what an implementation says that was written from the formats alone. */
class CollectiveVectorsTest {
  private static final JsonNode ALL = Vectors.read("collective");

  /** A log of one collective, in memory. */
  private static final class Hub implements Intake.Rules, Intake.Earlier {
    final SpaceName space;
    final JsonNode vector;
    final long policy;
    final Map<String, Map<Long, Intake.Stored>> notes = new HashMap<>();
    State state = State.EMPTY;
    Frontier frontier = Frontier.EMPTY;
    @Nullable Update head;
    String writer = "";

    /**
     * A log without a version.
     *
     * @param policy the version of the policies that it judges by
     */
    Hub(JsonNode vector, String space, long policy) {
      this.vector = vector;
      this.policy = policy;
      this.space = new SpaceName(space);
    }

    Instant committed(JsonNode step) {
      Instant now = Instant.ofEpochMilli(step.get("clock").asLong());
      Update last = head;
      return last != null && last.fields().committed().isAfter(now)
          ? last.fields().committed()
          : now;
    }

    long version() {
      return head == null ? 0 : head.version();
    }

    void append(
        UpdateId id,
        Author author,
        String type,
        long base,
        Instant timestamp,
        Instant committed,
        Hash request,
        Changes changes,
        Outcome.@Nullable Joined joined) {
      Update last = head;
      State next = state.apply(changes, timestamp, author, version() + 1);
      Update update =
          Update.of(
              new Update.Fields(
                  space,
                  version() + 1,
                  id,
                  author,
                  type,
                  base,
                  timestamp,
                  committed,
                  request,
                  last == null ? Hash.ZERO : last.leafHash(),
                  next.root(),
                  changes,
                  joined == null ? List.of() : joined.superseded(),
                  joined == null ? List.of() : joined.overrode(),
                  null,
                  null,
                  joined == null ? null : joined.notes(),
                  policy));
      state = next;
      head = update;
      frontier = frontier.plus(update.leafHash());
    }

    void create(Instant now) {
      String id = vector.get("collective").asText();
      Json.Obj first = Collective.first(id);
      List<Changes.Added> added = new ArrayList<>();
      State.forEachLeafOf(
          io.mnemogrid.state.Pointer.ROOT,
          first,
          (path, value) -> added.add(new Changes.Added(path, value)));
      append(
          new UpdateId("collective." + id),
          new Author("operator"),
          "collective",
          0,
          now,
          now,
          Hash.sha256(first.canonicalBytes()),
          new Changes(added, List.of(), List.of()),
          null);
    }

    @Override
    public Set<Intake.Role> roles(Author author) {
      Set<Intake.Role> roles = EnumSet.noneOf(Intake.Role.class);
      JsonNode named = vector.get("roles").get(author.name());
      if (named != null) {
        named.forEach(
            role -> roles.add(Intake.Role.valueOf(role.asText().toUpperCase(Locale.ROOT))));
      }
      return roles;
    }

    @Override
    public Intake.Encrypt encrypt() {
      return Intake.Encrypt.valueOf(vector.get("encrypt").asText().toUpperCase(Locale.ROOT));
    }

    @Override
    public boolean isProven(
        Author author, String collective, AuthorKey writerKey, String signature) {
      return true; // the vectors hold no keys of authors
    }

    @Override
    public boolean hasSecret(Note note) {
      return false;
    }

    @Override
    public Intake.@Nullable Stored note(long seq) {
      return notes.getOrDefault(writer, Map.of()).get(seq);
    }

    Outcome push(JsonNode step) {
      JsonNode sent = step.get("push");
      List<Json> texts = new ArrayList<>();
      sent.get("notes")
          .forEach(note ->
              texts.add(
                  note.isTextual() ? Json.of(note.asText()) : Json.parse(Vectors.text(note))));
      String collective = vector.get("collective").asText();
      long base = sent.get("base").asLong();
      String signature = sent.get("signature").asText();
      Push push;
      try {
        push =
            step.has("verdicts")
                ? Push.relayed(collective, base, texts, signature, verdicts(step.get("verdicts")))
                : Push.read(
                    collective,
                    base,
                    texts.stream().map(text -> ((Json.Str) text).value()).toList(),
                    signature);
      } catch (Push.Refused e) {
        return new Outcome.Refused(e.refusal());
      }
      writer = push.writer().text();
      Instant committed = committed(step);
      Intake.Head now = new Intake.Head(state, version(), state.root(), committed);
      Outcome outcome = Intake.judge(now, push, this, this);
      if (outcome instanceof Outcome.Joined joined) {
        append(
            joined.id(),
            joined.author(),
            "sync",
            base,
            joined.timestamp(),
            committed,
            joined.request(),
            joined.changes(),
            joined);
        joined
            .stored()
            .forEach(taken ->
                notes
                    .computeIfAbsent(writer, _ -> new HashMap<>())
                    .put(
                        taken.seq(),
                        new Intake.Stored(taken.hash(), version(), state.root(), taken.code())));
      }
      return outcome;
    }

    Map<Long, Code> verdicts(JsonNode given) {
      Map<Long, Code> verdicts = new HashMap<>();
      given.forEach(
          each -> verdicts.put(each.get("seq").asLong(), Code.parse(each.get("code").asText())));
      return verdicts;
    }

    /** The answer as the protocol spells it. */
    Json answer(Outcome outcome) {
      return switch (outcome) {
        case Outcome.Refused refused -> refused.refusal().toJson();
        case Outcome.Known known ->
            answer(true, known.results(), known.root(), known.seen(), List.of(), known.version());
        case Outcome.Joined joined ->
            answer(
                false,
                joined.results(),
                state.root(),
                joined.seen(),
                joined.superseded().stream().map(lost -> (Json) Update.toJson(lost)).toList(),
                version());
      };
    }

    private static Json answer(
        boolean known,
        List<NoteResult> results,
        Hash root,
        long seen,
        List<Json> superseded,
        long version) {
      return Json.object(
          Map.of(
              "known", Json.of(known),
              "results",
                  new Json.Arr(results.stream().map(result -> (Json) result.toJson()).toList()),
              "root", Json.of(root.toString()),
              "seen", Json.of(seen),
              "superseded", new Json.Arr(superseded),
              "version", Json.of(version)));
    }
  }

  static Stream<Arguments> schedules() {
    return Stream.concat(
            Stream.of(ALL.get("corners")), Vectors.items(ALL.get("schedules")).stream())
        .map(vector -> Arguments.of(vector.get("space").asText(), vector));
  }

  private static String json(JsonNode node) {
    return Json.parse(Vectors.text(node)).canonical();
  }

  private static void play(Hub hub, JsonNode step, String what) {
    Outcome outcome = hub.push(step);
    boolean refused = step.has("refused");
    assertThat(hub.answer(outcome).canonical())
        .as("%s: %s", what, step.path("what").asText())
        .isEqualTo(json(step.get(refused ? "refused" : "answer")));
    assertThat(outcome instanceof Outcome.Refused).isEqualTo(refused);
    if (step.hasNonNull("record")) {
      Update made = hub.head;
      assertThat(made).isNotNull();
      assertThat(made.text()).as(what).isEqualTo(json(step.get("record")));
      assertThat(Update.parse(made.text()).fields()).isEqualTo(made.fields());
    }
    if (step.has("document")) {
      assertThat(hub.state.document().canonical())
          .as(what)
          .isEqualTo(step.get("document").asText());
    }
    if (step.has("root")) {
      assertThat(hub.state.root()).as(what).hasToString(step.get("root").asText());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schedules")
  void everyPushIsJudgedAndRecordedAlike(String name, JsonNode vector) {
    Hub hub = new Hub(vector, name, vector.get("policy").asLong());
    JsonNode create = vector.get("create");
    hub.create(Instant.ofEpochMilli(create.get("clock").asLong()));
    assertThat(hub.head).isNotNull();
    assertThat(hub.head.text()).isEqualTo(json(create.get("record")));
    int played = 0;
    for (JsonNode step : Vectors.items(vector.get("steps"))) {
      play(hub, step, "step " + played);
      played++;
    }
    assertThat(hub.state.document().canonical()).isEqualTo(vector.get("document").asText());
    assertThat(hub.frontier.root()).hasToString(vector.get("logRoot").asText());
    assertThat(played).isGreaterThan(30);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schedules")
  void anotherHubEndsWithTheSameRoot(String name, JsonNode vector) {
    if (!vector.has("relays")) {
      assertThat(name).isEqualTo("corners");
      return;
    }
    JsonNode elsewhere = vector.get("elsewhere");
    Hub hub = new Hub(vector, elsewhere.get("space").asText(), 0);
    hub.create(Instant.ofEpochMilli(vector.get("create").get("clock").asLong()));
    assertThat(hub.head).isNotNull();
    assertThat(hub.head.text()).isEqualTo(json(elsewhere.get("create")));
    int played = 0;
    for (JsonNode step : Vectors.items(vector.get("relays"))) {
      play(hub, step, "relay " + played);
      played++;
    }
    assertThat(hub.state.document().canonical()).isEqualTo(vector.get("document").asText());
    assertThat(hub.frontier.root()).hasToString(elsewhere.get("logRoot").asText());
  }

  static Stream<JsonNode> joins() {
    return Stream.concat(
        Stream.concat(Stream.of(ALL.get("corners")), Vectors.items(ALL.get("schedules")).stream())
            .flatMap(vector -> Vectors.items(vector.get("joins")).stream()),
        Vectors.items(ALL.get("forkJoins")).stream());
  }

  static State state(String document) {
    List<Changes.Added> added = new ArrayList<>();
    State.forEachLeafOf(
        io.mnemogrid.state.Pointer.ROOT,
        Json.parseCanonical(document),
        (path, value) -> added.add(new Changes.Added(path, value)));
    return State.EMPTY.apply(
        new Changes(added, List.of(), List.of()), Instant.EPOCH, new Author("a"), 1);
  }

  static State join(State here, State there) {
    return here.apply(StateJoin.changes(here, there), Instant.EPOCH, new Author("a"), 2);
  }

  @ParameterizedTest
  @MethodSource("joins")
  void statesAreJoinedAlike(JsonNode vector) {
    State left = state(vector.get("left").asText());
    State right = state(vector.get("right").asText());
    String result = vector.get("result").asText();
    assertThat(join(left, right).document().canonical()).isEqualTo(result);
    assertThat(join(right, left).document().canonical()).isEqualTo(result);
    assertThat(join(left, right).root()).hasToString(vector.get("root").asText());
  }

  static final List<JsonNode> VERDICTS = Vectors.items(ALL.get("verdicts"));

  @ParameterizedTest
  @FieldSource("VERDICTS")
  void aNoteAloneIsJudgedAlike(JsonNode vector) {
    String text = vector.get("text").asText();
    String collective = Json.parseObject(text).text("collective");
    Note note = NoteReader.read(collective, text);
    Code fault = note.fault();
    assertThat(fault == null ? null : fault.text())
        .isEqualTo(vector.get("code").isNull() ? null : vector.get("code").asText());
    assertThat(note.hash()).hasToString(vector.get("hash").asText());
  }

  static final List<JsonNode> ENVELOPES = Vectors.items(ALL.get("envelopes").get("refused"));

  @ParameterizedTest
  @FieldSource("ENVELOPES")
  void anEnvelopeIsRefusedAlike(JsonNode text) {
    String collective = ALL.get("envelopes").get("collective").asText();
    assertThatThrownBy(() -> NoteReader.read(collective, text.asText()))
        .isInstanceOf(IllegalArgumentException.class)
        .isNotInstanceOf(NoteReader.NotItsKey.class);
  }

  static final List<JsonNode> KEYS = Vectors.items(ALL.get("keys"));

  @ParameterizedTest
  @FieldSource("KEYS")
  void aKeyHasItsIdAndSignsAlike(JsonNode vector) {
    AuthorKey key = new AuthorKey(vector.get("key").asText());
    assertThat(WriterId.of(key)).hasToString(vector.get("id").asText());
    byte[] message = HexFormat.of().parseHex(vector.get("signed").asText().substring(2));
    byte[] signature = java.util.Base64.getUrlDecoder().decode(vector.get("signature").asText());
    assertThat(key.verifies(message, signature)).isTrue();
    message[message.length - 1] ^= 1;
    assertThat(key.verifies(message, signature)).isFalse();
  }

  static final List<JsonNode> TICKS = Vectors.items(ALL.get("ticks"));

  @ParameterizedTest
  @FieldSource("TICKS")
  void aStampHasTheSameNext(JsonNode vector) {
    assertThat(new Stamp(vector.get(0).asText()).next()).hasToString(vector.get(1).asText());
  }
}
