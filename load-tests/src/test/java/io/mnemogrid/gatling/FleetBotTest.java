package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.check.Checker;
import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Evidence;
import io.mnemogrid.check.Flaw;
import io.mnemogrid.check.Freshness;
import io.mnemogrid.check.Verdict;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi.Reply;
import io.mnemogrid.gatling.Counts.What;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.BotJournal;
import io.mnemogrid.traffic.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bot decides what it asks, and what it makes of answers; here the answers are the test's. */
@NullMarked
class FleetBotTest {
  private static final String ROOT = "0x" + "ab".repeat(32);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  Path folder;

  private final Counts counts = new Counts();

  @SuppressWarnings("NullAway.Init") // begin sets it
  private Notes notes;

  @SuppressWarnings("NullAway.Init") // begin sets it
  private FleetBot bot;

  @BeforeEach
  void begin() {
    Plan plan =
        new Plan(
            Load.fleet,
            List.of("http://a:1", "http://b:2"),
            null,
            2,
            Duration.ofSeconds(10),
            "load-t",
            1,
            folder,
            false,
            1);
    notes = new Notes(plan.journal());
    bot =
        new FleetBot(
            plan,
            new Phases(System.nanoTime(), plan.time(), 1),
            notes,
            counts,
            List.of("mg_a", "mg_b"),
            0);
  }

  private Journal journal() throws IOException {
    notes.close();
    Journal journal = new Journal();
    BotJournal.copy(folder.resolve("bots.journal"), "a member", journal);
    return journal;
  }

  /** What a run would say of these answers if the log had nothing. */
  private static Verdict againstAnEmptyLog(Journal journal) {
    return Checker.check(
        new Evidence(
            SpaceName.of("load-t-0"),
            List.of(),
            journal.claims(),
            List.of(),
            List.of(),
            List.of(),
            new Freshness(Duration.ofSeconds(1), List.of())));
  }

  private static Reply read(int status, long version) {
    return new Reply(status, "", version + ".0123456789abcdef");
  }

  private Reply written(int status, long version) {
    Json body = Json.object(Map.of("version", Json.of(version), "root", Json.of(ROOT)));
    return new Reply(status, body.canonical(), version + ".0123456789abcdef");
  }

  /** Reads until the bot wants to write. */
  private void untilItWrites(long version) {
    for (bot.begin(); !bot.isWrite(); bot.begin()) {
      bot.answered(read(200, version), "");
    }
  }

  private String id() {
    return Answered.parse(bot.body()).text("update_id");
  }

  @Test
  void readsBeforeItWritesAndWritesOnWhatItSaw() {
    bot.begin();
    assertThat(bot.isWrite()).isFalse();
    assertThat(bot.url()).startsWith("http://a:1/v1/spaces/load-t-0");
    assertThat(bot.authorization()).isEqualTo("Bearer mg_a");
    bot.answered(read(200, 17), "");
    untilItWrites(17);
    assertThat(Answered.parse(bot.body()).whole("base")).isEqualTo(17);
    assertThat(bot.name()).isEqualTo("write, minimal");
  }

  @Test
  void writesOnceInTenTurnsAndAsksAgainWithTheTagThatItHas() {
    int writes = 0;
    Set<String> paths = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      bot.begin();
      names.add(bot.name());
      if (bot.isWrite()) {
        writes++;
        bot.answered(written(201, i), "");
      } else {
        boolean known = !paths.add(bot.url());
        assertThat(bot.tag()).isIn("", "\"" + bot.tag().replace("\"", "") + "\"");
        assertThat(known || bot.tag().isEmpty()).isTrue();
        bot.answered(read(bot.tag().isEmpty() ? 200 : 304, i), "");
      }
      assertThat(bot.isOpen()).isFalse();
    }
    assertThat(writes).isBetween(150, 250);
    assertThat(paths).hasSizeBetween(6, 12);
    assertThat(names).containsExactlyInAnyOrder("read", "read if changed", "write, minimal");
    assertThat(counts.count(What.NOT_MODIFIED)).isGreaterThan(1000);
  }

  @Test
  void sendsTheSameIdToTheNextMemberUntilTheOutcomeIsKnown() throws IOException {
    untilItWrites(3);
    String id = id();
    assertThat(bot.url()).startsWith("http://a:1");
    bot.answered(null, "");
    assertThat(bot.isOpen()).isTrue();
    assertThat(bot.url()).startsWith("http://b:2");
    assertThat(bot.name()).isEqualTo("write, minimal, again");
    assertThat(id()).isEqualTo(id);
    bot.answered(new Reply(202, "{}", ""), "");
    assertThat(bot.isOpen()).isTrue();
    bot.answered(written(200, 4), "");
    assertThat(bot.isOpen()).isFalse();
    assertThat(counts.count(What.DUPLICATES)).isEqualTo(1);
    Journal journal = journal();
    assertThat(journal.surprises()).isEmpty();
    assertThat(journal.claims())
        .singleElement()
        .isInstanceOfSatisfying(
            Claim.Stands.class,
            stands -> {
              assertThat(stands.request().parts().getFirst().id().text()).isEqualTo(id);
              assertThat(stands.places().getFirst().version()).isEqualTo(4);
              assertThat(stands.places().getFirst().leafPrefix()).isEqualTo("0123456789abcdef");
            });
    assertThat(journal.acks(SpaceName.of("load-t-0"))).hasSize(1);
    assertThat(againstAnEmptyLog(journal).count(Flaw.LOST)).isEqualTo(1);
  }

  @Test
  void aRefusalAfterDoubtSettlesNothing() throws IOException {
    untilItWrites(3);
    bot.answered(null, "");
    bot.answered(new Reply(409, "{\"code\":\"version-ahead\"}", ""), "");
    assertThat(bot.isOpen()).isFalse();
    Journal journal = journal();
    assertThat(journal.open()).hasSize(1);
    assertThat(againstAnEmptyLog(journal).count(Flaw.OPEN)).isEqualTo(1);
    assertThat(journal.surprises()).hasSize(1);
  }

  @Test
  void anAskedAgainReadThatFailsIsCountedAndAtLastGivenUp() throws IOException {
    bot.begin();
    bot.answered(null, "");
    assertThat(bot.url()).startsWith("http://b:2");
    assertThat(counts.count(What.READS_ASKED_AGAIN)).isEqualTo(1);
    assertThat(counts.count(What.READS_FAILED_AGAIN)).isZero();
    for (int i = 0; i < 4; i++) {
      assertThat(bot.isOpen()).isTrue();
      bot.answered(new Reply(503, "", ""), "");
    }
    assertThat(bot.isOpen()).isFalse();
    assertThat(counts.count(What.READS_FAILED_AGAIN)).isEqualTo(4);
    assertThat(counts.count(What.READS_GIVEN_UP)).isEqualTo(1);
    assertThat(journal().surprises()).hasSize(4);
  }

  @Test
  void waitsAsLongAsItIsToldTo() {
    bot.begin();
    String url = bot.url();
    bot.answered(new Reply(429, "", ""), "3");
    assertThat(bot.isOpen()).isTrue();
    assertThat(bot.pause()).isEqualTo(Duration.ofSeconds(3));
    assertThat(bot.url()).isEqualTo(url);
    bot.answered(new Reply(429, "", ""), "soon");
    assertThat(bot.pause()).isEqualTo(Duration.ofSeconds(1));
  }
}
