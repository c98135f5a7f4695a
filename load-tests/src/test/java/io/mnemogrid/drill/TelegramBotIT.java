package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.process.ChainUnderTest;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PostgresUnderTest;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The example {@code config/examples/telegram-bot} as a user starts it, against two members, a
 * PostgreSQL and a chain, of which one after the other goes away while users write.
 */
@NullMarked
class TelegramBotIT {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A fault of a part lasts at least so long. */
  private static final Duration FAULT = Duration.ofSeconds(2);

  private static final int USERS = 3;
  private static final int ANSWERS_OF_A_PHASE = 2 * USERS;

  private final Path folder = Drills.folder("telegram-bot");
  private final Path said = folder.resolve("answers.jsonl");
  private PostgresUnderTest store;
  private ChainUnderTest chain;
  private Fleet fleet;

  @BeforeEach
  void start() {
    Path anvil = Drills.anvil();
    store = new PostgresUnderTest(folder.resolve("postgres"));
    chain = new ChainUnderTest(anvil, Ports.free(1).getFirst(), folder.resolve("anvil.log"));
    Launch member =
        Launch.member(Drills.member())
            .with(store.environment())
            .chain(chain.endpoint())
            .checkpointEvery(1);
    fleet = new Fleet(member, folder, 2);
    fleet.startHealthy(fleet.seat(0), Map.of());
    fleet.startHealthy(fleet.seat(1), Map.of());
    fleet.awaitWhole(0);
  }

  @AfterEach
  void stop() {
    fleet.close();
    chain.close();
    store.close();
  }

  private List<Answered> answers() throws IOException {
    String text = Files.readString(said, StandardCharsets.UTF_8);
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .map(line -> new Answered(Json.parseObject(line)))
        .toList();
  }

  /** The answers of a phase: those that came since it began, and at least so many. */
  private List<Answered> phase(String name, Process bot, int from) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (answers().size() < from + ANSWERS_OF_A_PHASE && System.nanoTime() < end) {
      assertThat(bot.isAlive()).as("the bot ended, %s", log()).isTrue();
      MemberProcess.pause(20);
    }
    List<Answered> all = answers();
    List<Answered> here = all.subList(from, all.size());
    System.out.printf(
        "%-22s %3d answers, %3d promised, the slowest after %s s%n",
        name,
        here.size(),
        here.stream().filter(answer -> answer.whole("version") == 0).count(),
        here.stream().mapToDouble(TelegramBotIT::seconds).max().orElse(0));
    assertThat(here).as("%s: users were answered, %s", name, log()).hasSizeGreaterThan(USERS);
    assertThat(here)
        .as(name)
        .allSatisfy(answer ->
            assertThat(seconds(answer)).as("%s", answer).isLessThan(ANSWER.toMillis() / 1e3));
    return here;
  }

  private static double seconds(Answered answer) {
    return answer.object().get("seconds") instanceof Json.Num(double value) ? value : Double.NaN;
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("bot.log"), StandardCharsets.UTF_8);
  }

  @Test
  void answersInTimeWhateverIsDownAndLosesNothing() throws Exception {
    Path example = Drills.ROOT.resolve("config/examples/telegram-bot/bot.py");
    List<String> command = new ArrayList<>(List.of("python3", "-u", example.toString(), "--json"));
    for (Fleet.Seat seat : fleet.seats()) {
      command.addAll(List.of("--url", "http://127.0.0.1:" + seat.httpPort()));
    }
    command.addAll(List.of("--users", "" + USERS, "--messages", "1000000", "--pause", "0.1"));
    command.addAll(List.of("--later", folder.resolve("later").toString()));
    Process bot =
        new ProcessBuilder(command)
            .redirectOutput(said.toFile())
            .redirectError(folder.resolve("bot.log").toFile())
            .start();
    try {
      phase("all is well", bot, 0);

      int from = answers().size();
      fleet.seat(0).process().kill(); // the one that the bot asks first, and the older one
      MemberProcess.pause(FAULT.toMillis());
      phase("a member is killed", bot, from);

      from = answers().size();
      chain.gone(FAULT, 0);
      phase("the chain is away", bot, from);

      from = answers().size();
      store.gone(FAULT, 0);
      List<Answered> cut = phase("the store is cut off", bot, from);
      store.back();
      assertThat(cut).as("the store was away").anyMatch(answer -> answer.whole("version") == 0);

      from = answers().size();
      store.gone(FAULT, 1);
      List<Answered> silent = phase("the store is silent", bot, from);
      store.back();
      assertThat(silent).as("the store was away").anyMatch(answer -> answer.whole("version") == 0);

      chain.back();
      phase("all is back", bot, answers().size());
      bot.destroy(); // as Ctrl-C: what is owed is written before it ends
      assertThat(bot.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      bot.destroyForcibly();
    }
    assertThat(bot.exitValue()).as(log()).isZero();
    System.out.print(log().lines().toList().getLast() + "\n");
    compare(answers());
  }

  /** All answers against the log and the document of the member that is left. */
  private void compare(List<Answered> answers) throws IOException {
    MemberApi api = fleet.seat(1).api();
    Map<String, Long> versions = new HashMap<>();
    for (long since = 0; ; since += 500) {
      String page =
          api.get("/v1/spaces/telegram/updates?limit=500&since=" + since).want(200).body();
      List<Answered> records = Answered.parse(page).objects("items");
      for (Answered update : records) {
        assertThat(versions.put(update.text("update_id"), update.whole("version")))
            .as("%s stands once in the log", update.text("update_id"))
            .isNull();
      }
      if (records.size() < 500) {
        break;
      }
    }
    Json.Obj messages =
        Answered.parse(api.get("/v1/spaces/telegram/state?path=/facts/messages").want(200).body())
            .object();
    assertThat(versions.keySet())
        .as("one update for each message, whether it was written at once or later")
        .containsExactlyInAnyOrderElementsOf(
            answers.stream().map(answer -> answer.text("update_id")).toList());
    for (Answered answer : answers) {
      String id = answer.text("update_id");
      if (answer.whole("version") > 0) {
        assertThat(versions).as("acknowledged").containsEntry(id, answer.whole("version"));
      } else {
        assertThat(answer.text("answer")).as("it was said").contains(id);
      }
      assertThat(messages.get(id))
          .isEqualTo(
              Json.object(
                  Map.of(
                      "from", Json.of(answer.text("user")), "text", Json.of(answer.text("text")))));
    }
  }
}
