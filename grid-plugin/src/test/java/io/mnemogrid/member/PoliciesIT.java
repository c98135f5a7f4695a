package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that embed a member meet the policy of a space, wherever the commit is appended. */
class PoliciesIT {
  private static final SpaceName SPACE = SpaceName.of("ruled");
  private static final Author MANAGER = new Author("manager");
  private static final Author NODE = new Author("node-a");
  private static final Principal WRITER =
      new Principal(new Grant(Role.WRITER, List.of(Glob.ALL), List.of(Glob.ALL)));
  private static final String RULES =
      "{\"format\":\"mnemogrid-policy-1\",\"writers\":["
          + "{\"authors\":[\"manager\"],\"paths\":[\"/boot/**\"]},"
          + "{\"authors\":[\"{node}\"],\"paths\":[\"/daily/{node}/**\"]}]}";

  @TempDir Path folder;

  private static Delta set(Space space, Author author, String path, String json) {
    return space.delta(author, delta -> delta.set(path, Json.parse(json)));
  }

  private static @Nullable Refusal refusal(CommitResult result) {
    return switch (result) {
      case CommitResult.Refused refused -> refused.refusal();
      case Committed _, CommitResult.Unchanged _ -> null;
      case CommitResult.Unknown _, CommitResult.NotApplied _, CommitResult.Damaged _ ->
          throw new AssertionError(result.toString());
    };
  }

  private static @Nullable Refusal send(Space space, Author author, String path, String json) {
    return refusal(space.commit(set(space, author, path, json)).join());
  }

  @Test
  void aSpaceIsCreatedWithItsPolicyAsVersionOne() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2))) {
      assertThatThrownBy(() -> grid.createSpace(SPACE, "{\"owner\":\"me\"}"))
          .isInstanceOf(JsonException.class)
          .hasMessage("at /format: is \"mnemogrid-policy-1\" in a policy");
      assertThat(grid.space(SPACE)).isEmpty();
      assertThat(bot.createSpace(SPACE, RULES)).as("through a member with a store").isTrue();
      assertThat(grid.createSpace(SPACE, "{\"format\":\"mnemogrid-policy-1\"}")).isFalse();
      Space space = grid.space(SPACE).orElseThrow();
      assertThat(space.policy()).isEqualTo(RULES);
      Update first = space.updates(0, 10).getFirst();
      assertThat(first.id()).isEqualTo(FirstVersion.ID);
      assertThat(first.fields().author()).isEqualTo(FirstVersion.AUTHOR);
      assertThat(first.fields().root()).isEqualTo(space.head().state().root());
    }
  }

  @Test
  void itHoldsForEveryKindOfCommitFromEveryKindOfMember() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2))) {
      grid.createSpace(SPACE, RULES);
      for (Space space : List.of(grid.space(SPACE).orElseThrow(), bot.space(SPACE).orElseThrow())) {
        Space writer = space.as(WRITER);
        assertThat(send(space, MANAGER, "/boot/image", "1")).isNull();
        assertThat(send(space, NODE, "/boot/image", "2"))
            .as("a member's own code meets the rules for authors")
            .isEqualTo(
                new Refusal.Policy(
                    Pointer.parse("/boot/image"),
                    "/writers/0",
                    "node-a is none of those who may write there"));
        assertThat(send(writer, NODE, "/daily/node-a/x", "1")).isNull();
        assertThat(send(writer, NODE, "/daily/node-b/x", "1")).isInstanceOf(Refusal.Policy.class);
        long version = space.head().version();
        assertThat(
                writer
                    .commit(
                        List.of(
                            set(writer, NODE, "/notes/x", "1"), set(writer, NODE, "/boot", "1")))
                    .join())
            .as("all of a list or nothing of it")
            .allSatisfy(result -> assertThat(((CommitResult.Refused) result).index()).isOne());
        assertThat(space.head().version()).isEqualTo(version);

        // an operator alone changes the policy, by naming it
        String path = "/_mnemogrid/policy";
        String free = "{\"format\":\"mnemogrid-policy-1\"}";
        assertThat(send(writer, MANAGER, path, free)).isInstanceOf(Refusal.Policy.class);
        assertThat(send(space, MANAGER, path, "{\"format\":\"mnemogrid-policy-1\",\"sealed\":[]}"))
            .isInstanceOfSatisfying(
                Refusal.BadPolicy.class,
                bad -> assertThat(bad.pointer()).isEqualTo(path + "/sealed"));
        Delta change = set(space, MANAGER, path, free);
        Delta write = set(space, NODE, "/boot/image", "4");
        assertThat(space.commit(List.of(write, change)).join())
            .allMatch(CommitResult.Refused.class::isInstance);
        assertThat(space.commit(List.of(change, set(space, NODE, "/boot/image", "3"))).join())
            .as("what comes after the change in a list is judged by it")
            .allMatch(Committed.class::isInstance);
        assertThat(send(space, MANAGER, path, RULES)).isNull();
        assertThat(space.commit(write).join())
            .as("now it is judged by the rules again")
            .isInstanceOf(CommitResult.Refused.class);
        assertThat(((Committed) space.commit(change).join()).duplicate())
            .as("a known id is answered before any policy")
            .isTrue();
      }
    }
  }

  @Test
  void whatConcernsAWholeDocumentLeavesThePolicy() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, TestGrid.freePort()))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      Space writer = space.as(WRITER);
      assertThat(send(writer, NODE, "/notes/x", "1")).isNull();
      assertThat(send(space, MANAGER, "/_mnemogrid/policy", RULES)).isNull();
      assertThat(writer.rollback(1, NODE, new UpdateId("r1")).join()).isInstanceOf(Committed.class);
      assertThat(space.policy()).as("a rollback to before it").isEqualTo(RULES);
      assertThat(send(writer, NODE, "/boot/x", "1")).isInstanceOf(Refusal.Policy.class);
      assertThat(send(writer, NODE, "", "{\"a\":1}")).isNull();
      assertThat(
              refusal(
                  writer
                      .commit(
                          Delta.Patch.ofMerge(
                              new UpdateId("m1"), NODE, "t", Json.parse("{\"a\":null,\"b\":2}")))
                      .join()))
          .isNull();
      assertThat(
              refusal(
                  writer
                      .commit(
                          Delta.Patch.ofSteps(
                              new UpdateId("j1"),
                              NODE,
                              "t",
                              Json.parse(
                                  "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"c\":3}}]")))
                      .join()))
          .isNull();
      assertThat(space.head().state().document())
          .isEqualTo(
              Json.object(
                  Map.of(
                      "c",
                      Json.of(3),
                      "_mnemogrid",
                      Json.object(Map.of("policy", Json.parse(RULES))))));
      assertThat(space.rollback(0, NODE, new UpdateId("r0")).join()).isInstanceOf(Committed.class);
      assertThat(space.head().state().value(Reserved.POLICY)).isEqualTo(Json.parse(RULES));
    }
  }

  @Test
  void demandsOfTheSendingAreMetByEmbeddedWritersToo() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, TestGrid.freePort()))) {
      grid.createSpace(
          SPACE, "{\"format\":\"mnemogrid-policy-1\",\"require\":{\"if_match\":true}}");
      Space space = grid.space(SPACE).orElseThrow();
      Delta delta = set(space, NODE, "/a", "1");
      assertThat(refusal(space.commit(delta).join()))
          .isEqualTo(new Refusal.Required(Refusal.Required.Demand.CONDITION));
      Condition head = Condition.is(space.head().version(), space.head().head().leafHash());
      assertThat(refusal(space.commit(delta, head).join())).isNull();
      assertThat(((Committed) space.commit(delta).join()).duplicate()).isTrue();
      assertThat(
              refusal(
                  space
                      .as(
                          new Principal(
                              new Grant(
                                  Role.WRITER, List.of(Glob.ALL), List.of(new Glob("bot-*")))))
                      .commit(set(space, NODE, "/a", "2"), head)
                      .join()))
          .as("the condition comes first")
          .isInstanceOf(Refusal.NotCurrent.class);
    }
  }

  @Test
  void anOldStoresPolicyIsMovedAtTheFirstStart() throws IOException {
    SpaceName opaque = SpaceName.of("opaque");
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      store.log().create(SPACE, RULES);
      store.log().create(opaque, "{\"owner\":\"me\"}");
    }
    for (int start = 0; start < 2; start++) {
      try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, TestGrid.freePort()))) {
        Space space = grid.space(SPACE).orElseThrow();
        assertThat(space.policy()).isEqualTo(RULES);
        assertThat(space.head().version()).isEqualTo(1);
        assertThat(send(space, NODE, "/boot/x", "1")).isInstanceOf(Refusal.Policy.class);
        Space other = grid.space(opaque).orElseThrow();
        assertThat(other.policy()).isEqualTo("{}");
        assertThat(other.read(Reserved.OLD_POLICY)).isEqualTo(Json.of("{\"owner\":\"me\"}"));
        assertThat(send(other.as(WRITER), NODE, "/boot/x", "1")).isNull();
      }
    }
  }
}
