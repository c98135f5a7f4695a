package io.mnemogrid.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {
  private static final SpaceName SPACE = SpaceName.of("ruled");
  private static final Instant NOW = Instant.parse("2026-02-05T19:00:00Z");
  private static final Principal WRITER =
      new Principal(new Grant(Role.WRITER, List.of(Glob.ALL), List.of(Glob.ALL)));

  /** One writer for some paths, each node for its own, all for others. */
  private static final String RULES =
      "{'format':'mnemogrid-policy-1','writers':["
          + "{'paths':['/boot/**'],'authors':['manager']},"
          + "{'paths':['/daily/{node}/**'],'authors':['{node}','{node}-*']}]}";

  private static Json json(String text) {
    return Json.parse(text.replace('\'', '"'));
  }

  /** A space with a policy, as its versions grow. */
  private static final class World {
    State state = State.EMPTY;
    long version;

    World(String policy) {
      assertThat(send(Principal.TRUSTED, "operator", Reserved.POLICY.toString(), policy)).isNull();
    }

    @Nullable Refusal send(
        Principal principal, String author, String path, @Nullable String value) {
      return send(new Sending(principal, Condition.NONE), edit(author, version, path, value));
    }

    @Nullable Refusal write(String author, String path, @Nullable String value) {
      return send(WRITER, author, path, value);
    }

    @Nullable Refusal send(Sending sending, Delta sent) {
      Delta delta = sent.against(version, NOW);
      Resolution resolution =
          Policy.in(state)
              .judge(SPACE, sending, state, delta, Resolver.resolve(state, version, delta));
      return switch (resolution) {
        case Resolution.Refused refused -> refused.refusal();
        case Resolution.Unchanged _ -> null;
        case Resolution.Accepted accepted -> {
          state = accepted.next();
          version += 1 + accepted.before().size();
          yield null;
        }
      };
    }
  }

  private static Delta.Edit edit(
      String author, long base, String path, @Nullable String value, String... more) {
    List<Change> changes = new ArrayList<>();
    changes.add(change(path, value));
    for (int i = 0; i < more.length; i += 2) {
      changes.add(change(more[i], more[i + 1]));
    }
    return Delta.Edit.of(
        new UpdateId("u"), base, new Author(author), NOW, "test", changes, false, List.of());
  }

  private static Change change(String path, @Nullable String value) {
    return value == null
        ? new Change.Delete(Pointer.parse(path), path, null)
        : new Change.Put(Pointer.parse(path), path, json(value), null);
  }

  private static void assertRule(@Nullable Refusal refusal, String path, String rule) {
    assertThat(refusal).isInstanceOf(Refusal.Policy.class);
    assertThat(String.valueOf(((Refusal.Policy) refusal).path())).isEqualTo(path);
    assertThat(((Refusal.Policy) refusal).rule()).isEqualTo(rule);
  }

  @Test
  void oneWriterForSomePathsEachNodeForItsOwnAllForOthers() {
    World world = new World(RULES);
    assertThat(world.write("manager", "/boot/image", "1")).isNull();
    assertRule(world.write("node-a", "/boot/image", "2"), "/boot/image", "/writers/0");
    assertThat(world.write("node-a", "/daily/node-a/x", "1")).isNull();
    assertThat(world.write("node-a-sub", "/daily/node-a/x", "2")).isNull();
    assertRule(world.write("node-b", "/daily/node-a/x", "3"), "/daily/node-a/x", "/writers/1");
    assertThat(world.write("node-b", "/notes/x", "1")).isNull();
    assertThat(world.write("node-b", "/daily", "{}")).as("what stands is not changed").isNotNull();
  }

  @Test
  void aSetAboveIsJudgedByWhatItReplacesAndByWhatItSets() {
    World world = new World(RULES);
    world.write("manager", "/boot/image", "1");
    assertRule(world.write("node-a", "/boot", "5"), "/boot", "/writers/0");
    assertRule(world.write("node-a", "", "{'x':1}"), "/boot/image", "/writers/0");
    assertRule(world.write("node-a", "", null), "/boot/image", "/writers/0");
    assertRule(
        world.write("node-a", "", "{'boot':{'image':1,'more':2}}"), "/boot/more", "/writers/0");
    assertThat(world.write("node-a", "", "{'boot':{'image':1},'x':1}"))
        .as("what stands already may be sent along")
        .isNull();
    assertRule(
        world.write("node-a", "/daily", "{'node-b':{'x':1}}"), "/daily/node-b/x", "/writers/1");
    assertThat(world.write("node-a", "/daily", "{'node-a':{'x':1}}")).isNull();
  }

  @Test
  void anEmptyObjectIsNoPlaceOfItsOwn() {
    World world =
        new World(
            "{'format':'mnemogrid-policy-1','writers':[{'paths':['/**'],'authors':['manager']},"
                + "{'paths':['/daily/{node}/**'],'authors':['{node}']}]}");
    assertThat(world.write("manager", "/daily", "{}")).isNull();
    assertThat(world.write("node-a", "/daily/node-a/x", "1")).as("{} gives way").isNull();
    assertThat(world.write("node-a", "/daily/node-a", null)).as("{} is left").isNull();
    assertThat(world.state.document().canonical()).contains("\"daily\":{}");
    assertRule(world.write("node-a", "/other", "1"), "/other", "/writers/0");
    assertRule(world.write("node-a", "/daily", "5"), "/daily", "/writers/0");
  }

  @Test
  void oneOfSeveralChangesRefusesTheWhole() {
    World world = new World(RULES);
    Delta both = edit("node-a", world.version, "/notes/x", "1", "/boot/image", "2");
    assertRule(world.send(new Sending(WRITER, Condition.NONE), both), "/boot/image", "/writers/0");
    assertThat(world.state.value(Pointer.parse("/notes/x"))).isNull();
  }

  @Test
  void patchesAndRollbacksAreJudgedByWhatTheyComeTo() {
    World world = new World(RULES);
    world.write("node-a", "/notes/x", "1");
    State before = world.state;
    long version = world.version;
    world.write("manager", "/boot/image", "1");
    Sending sending = new Sending(WRITER, Condition.NONE);
    UpdateId id = new UpdateId("p");
    Author author = new Author("node-a");
    assertRule(
        world.send(
            sending,
            Delta.Patch.ofSteps(
                id, author, "t", json("[{'op':'move','from':'/boot/image','path':'/notes/y'}]"))),
        "/boot/image",
        "/writers/0");
    assertRule(
        world.send(sending, Delta.Patch.ofMerge(id, author, "t", json("{'boot':null}"))),
        "/boot/image",
        "/writers/0");
    assertThat(
            world.send(sending, Delta.Patch.ofMerge(id, author, "t", json("{'boot':{'image':1}}"))))
        .as("what changes nothing is not refused")
        .isNull();
    assertRule(
        world.send(sending, Delta.Rollback.of(id, version, author).withTarget(before)),
        "/boot/image",
        "/writers/0");
    assertThat(
            world.send(
                sending, Delta.Rollback.of(id, version, new Author("manager")).withTarget(before)))
        .isNull();
  }

  @Test
  void aWriteThatLostIsJudgedByWhatItWouldHaveSet() {
    World world = new World("{'format':'mnemogrid-policy-1'}");
    world.write("zeta", "/boot/image", "1");
    assertThat(world.send(Principal.TRUSTED, "operator", Reserved.POLICY.toString(), RULES))
        .isNull();
    Delta late = edit("alpha", 0, "/boot/image", "2"); // at the same time, by a lesser name
    assertRule(world.send(new Sending(WRITER, Condition.NONE), late), "/boot/image", "/writers/0");
  }

  @Test
  void onlyAnOperatorWritesWhatIsReserved() {
    World world = new World(RULES);
    assertRule(world.write("manager", "/_mnemogrid/policy", null), "/_mnemogrid/policy/format", "");
    assertRule(world.write("manager", "/_mnemogrid/x", "1"), "/_mnemogrid/x", "");
    assertThat(world.send(Principal.TRUSTED, "manager", "/_mnemogrid/policy", null)).isNull();
    assertThat(world.write("node-a", "/boot/image", "1")).as("no rule is left").isNull();
  }

  @Test
  void theRulesHoldForATrustedCallersAuthorsToo() {
    World world = new World(RULES);
    assertRule(
        world.send(Principal.TRUSTED, "node-a", "/boot/image", "1"), "/boot/image", "/writers/0");
  }

  @Test
  void aPolicyThatIsNoneNeverStands() {
    World world = new World(RULES);
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid/policy/require", "{'if_match':1}"))
        .isEqualTo(
            new Refusal.BadPolicy("/_mnemogrid/policy/require/if_match", "is true or false"));
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid/other", "1"))
        .isInstanceOf(Refusal.BadPolicy.class);
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid", "[]"))
        .isInstanceOf(Refusal.BadPolicy.class);
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid/policy/format", null))
        .isEqualTo(
            new Refusal.BadPolicy(
                "/_mnemogrid/policy/format", "is \"mnemogrid-policy-1\" in a policy"));
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid", null)).isNull();
  }

  @Test
  void whatCannotBeReadAllowsNothingButToBeReplaced() {
    World world = new World("{'format':'mnemogrid-policy-1'}");
    Delta newer = edit("o", world.version, "/_mnemogrid/policy/sealed", "[]");
    world.state =
        ((Resolution.Accepted) Resolver.resolve(world.state, world.version, newer)).next();
    world.version++;
    assertRule(world.send(Principal.TRUSTED, "o", "/notes/x", "1"), "/notes/x", "");
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid/policy", RULES)).isNull();
    assertThat(world.write("o", "/notes/x", "1")).isNull();
  }

  @Test
  void limitsHoldForWhatGrows() {
    World world =
        new World("{'format':'mnemogrid-policy-1','limits':{'leaves':5,'delta_bytes':300}}");
    assertThat(world.write("a", "/a", "1")).isNull();
    assertThat(world.write("a", "/b", "1")).isNull();
    assertRule(world.write("a", "/c", "1"), "null", "/limits/leaves");
    assertThat(world.write("a", "/b", "2")).isNull();
    assertThat(world.write("a", "/b", null)).isNull();
    assertRule(world.write("a", "/b", "'" + "x".repeat(300) + "'"), "null", "/limits/delta_bytes");
    String large =
        "{'format':'mnemogrid-policy-1','limits':{'leaves':1,'bytes':1,'delta_bytes':1},"
            + "'writers':[{'paths':['/"
            + "x".repeat(300)
            + "'],'authors':['a']}]}";
    assertThat(world.send(Principal.TRUSTED, "o", "/_mnemogrid/policy", large))
        .as("no limit keeps an operator out")
        .isNull();
    assertRule(world.write("a", "/b", "1"), "null", "/limits/delta_bytes");
  }

  @Test
  void demandsAConditionThatNamesAVersion() {
    World world = new World("{'format':'mnemogrid-policy-1','require':{'if_match':true}}");
    Refusal required = new Refusal.Required(Refusal.Required.Demand.CONDITION);
    assertThat(world.write("a", "/a", "1")).isEqualTo(required);
    Delta delta = edit("a", world.version, "/a", "1");
    assertThat(world.send(new Sending(WRITER, Condition.WRITTEN), delta))
        .as("* names no version")
        .isEqualTo(required);
    assertThat(world.send(new Sending(WRITER, Condition.is(1, Hash.ZERO)), delta)).isNull();
    assertThat(world.send(new Sending(WRITER, Condition.UNWRITTEN), delta)).isNull();
  }

  @Test
  void demandsAnIdThatItsSenderChose() {
    World world = new World("{'format':'mnemogrid-policy-1','require':{'idempotency':true}}");
    Json patch = json("{'a':1}");
    Author author = new Author("a");
    Sending sending = new Sending(WRITER, Condition.NONE);
    assertThat(
            world.send(
                sending,
                Delta.Patch.ofMerge(new UpdateId(Delta.MADE_ID + "1"), author, "t", patch)))
        .isEqualTo(new Refusal.Required(Refusal.Required.Demand.ID));
    assertThat(world.send(sending, Delta.Patch.ofMerge(new UpdateId("mine"), author, "t", patch)))
        .isNull();
  }

  @Test
  void whoIsNotGrantedTheAuthorOrTheSpaceWritesNothing() {
    World world = new World("{'format':'mnemogrid-policy-1'}");
    Principal bots =
        new Principal(new Grant(Role.WRITER, List.of(Glob.ALL), List.of(new Glob("bot-*"))));
    assertThat(world.send(bots, "bot-a", "/a", "1")).isNull();
    assertThat(world.send(bots, "other", "/a", "2"))
        .isEqualTo(new Refusal.NotGranted(new Author("other")));
    Principal elsewhere =
        new Principal(new Grant(Role.WRITER, List.of(new Glob("x-*")), List.of(Glob.ALL)));
    assertThat(world.send(elsewhere, "a", "/a", "2")).isInstanceOf(Refusal.NotGranted.class);
    Principal reader = new Principal(new Grant(Role.READER, List.of(Glob.ALL), List.of(Glob.ALL)));
    assertThat(world.send(reader, "a", "/a", "2")).isInstanceOf(Refusal.NotGranted.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[] | ",
        "{} | /format",
        "{'format':'mnemogrid-policy-2'} | /format",
        "{'format':'mnemogrid-policy-1','sealed':[]} | /sealed",
        "{'format':'mnemogrid-policy-1','schemas':[]} | /schemas",
        "{'format':'mnemogrid-policy-1','retention':[]} | /retention",
        "{'format':'mnemogrid-policy-1','budgets':[]} | /budgets",
        "{'format':'mnemogrid-policy-1','collective':{}} | /collective",
        "{'format':'mnemogrid-policy-1','a/b':1} | /a~1b",
        "{'format':'mnemogrid-policy-1','writers':{}} | /writers",
        "{'format':'mnemogrid-policy-1','writers':[1]} | /writers/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/a']}]} | /writers/0/authors",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':[],'authors':['a']}]} | /writers/0/paths",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['a'],'authors':['a']}]} | /writers/0/paths/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/**/a'],'authors':['a']}]} | /writers/0/paths/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/a*'],'authors':['a']}]} | /writers/0/paths/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/{A}'],'authors':['a']}]} | /writers/0/paths/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/{a}/{a}'],'authors':['a']}]} | /writers/0/paths/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/{a}','/b'],'authors':['{a}']}]} | /writers/0/authors/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/a'],'authors':['a b']}]} | /writers/0/authors/0",
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/a'],'authors':['a'],'x':1}]} | /writers/0/x",
        "{'format':'mnemogrid-policy-1','limits':{'leaves':0}} | /limits/leaves",
        "{'format':'mnemogrid-policy-1','limits':{'leaves':1.5}} | /limits/leaves",
        "{'format':'mnemogrid-policy-1','limits':{'spaces':1}} | /limits/spaces",
        "{'format':'mnemogrid-policy-1','require':{'signature':'on'}} | /require/signature",
        "{'format':'mnemogrid-policy-1','require':{'if_match':'yes'}} | /require/if_match",
        "{'format':'mnemogrid-policy-1','require':[]} | /require"
      })
  void refusesWhatItDoesNotKnowAndNamesThePlace(String policy, @Nullable String pointer) {
    assertThatThrownBy(() -> Policy.parse(json(policy)))
        .isInstanceOfSatisfying(
            JsonException.class,
            e -> assertThat(e.pointer()).isEqualTo(pointer == null ? "" : pointer));
  }

  @Test
  void takesWhatIsInBoundsAndRefusesWhatIsNot() {
    Json rule = json("{'paths':['/a'],'authors':['a']}");
    Policy.parse(policy(Collections.nCopies(100, rule)));
    assertThatThrownBy(() -> Policy.parse(policy(Collections.nCopies(101, rule))))
        .hasMessageContaining("at /writers: is an array of 0 to 100 rules");
    Json many =
        Json.object(
            Map.of(
                "paths",
                Json.ofStrings(Collections.nCopies(100, "/a")),
                "authors",
                Json.ofStrings(List.of("a"))));
    Policy.parse(policy(Collections.nCopies(10, many)));
    assertThatThrownBy(() -> Policy.parse(policy(Collections.nCopies(11, many))))
        .hasMessageContaining("at most 1000 patterns of paths together");
    Json wide =
        Json.object(
            Map.of(
                "paths",
                Json.ofStrings(Collections.nCopies(70, "/" + "a".repeat(1000))),
                "authors",
                Json.ofStrings(List.of("a"))));
    assertThatThrownBy(() -> Policy.parse(policy(List.of(wide)))).hasMessageContaining("64 KiB");
  }

  private static Json rule(List<String> paths, List<String> authors) {
    return Json.object(Map.of("paths", Json.ofStrings(paths), "authors", Json.ofStrings(authors)));
  }

  @Test
  void boundsWhatOnePlaceIsComparedWith() {
    Policy.parse(policy(Collections.nCopies(100, rule(List.of("/**"), List.of("bot-*")))));
    Policy.parse(policy(Collections.nCopies(82, rule(List.of("/{n}/**"), List.of("{n}", "x{n}")))));
    assertThatThrownBy(() ->
            Policy.parse(
                policy(Collections.nCopies(83, rule(List.of("/{n}/**"), List.of("{n}", "x{n}"))))))
        .hasMessageContaining("at /writers: a place may have to be compared with 251 patterns");
    assertThatThrownBy(() ->
            Policy.parse(
                policy(
                    Collections.nCopies(
                        3, rule(List.of("/{n}/**"), List.of("*" + "a".repeat(90) + "{n}"))))))
        .as("a star makes each place of an author one to begin at")
        .hasMessageContaining("compared with 281 patterns");
    List<Json> apart = new ArrayList<>();
    List<String> alike = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      apart.add(rule(List.of("/r" + i + "/{n}/**"), List.of("{n}", "{n}-*")));
      alike.add("/*".repeat(i / 10 + 1) + "/{n}" + "/*".repeat(i % 10) + "/**");
    }
    Policy.parse(policy(apart));
    assertThatThrownBy(() -> Policy.parse(policy(List.of(rule(alike, List.of("{n}", "x{n}"))))))
        .as("one rule whose paths are all at one place")
        .hasMessageContaining("may have to be compared with");
  }

  @Test
  void boundsTheCharactersOfAuthors() {
    List<String> authors = new ArrayList<>();
    for (int i = 100; i < 164; i++) {
      authors.add("*" + "a".repeat(124) + i);
    }
    List<Json> rules = List.of(rule(List.of("/a"), authors), rule(List.of("/b"), authors));
    Policy.parse(policy(rules));
    List<Json> more = new ArrayList<>(rules);
    more.add(rule(List.of("/c"), List.of("a")));
    assertThatThrownBy(() -> Policy.parse(policy(more)))
        .hasMessageContaining("at /writers/2/authors: the patterns of authors of a policy have");
  }

  @Test
  void aWriteThatLostIsJudgedByWhatWouldHaveGivenWay() {
    World world = new World("{'format':'mnemogrid-policy-1'}");
    world.write("zeta", "/boot", "1");
    String closed =
        "{'format':'mnemogrid-policy-1','writers':[{'paths':['/boot'],'authors':['manager']}]}";
    assertThat(world.send(Principal.TRUSTED, "operator", Reserved.POLICY.toString(), closed))
        .isNull();
    Delta late = edit("alpha", 0, "/boot/image", "2"); // at the same time, by a lesser name
    assertRule(world.send(new Sending(WRITER, Condition.NONE), late), "/boot", "/writers/0");
  }

  @Test
  void aWriteThatLostAtWhatIsReservedIsAnOperatorsToo() {
    World world = new World("{'format':'mnemogrid-policy-1'}");
    Delta late = edit("a", 0, "/_mnemogrid/policy", null);
    assertRule(world.send(new Sending(WRITER, Condition.NONE), late), "/_mnemogrid/policy", "");
  }

  private static Json policy(List<Json> rules) {
    return Json.object(Map.of("format", Json.of(Policy.FORMAT), "writers", new Json.Arr(rules)));
  }

  @Test
  void aPolicyIsReadAgainOnlyWhenItChanged() {
    World world = new World(RULES);
    Policies policies = new Policies();
    Policy first = policies.in(SPACE, world.state);
    world.write("manager", "/boot/image", "1");
    assertThat(policies.in(SPACE, world.state)).isSameAs(first);
    world.send(Principal.TRUSTED, "o", "/_mnemogrid/policy/require", "{'if_match':true}");
    Policy second = policies.in(SPACE, world.state);
    assertThat(second).isNotSameAs(first);
    world.send(
        new Sending(Principal.TRUSTED, Condition.UNWRITTEN),
        edit("o", world.version, "/_mnemogrid/policy", null));
    assertThat(policies.in(SPACE, world.state)).isSameAs(Policy.NONE);
  }
}
