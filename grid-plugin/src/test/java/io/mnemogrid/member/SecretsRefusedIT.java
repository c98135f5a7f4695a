package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.CommitResult;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.secret.MadeUpSecrets;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that embeds a member meets the search for secrets as well. */
class SecretsRefusedIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");
  private static final String TOKEN = new MadeUpSecrets(2).one(SecretRule.NPM_TOKEN, 0).text();
  private static final Refusal.Secret REFUSAL =
      new Refusal.Secret("/changes/added/0/value", SecretRule.NPM_TOKEN);

  @TempDir Path folder;

  @Test
  void refusesOnesThatAreNewAndKeepsWhatIsInTheLog() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, TestGrid.freePort()))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      Delta refused = space.delta(BOT, delta -> delta.set("/a", Json.of(TOKEN)));
      assertThat(space.commit(refused).join()).isEqualTo(new CommitResult.Refused(REFUSAL, 0));
      Delta other = space.delta(BOT, delta -> delta.set("/b", Json.of(1)));
      assertThat(space.commit(List.of(other, refused)).join())
          .containsOnly(new CommitResult.Refused(REFUSAL, 1));
      assertThat(space.compute(Pointer.parse("/a"), BOT, none -> Json.of(TOKEN)))
          .isInstanceOf(CommitResult.Refused.class);
      assertThat(space.head().version()).as("nothing happened").isZero();

      Delta redacted =
          space.delta(BOT, delta -> delta.set("/a", Json.of("x " + TOKEN)).redactSecrets());
      assertThat(space.commit(redacted).join()).isInstanceOf(CommitResult.Committed.class);
      assertThat(space.read(Pointer.parse("/a")))
          .isEqualTo(Json.of("x [secret removed: npm-token]"));

      Delta allowed =
          space.delta(
              BOT,
              delta ->
                  delta.id("kept").set("/a", Json.of(TOKEN)).allowSecrets(SecretRule.NPM_TOKEN));
      CommitResult kept = space.commit(allowed).join();
      assertThat(kept).isInstanceOf(CommitResult.Committed.class);

      // the same request again, which nobody allows: what became of it is told
      CommitResult again = space.commit(Delta.parse(allowed.request())).join();
      assertThat(again).isInstanceOf(CommitResult.Committed.class);
      assertThat(((CommitResult.Committed) again).duplicate()).isTrue();
      assertThat(((CommitResult.Committed) again).version()).isEqualTo(2);
      Json.Obj otherRequest = allowed.request().with("type", Json.of("another"));
      assertThat(space.commit(Delta.parse(otherRequest)).join())
          .isEqualTo(new CommitResult.Refused(new Refusal.IdReused(2), 0));

      // it goes, and a rollback brings back what the log has
      Delta strict =
          space.delta(BOT, delta -> delta.set("/a", Json.of("gone")).reads("/a").strict());
      assertThat(space.commit(strict).join()).isInstanceOf(CommitResult.Committed.class);
      assertThat(space.rollback(2, BOT, new UpdateId("back")).join())
          .isInstanceOf(CommitResult.Committed.class);
      assertThat(space.read(Pointer.parse("/a"))).isEqualTo(Json.of(TOKEN));
      assertThat(space.updates(0, 10)).extracting(Update::version).containsExactly(1L, 2L, 3L, 4L);
    }
  }

  @Test
  void refusesAPolicyThatHoldsOne() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(TestGrid.member(folder, TestGrid.freePort()))) {
      assertThatThrownBy(() ->
              grid.createSpace(
                  SPACE,
                  "{\"format\":\"mnemogrid-policy-1\",\"writers\":[{\"paths\":[\"/a\"],"
                      + "\"authors\":[\""
                      + TOKEN
                      + "\"]}]}"))
          .isInstanceOf(JsonException.class)
          .hasMessage("at /writers/0/authors/0: holds a token of npm");
      assertThat(grid.space(SPACE)).isEmpty();
    }
  }
}
