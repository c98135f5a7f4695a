package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Authors;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.BundleVerifier;
import io.mnemogrid.checkpoint.BundleVerifier.Verdict;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Authors with keys of their own, on members with and without a store. */
class SignedIT {
  private static final SpaceName SPACE = SpaceName.of("signed");
  private static final Author BOT = new Author("bot-b");
  private final AuthorSigner signer = AuthorSigner.create();

  @TempDir Path folder;

  private static Delta set(Space space, Author author, String path, String text) {
    return space.delta(author, delta -> delta.set(path, Json.of(text)));
  }

  private static @Nullable Refusal refusal(CommitResult result) {
    return result instanceof CommitResult.Refused refused ? refused.refusal() : null;
  }

  private static String why(CommitResult result) {
    assertThat(refusal(result)).as("%s", result).isInstanceOf(Refusal.BadSignature.class);
    return ((Refusal.BadSignature) ((CommitResult.Refused) result).refusal()).why();
  }

  @Test
  void theGridHasAnIdThatStaysAndTravelsWithItsStore() throws IOException {
    int port = TestGrid.freePort();
    GridId id;
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port))) {
      Authors authors = grid.authors().orElseThrow();
      id = authors.grid();
      assertThat(grid.space(AuthorKeys.SPACE)).as("made with the first key").isEmpty();
      assertThat(authors.keys()).isEmpty();
      assertThat(authors.revoke(BOT, signer.key())).isFalse();
      assertThat(authors.add(BOT, signer.key())).isTrue();
      assertThat(authors.add(BOT, signer.key())).isFalse();
      assertThat(authors.keys()).isEqualTo(Map.of(BOT, List.of(signer.key())));
      Space space = grid.space(AuthorKeys.SPACE).orElseThrow();
      assertThat(AuthorKeys.grid(space.head().state())).contains(id);
      assertThatThrownBy(() -> space.commit(set(space, BOT, "/grid", "mine")))
          .as("nobody writes there but the product")
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port))) {
      assertThat(grid.authors().orElseThrow().grid()).isEqualTo(id);
    }
  }

  @Test
  void whatIsSignedIsCheckedAndKeptOnEveryKindOfMember() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2))) {
      grid.createSpace(SPACE, "{}");
      Authors authors = grid.authors().orElseThrow();
      Space space = grid.space(SPACE).orElseThrow();
      assertThat(why(space.signing(signer).commit(set(space, BOT, "/a", "1")).join()))
          .contains("none of the author's");
      authors.add(BOT, signer.key());
      long version = grid.space(AuthorKeys.SPACE).orElseThrow().head().version();
      for (Space one : List.of(space, bot.space(SPACE).orElseThrow())) {
        Space signing = one.signing(signer);
        Delta delta = set(one, BOT, "/a", "x");
        CommitResult result = signing.commit(delta).join();
        assertThat(result).isInstanceOf(Committed.class);
        Update update = ((Committed) result).update();
        Signed signed = update.fields().signed();
        assertThat(signed).isNotNull();
        assertThat(signed.proven().authors()).isEqualTo(version);
        assertThat(signed.request()).isEqualTo(delta.request());
        assertThat(signed.proven().signature().signs(authors.grid(), SPACE, delta.requestHash()))
            .isTrue();
        assertThat(Update.parse(update.text()).fields().signed()).isEqualTo(signed);
        assertThat(why(signing.commit(set(one, new Author("bot-c"), "/a", "y")).join()))
            .contains("none of the author's");
        assertThat(one.commit(set(one, BOT, "/a", "z")).join()).isInstanceOf(Committed.class);
      }
    }
  }

  @Test
  void aSignatureIsOfOneRequestForOneSpaceOfOneGrid() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port))) {
      grid.createSpace(SPACE, "{}");
      Authors authors = grid.authors().orElseThrow();
      authors.add(BOT, signer.key());
      Space space = grid.space(SPACE).orElseThrow();
      Delta delta = set(space, BOT, "/a", "1");
      Hash request = delta.requestHash();
      GridId id = authors.grid();
      GridId other = new GridId("f".repeat(32));
      for (AuthorSignature wrong :
          List.of(
              signer.sign(other, SPACE, request),
              signer.sign(id, SpaceName.of("another"), request),
              signer.sign(id, SPACE, Hash.sha256("another")))) {
        assertThat(why(space.signed(Map.of(delta.id(), wrong)).commit(delta).join()))
            .contains("not its key's of this very request");
      }
      assertThat(space.head().version()).isZero();
      Map<UpdateId, AuthorSignature> right = Map.of(delta.id(), signer.sign(id, SPACE, request));
      assertThat(space.signed(right).commit(delta).join()).isInstanceOf(Committed.class);

      Delta first = set(space, BOT, "/b", "1");
      Delta second = set(space, BOT, "/c", "1");
      List<CommitResult> list =
          space
              .signed(Map.of(second.id(), right.get(delta.id())))
              .commit(List.of(first, second))
              .join();
      assertThat(list).allMatch(result -> refusal(result) instanceof Refusal.BadSignature);
      assertThat(list)
          .allMatch(result -> result instanceof CommitResult.Refused no && no.index() == 1);
      assertThat(space.head().version()).isEqualTo(1);
      Delta large = set(space, BOT, "/large", "x".repeat(Signed.MAX_BYTES / 3));
      Delta larger =
          space.delta(
              BOT,
              changes ->
                  changes
                      .set("/l1", Json.of("x".repeat(200 << 10)))
                      .set("/l2", Json.of("x".repeat(200 << 10)))
                      .set("/l3", Json.of("x".repeat(200 << 10))));
      assertThat(space.signing(signer).commit(large).join()).isInstanceOf(Committed.class);
      assertThatThrownBy(() -> space.signing(signer).commit(larger))
          .isInstanceOf(JsonException.class)
          .hasMessageContaining("512 KiB");
    }
  }

  @Test
  void aRevokedKeySignsNoMoreAndWhatItSignedStaysProven() throws IOException {
    int port = TestGrid.freePort();
    GridConfig config =
        TestGrid.member(folder, port)
            .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
            .withCheckpoints(Duration.ofMillis(300), 1000);
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      grid.createSpace(SPACE, "{}");
      Authors authors = grid.authors().orElseThrow();
      authors.add(BOT, signer.key());
      Space space = grid.space(SPACE).orElseThrow();
      Space signing = space.signing(signer);
      Delta delta = set(space, BOT, "/a", "1");
      assertThat(signing.commit(delta).join()).isInstanceOf(Committed.class);
      assertThat(authors.revoke(BOT, signer.key())).isTrue();
      assertThat(why(signing.commit(set(space, BOT, "/a", "2")).join()))
          .contains("none of the author's");
      CommitResult again = signing.commit(delta).join();
      assertThat(again)
          .as("a repeated id is answered from the log")
          .isInstanceOfSatisfying(
              Committed.class, repeated -> assertThat(repeated.duplicate()).isTrue());
      assertThat(space.commit(set(space, BOT, "/b", "2")).join()).isInstanceOf(Committed.class);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              space.finalizedVersion() == 2
                  && grid.space(AuthorKeys.SPACE).orElseThrow().finalizedVersion() == 3);
      StoredCheckpoint newest = grid.checkpoints().latest().orElseThrow();
      assertThat(isProven(grid, 1, newest)).isTrue();
      assertThat(isProven(grid, 2, newest)).isFalse();
    }
  }

  private static boolean isProven(Mnemogrid grid, long version, StoredCheckpoint at) {
    Answer answer = grid.proofs().update(SPACE, version, at.checkpoint().header().number());
    assertThat(answer).isInstanceOf(Answer.Made.class);
    byte[] bundle = ((Answer.Made) answer).bundle().getBytes(StandardCharsets.UTF_8);
    Verdict verdict = BundleVerifier.verify(bundle, at.checkpoint().hash());
    assertThat(verdict).isInstanceOf(Verdict.Holds.class);
    return ((Verdict.Holds) verdict).isAuthorProven();
  }

  @Test
  void aPolicyMayTakeOnlyWhatIsSigned() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, port))) {
      grid.createSpace(
          SPACE, "{\"format\":\"mnemogrid-policy-1\",\"require\":{\"signature\":\"required\"}}");
      grid.authors().orElseThrow().add(BOT, signer.key());
      Space space = grid.space(SPACE).orElseThrow();
      Refusal demand = new Refusal.Required(Refusal.Required.Demand.SIGNATURE);
      assertThat(refusal(space.commit(set(space, BOT, "/a", "1")).join())).isEqualTo(demand);
      assertThat(refusal(space.rollback(0, BOT, new UpdateId("back")).join())).isEqualTo(demand);
      assertThat(space.signing(signer).commit(set(space, BOT, "/a", "1")).join())
          .isInstanceOf(Committed.class);
      Delta policy =
          space.delta(
              BOT,
              changes -> changes.set("/_mnemogrid/policy/require/signature", Json.of("optional")));
      assertThat(space.commit(policy).join())
          .as("an operator changes the rule itself")
          .isInstanceOf(Committed.class);
      assertThat(space.commit(set(space, BOT, "/a", "2")).join()).isInstanceOf(Committed.class);
    }
  }
}
