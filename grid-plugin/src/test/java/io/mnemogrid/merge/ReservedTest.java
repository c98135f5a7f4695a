package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What replaces, removes or merges a whole document leaves what is reserved as it stands. */
class ReservedTest {
  private static final Instant NOW = Instant.parse("2026-02-05T19:00:00Z");
  private static final Author AUTHOR = new Author("bot-a");
  private static final State HEAD =
      Patches.head(Json.parse("{\"_mnemogrid\":{\"policy\":{\"p\":1}},\"a\":{\"b\":1},\"c\":2}"));
  private static final Json RESERVED = Json.parse("{\"policy\":{\"p\":1}}");

  private static Delta.Edit edit(long base, boolean strict, Change change) {
    return Delta.Edit.of(
        new UpdateId("u"), base, AUTHOR, NOW, "test", List.of(change), strict, List.of());
  }

  private static Change put(Pointer path, String value) {
    return new Change.Put(path, path.toString(), Json.parse(value), null);
  }

  private static Json.Obj after(Delta delta) {
    Resolution resolution = Resolver.resolve(HEAD, Patches.VERSION, delta);
    assertThat(resolution).isInstanceOf(Resolution.Accepted.class);
    return ((Resolution.Accepted) resolution).next().document();
  }

  @Test
  void aSetOfTheRootReplacesAllElse() {
    assertThat(after(edit(Patches.VERSION, false, put(Pointer.ROOT, "{\"d\":3}"))))
        .isEqualTo(Json.object(Map.of("d", Json.of(3), Reserved.NAME, RESERVED)));
  }

  @Test
  void aDeleteOfTheRootRemovesAllElse() {
    assertThat(after(edit(Patches.VERSION, false, new Change.Delete(Pointer.ROOT, "", null))))
        .isEqualTo(Json.object(Map.of(Reserved.NAME, RESERVED)));
  }

  @Test
  void whatIsReservedIsNoRivalOfAChangeOfTheRoot() {
    State empty = Patches.head(Json.parse("{\"_mnemogrid\":{\"policy\":{\"p\":1}}}"));
    Resolution resolution =
        Resolver.resolve(empty, Patches.VERSION, edit(0, true, put(Pointer.ROOT, "{\"d\":3}")));
    assertThat(resolution).isInstanceOf(Resolution.Accepted.class);
    assertThat(((Resolution.Accepted) resolution).overrode()).isEmpty();
  }

  @Test
  void anOldValueOfTheRootMayLackWhatIsReserved() {
    for (String old : List.of("{\"a\":{\"b\":1},\"c\":2}", HEAD.document().canonical())) {
      Change change = new Change.Put(Pointer.ROOT, "", Json.parse("{\"d\":3}"), Json.parse(old));
      after(edit(Patches.VERSION, true, change));
    }
    Change other = new Change.Put(Pointer.ROOT, "", Json.parse("{}"), Json.parse("{\"c\":2}"));
    assertThat(Resolver.resolve(HEAD, Patches.VERSION, edit(Patches.VERSION, true, other)))
        .isInstanceOf(Resolution.Refused.class);
  }

  @Test
  void whoReadItMaySendItAlong() {
    String sent = "{\"_mnemogrid\":{\"policy\":{\"p\":1}},\"d\":3}";
    assertThat(after(edit(Patches.VERSION, false, put(Pointer.ROOT, sent))))
        .isEqualTo(Json.parse(sent));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"_mnemogrid\":{}}", "{\"_mnemogrid\":null}", "{\"_mnemogrid\":{\"x\":1}}"})
  void aSetOfTheRootThatWouldChangeItIsRefused(String sent) {
    assertThat(
            Resolver.resolve(
                HEAD, Patches.VERSION, edit(Patches.VERSION, false, put(Pointer.ROOT, sent))))
        .isEqualTo(new Resolution.Refused(Refusal.Policy.ofReserved(Pointer.ROOT)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_mnemogrid\":null}",
        "{\"_mnemogrid\":5,\"c\":3}",
        "{\"_mnemogrid\":{\"policy\":{\"p\":2}}}",
        "{\"_mnemogrid\":{\"policy\":null}}"
      })
  void aMergePatchThatWouldChangeItIsRefused(String patch) {
    assertThat(Patches.refusal(HEAD, Patches.merge(Json.parse(patch))).code()).isEqualTo("policy");
  }

  @Test
  void aMergePatchThatSaysWhatStandsIsNot() {
    String patch = "{\"_mnemogrid\":{\"policy\":{\"p\":1}},\"c\":3}";
    assertThat(Patches.play(HEAD, Patches.merge(Json.parse(patch))).get("c")).isEqualTo(Json.of(3));
  }

  @Test
  void aJsonPatchThatReplacesTheRootLeavesIt() {
    String patch = "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"d\":3}}]";
    assertThat(Patches.play(HEAD, Patches.steps(patch)).get(Reserved.NAME)).isEqualTo(RESERVED);
  }

  @Test
  void aJsonPatchChangesItByNamingIt() {
    String patch = "[{\"op\":\"replace\",\"path\":\"/_mnemogrid/policy/p\",\"value\":2}]";
    assertThat(Patches.play(HEAD, Patches.steps(patch)).get(Reserved.NAME))
        .isEqualTo(Json.parse("{\"policy\":{\"p\":2}}"));
  }

  @Test
  void aTestOfTheRootMayLackWhatIsReserved() {
    for (String document : List.of("{\"a\":{\"b\":1},\"c\":2}", HEAD.document().canonical())) {
      Patches.play(
          HEAD,
          Patches.steps(
              "[{\"op\":\"test\",\"path\":\"\",\"value\":"
                  + document
                  + "},{\"op\":\"remove\",\"path\":\"/c\"}]"));
    }
    assertThat(
            Patches.refusal(
                    HEAD, Patches.steps("[{\"op\":\"test\",\"path\":\"\",\"value\":{\"c\":2}}]"))
                .code())
        .isEqualTo("test-failed");
  }

  @Test
  void aRollbackLeavesIt() {
    Delta.Rollback back = Delta.Rollback.of(new UpdateId("r"), 0, AUTHOR).withTarget(State.EMPTY);
    Resolution resolution =
        Resolver.resolve(HEAD, Patches.VERSION, back.against(Patches.VERSION, NOW));
    assertThat(((Resolution.Accepted) resolution).next().document())
        .isEqualTo(Json.object(Map.of(Reserved.NAME, RESERVED)));
    Changes changes = ((Resolution.Accepted) resolution).changes();
    assertThat(changes.deleted())
        .extracting(gone -> gone.path().toString())
        .containsExactly("/a/b", "/c");
  }
}
