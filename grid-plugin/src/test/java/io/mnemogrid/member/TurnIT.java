package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.Finality;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.Space;
import io.mnemogrid.Summary;
import io.mnemogrid.Turned;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Turns of a bot, in the process of a member with a store and of one without. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TurnIT {
  private static final Author BOT = new Author("bot-a");
  private static final Author OTHER = new Author("bot-b");
  private static final Duration SOON = Duration.ofSeconds(60);

  private Mnemogrid member;
  private Mnemogrid bot;
  private Space space; // as the bot sees it

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    int port = TestGrid.freePort();
    member =
        Mnemogrid.start(
            TestGrid.member(folder, port)
                .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
                .withCheckpoints(Duration.ofSeconds(1), 1000));
    bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2));
  }

  @AfterAll
  void close() {
    bot.close();
    member.close();
  }

  @BeforeEach
  void create(TestInfo test) {
    String method = test.getTestMethod().orElseThrow().getName();
    SpaceName name = SpaceName.of(method.toLowerCase(Locale.ROOT));
    member.createSpace(name, "{}");
    space = bot.space(name).orElseThrow();
  }

  private void write(Author author, String path, Json value) {
    Delta delta = space.delta(author, changes -> changes.set(path, value));
    assertThat(space.commit(delta)).succeedsWithin(SOON).isInstanceOf(Committed.class);
  }

  @Test
  void readsOneVersionAndCommitsOnIt() {
    write(OTHER, "summary", Json.of("before"));
    write(OTHER, "policies.language", Json.of("fr"));
    Turned turned =
        space.turn(
            BOT,
            turn -> {
              write(OTHER, "summary", Json.of("meanwhile"));
              write(OTHER, "facts.seen", Json.of(1));
              assertThat(turn.version()).isEqualTo(2);
              assertThat(turn.summary()).isEqualTo(Json.of("before"));
              assertThat(turn.policies()).isEqualTo(Json.parse("{\"language\":\"fr\"}"));
              assertThat(turn.get("facts.seen")).as("not there at version 2").isNull();
              turn.set("summary", Json.of("after")).delete("policies.language");
            });
    assertThat(turned.seen().version()).isEqualTo(2);
    assertThat(turned.seen().root()).isEqualTo(space.at(2).orElseThrow().state().root());
    Committed committed = turned.committed().orElseThrow();
    assertThat(committed.version()).isEqualTo(5).isEqualTo(turned.version());
    assertThat(committed.missedCount()).isEqualTo(2);
    Update update = committed.update();
    assertThat(update.fields().base()).isEqualTo(2);
    assertThat(update.fields().author()).isEqualTo(BOT);
    assertThat(update.fields().type()).isEqualTo("turn");
    assertThat(update.fields().overrode()).as("the summary of meanwhile, unseen").hasSize(1);
    assertThat(space.read(Pointer.parse("/summary"))).isEqualTo(Json.of("after"));
    assertThat(space.read(Pointer.parse("/policies/language"))).isNull();
    assertThat(turned.warnings()).isEmpty();
  }

  @Test
  void isDurableAtOnceAndFinalByEvent() {
    Turned turned = space.turn(BOT, turn -> turn.set("summary", Json.of("one")));
    assertThat(member.space(space.name()).orElseThrow().updates(0, 10))
        .as("durable when it returned")
        .hasSize(1);
    CompletableFuture<Finality> finality = turned.finality();
    Duration took = OwnTime.of(() -> assertThat(finality).succeedsWithin(SOON));
    assertThat(finality.join().isFinal()).isTrue();
    assertThat(space.finalizedVersion()).isEqualTo(1);
    assertThat(took).as("told by event and not asked for").isLessThan(FinalityWaits.EVERY);
    assertThat(space.whenFinal(1)).as("of what is final").succeedsWithin(SOON);
    assertThatThrownBy(() -> space.whenFinal(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thatSetsNothingCommitsNothing() {
    write(OTHER, "summary", Json.of("one"));
    Turned turned = space.turn(BOT, turn -> {});
    assertThat(turned.result()).isEmpty();
    assertThat(turned.delta()).isEmpty();
    assertThat(turned.version()).isEqualTo(1);
    assertThat(space.head().version()).isEqualTo(1);
    assertThat(turned.finality()).succeedsWithin(SOON).matches(Finality::isFinal);
  }

  @Test
  void thatThrowsCommitsNothing() {
    assertThatThrownBy(() ->
            space.turn(
                BOT,
                turn -> {
                  turn.set("summary", Json.of("never"));
                  throw new IllegalStateException("no model answers");
                }))
        .hasMessage("no model answers");
    assertThatThrownBy(() -> space.turn(BOT, turn -> turn.set("summary..x", Json.TRUE)))
        .isInstanceOf(JsonException.class);
    assertThat(space.head().version()).isZero();
  }

  @Test
  void aLongSummaryIsAWarningWithItsSize() {
    Json longer = Json.of("é".repeat(1999) + "🙂🙂"); // 2,001 characters, 2,003 of Java's
    assertThat(space.turn(BOT, turn -> turn.set("summary", Json.of("é".repeat(2000)))).warnings())
        .isEmpty();
    Turned set = space.turn(BOT, turn -> turn.set("/summary", longer));
    assertThat(set.committed()).as("a warning refuses nothing").isPresent();
    assertThat(set.warnings())
        .containsExactly("the summary that was set has 2001 characters, over 2000");
    Turned read =
        space.turn(
            BOT,
            turn ->
                assertThat(turn.warning())
                    .contains("the summary that was read has 2001 characters, over 2000"));
    assertThat(read.warnings()).hasSize(1);
    Summary summary = space.summary();
    assertThat(summary.characters()).isEqualTo(2001);
    assertThat(summary.tag().version()).isEqualTo(2);
    write(OTHER, "summary", Json.parse("{\"a\":[1,2]}"));
    assertThat(space.summary().characters()).isEqualTo("{\"a\":[1,2]}".length());
  }

  @Test
  void whatWasNotCommittedIsSaidAndMayBeSentAgainUnderItsId() {
    Turned refused =
        space.turn(
            BOT,
            turn -> {
              write(OTHER, "facts.n", Json.of(1));
              turn.set("facts.n", Json.of(2)).delta().strict().id("my-turn").type("count");
            });
    assertThat(refused.result()).containsInstanceOf(CommitResult.Refused.class);
    assertThat(refused.committed()).isEmpty();
    assertThat(refused.version()).as("the one that it saw").isZero();
    assertThat(refused.finality())
        .failsWithin(SOON)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("made no version");
    Turned done = space.turn(BOT, turn -> turn.set("facts.m", Json.of(2)));
    List<CommitResult> again = space.commit(List.of(done.delta().orElseThrow())).join();
    assertThat(again)
        .singleElement()
        .isInstanceOfSatisfying(
            Committed.class,
            committed -> {
              assertThat(committed.duplicate()).isTrue();
              assertThat(committed.version()).isEqualTo(done.version());
            });
  }
}
