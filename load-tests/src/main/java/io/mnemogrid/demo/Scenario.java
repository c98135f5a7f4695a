package io.mnemogrid.demo;

import static io.mnemogrid.demo.Timeline.brief;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The six steps of DARYL's scenario, and a seventh with a policy. Each step prints what it sees.
 * When a step fails, that is noted and the next step is tried. Step 4 comes before steps 2 and 3:
 * its sleeper sleeps while step 1 goes from version 99 to 100. Step 7 comes before step 5, so that
 * the checkpoint covers the policy. One thread plays the steps; the bots' reader threads report
 * what they hear.
 */
final class Scenario {
  private static final String POSTS = "facts.moltbook_post_history.total_posts";
  private static final String USER = "preferences.user";
  private static final String EXPERT = "facts.moltbook_contacts.@Expert";
  private static final int COUNTS_EACH = 5;
  // Well below 10 s: after that the grid takes a silent bot for dead.
  private static final Duration SLEEP = Duration.ofMillis(2500);
  private static final Duration CHECKPOINT_LIMIT = Duration.ofSeconds(40);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(3);
  private static final Pattern CONTRACT = Pattern.compile("evm:\\d+:(0x[0-9a-f]{40})");

  private final DemoMain.Settings settings;
  private final Timeline timeline;
  private final List<Bot> bots;
  private final Api api;
  private final CountDownLatch bothFinal = new CountDownLatch(2);
  private String space = "daryl";

  Scenario(DemoMain.Settings settings, Timeline timeline, List<Bot> bots) {
    this.settings = settings;
    this.timeline = timeline;
    this.bots = bots;
    this.api = new Api(settings.api(), settings.key());
  }

  private interface Step {
    void play() throws IOException, InterruptedException;
  }

  private boolean attempt(String number, Step step) {
    try {
      step.play();
      return true;
    } catch (IOException | RuntimeException e) {
      timeline.failed(number, String.valueOf(e.getMessage()));
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      timeline.failed(number, "it was interrupted");
      return false;
    }
  }

  /** Plays all steps and ends the bots that it started. */
  void play() {
    try (Bot a = bot("A", "telegram_instance_eu_west");
        Bot b = bot("B", "telegram_instance_us_east")) {
      if (!attempt("1", () -> commitScript(a, b))) {
        return;
      }
      attempt("2", () -> keepBoth(a, b));
      attempt("2", () -> countTogether(a, b));
      attempt("3", () -> conflict(a, b));
      attempt("7", () -> keepToOwnPages(a, b));
      AtomicReference<Fields> checkpoint = new AtomicReference<>();
      attempt("5", () -> checkpoint.set(awaitCheckpoint(a, b)));
      attempt("6", () -> checkAsOutsider(checkpoint.get()));
    } catch (IOException | RuntimeException e) {
      timeline.say("demo", "stopped: " + e);
    }
  }

  private Bot bot(String name, String author) throws IOException {
    Bot bot =
        new Bot(name, author, settings.grid(), settings.secret(), settings.logs(), this::hear);
    bots.add(bot);
    timeline.say("demo", "bot " + name + " starts as process " + bot.pid() + ", author " + author);
    return bot;
  }

  // Steps 1 and 4.

  private void commitScript(Bot a, Bot b) throws IOException, InterruptedException {
    timeline.step("1", "The state and its updates are committed over HTTP, up to version 100");
    createSpace();
    DarylScript script = DarylScript.read(settings.example(), settings.seed());
    timeline.say("demo", "random seed " + settings.seed() + " makes 98 of the updates");
    List<Json.Obj> deltas = script.deltas();
    Outcomes outcomes = new Outcomes();
    for (int version = 1; version < DarylScript.VERSIONS; version++) {
      Fields answer = commit(deltas.get(version - 1));
      outcomes.add(answer);
      if (version <= 2 || version % 20 == 0 || version == DarylScript.VERSIONS - 1) {
        String what = version == 1 ? " = state.json" : version == 2 ? " = user_interaction" : "";
        timeline.say("http", at(answer) + what);
      }
    }
    for (Bot bot : List.of(a, b)) {
      bot.awaitUp();
      bot.ask("open", Map.of("space", Json.of(space)));
      Fields head = bot.ask("await", Map.of("version", Json.of(DarylScript.VERSIONS - 1)));
      timeline.say(bot.name(), "joined, is at " + at(head));
    }
    sleepThrough(a, b, deltas.getLast(), outcomes);
    boolean dense = outcomes.total == DarylScript.VERSIONS && isDense(DarylScript.VERSIONS);
    timeline.observe(Observation.UP_TO_100, dense, outcomes.toString());
  }

  private void createSpace() {
    for (int i = 2; i < 1000; i++) {
      if (api.put("/v1/spaces/" + space).want(200, 201).status() == 201) {
        timeline.say("demo", "made the space " + space);
        return;
      }
      timeline.say("demo", "the space " + space + " is there already, trying another name");
      space = "daryl-" + i;
    }
    throw new IllegalStateException("a thousand spaces are there already");
  }

  private Fields commit(Json.Obj delta) {
    return api.post("/v1/spaces/" + space + "/updates", delta).want(201).fields();
  }

  private boolean isDense(long versions) {
    List<byte[]> records = api.records(space);
    for (int i = 0; i < records.size(); i++) {
      Fields record = Fields.parse(new String(records.get(i), StandardCharsets.UTF_8));
      if (record.whole("version") != i + 1) {
        return false;
      }
    }
    return records.size() == versions;
  }

  private void sleepThrough(Bot a, Bot b, Json.Obj last, Outcomes outcomes)
      throws IOException, InterruptedException {
    timeline.step("4", "A bot sleeps at version 99 and wakes");
    Fields before = b.ask("await", Map.of("version", Json.of(DarylScript.VERSIONS - 1)));
    b.sleep();
    CompletableFuture<Fields> woken;
    boolean slept;
    Fields committed;
    Fields others;
    try {
      timeline.say("B", "is stopped (SIGSTOP) at version " + before.whole("version"));
      committed = commit(last);
      outcomes.add(committed);
      timeline.say("http", at(committed));
      others = a.ask("await", Map.of("version", Json.of(DarylScript.VERSIONS)));
      timeline.say("A", "is at " + at(others));
      woken = b.send("await", Map.of("version", Json.of(DarylScript.VERSIONS)));
      Thread.sleep(SLEEP);
      slept = !woken.isDone();
    } finally {
      b.wake();
    }
    timeline.say("B", "goes on (SIGCONT)" + (slept ? "" : ", but had answered in its sleep"));
    Fields after = b.answer(woken);
    timeline.say(
        "B", "replayed " + after.value("advanced").canonical() + " and is at " + at(after));
    boolean same =
        after.text("root").equals(others.text("root"))
            && after.text("root").equals(committed.text("root"));
    timeline.observe(
        Observation.SLEEPER,
        slept
            && same
            && before.whole("version") == DarylScript.VERSIONS - 1
            && after.whole("version") == DarylScript.VERSIONS,
        "from "
            + before.whole("version")
            + " to "
            + after.whole("version")
            + ", root "
            + brief(after.text("root"))
            + ", A has "
            + brief(others.text("root"))
            + ", the log "
            + brief(committed.text("root")));
  }

  // Step 2.

  private void keepBoth(Bot a, Bot b) {
    timeline.step("2", "Two bots write at once from version 100");
    Fields readA = a.ask("read", Map.of("path", Json.of(POSTS)));
    Fields readB = b.ask("read", Map.of("path", Json.of(POSTS)));
    long posts = readA.whole("value");
    timeline.say("A", "reads version " + readA.whole("version") + ": total_posts " + posts);
    timeline.say("B", "reads version " + readB.whole("version") + ": total_posts " + posts);
    Fields counted = a.ask("count", Map.of("path", Json.of(POSTS), "times", Json.of(1)));
    timeline.say("A", "counts up total_posts: version " + counted.value("versions").canonical());
    Fields added =
        b.ask(
            "commit",
            Map.of(
                "base", readB.value("version"),
                "type", Json.of("user_interaction"),
                "set", Json.object(Map.of(EXPERT, expert()))));
    timeline.say(
        "B",
        "adds @Expert from base "
            + readB.whole("version")
            + ": "
            + at(added)
            + ", "
            + added.text("outcome")
            + ", missed "
            + added.whole("missed"));
    Json after = standing(POSTS, 102);
    Json contact = standing(EXPERT, 102);
    boolean versions =
        readA.whole("version") == 100
            && readB.whole("version") == 100
            && counted.value("versions").canonical().equals("[101]")
            && added.whole("version") == 102;
    timeline.observe(
        Observation.BOTH_KEPT,
        versions && after.equals(Json.of(posts + 1)) && contact.equals(expert()),
        "versions "
            + counted.value("versions").canonical()
            + " and "
            + added.whole("version")
            + "; at 102 total_posts is "
            + after.canonical()
            + " and @Expert "
            + contact.canonical());
  }

  private static Json expert() {
    return Json.object(
        Map.of(
            "karma", Json.of(1200),
            "engagement_style", Json.of("curious"),
            "expertise", Json.ofStrings(List.of("sharding"))));
  }

  private Json standing(String path, long version) {
    return Json.parse(
        api.get("/v1/spaces/" + space + "/state?path=" + path + "&at=" + version).want(200).body());
  }

  private void countTogether(Bot a, Bot b) {
    long before = a.ask("read", Map.of("path", Json.of(POSTS))).whole("value");
    Map<String, Json> order = Map.of("path", Json.of(POSTS), "times", Json.of(COUNTS_EACH));
    CompletableFuture<Fields> ofA = a.send("count", order);
    CompletableFuture<Fields> ofB = b.send("count", order);
    List<Json> versions = new ArrayList<>();
    for (Bot bot : List.of(a, b)) {
      Fields counted = bot.answer(bot == a ? ofA : ofB);
      versions.addAll(counted.items("versions"));
      timeline.say(
          bot.name(),
          "counted " + COUNTS_EACH + " times: versions " + counted.value("versions").canonical());
    }
    Json after =
        Json.parse(api.get("/v1/spaces/" + space + "/state?path=" + POSTS).want(200).body());
    timeline.say("http", "total_posts went from " + before + " to " + after.canonical());
    Set<Json> distinct = new HashSet<>(versions);
    timeline.observe(
        Observation.NOTHING_LOST,
        distinct.size() == 2 * COUNTS_EACH && after.equals(Json.of(before + 2 * COUNTS_EACH)),
        "2 × " + COUNTS_EACH + " counts took " + before + " to " + after.canonical());
  }

  // Step 3.

  private void conflict(Bot a, Bot b) {
    timeline.step("3", "Both change preferences.user from the same version");
    Instant time = Instant.now().minusSeconds(10);
    collide(Observation.HIGHER_FIRST, b, "Buralux2", time.plusSeconds(1), a, "Buralux", time);
    collide(
        Observation.HIGHER_LAST,
        a,
        "Buralux",
        time.plusSeconds(2),
        b,
        "Buralux2",
        time.plusSeconds(3));
  }

  private void collide(
      Observation what,
      Bot first,
      String firstValue,
      Instant firstTime,
      Bot second,
      String secondValue,
      Instant secondTime) {
    long base = api.get("/v1/spaces/" + space).want(200).fields().whole("version");
    Fields one = write(first, base, firstValue, firstTime);
    Fields two = write(second, base, secondValue, secondTime);
    boolean firstWins = firstTime.isAfter(secondTime);
    String winner = firstWins ? firstValue : secondValue;
    Json stands = standing(USER, two.whole("version"));
    Fields record = api.record(space, two.whole("version"));
    String list = firstWins ? "superseded" : "overrode";
    String rival = firstWins ? "by" : "author";
    List<Fields> told = record.objects(list);
    boolean logged =
        told.size() == 1
            && told.getFirst().text(rival).equals(first.author())
            && told.getFirst().text("value").equals(firstWins ? secondValue : firstValue);
    timeline.say(
        "log",
        "version "
            + two.whole("version")
            + " keeps "
            + list
            + " "
            + record.value(list).canonical()
            + "; "
            + stands.canonical()
            + " stands");
    timeline.observe(
        what,
        logged && stands.equals(Json.of(winner)),
        stands.canonical() + " stands, " + list + " " + record.value(list).canonical());
  }

  private Fields write(Bot bot, long base, String value, Instant time) {
    Fields answer =
        bot.ask(
            "commit",
            Map.of(
                "base", Json.of(base),
                "type", Json.of("user_interaction"),
                "timestamp", Json.of(Timestamps.format(time)),
                "set", Json.object(Map.of(USER, Json.of(value)))));
    timeline.say(
        bot.name(),
        "sets "
            + value
            + " at "
            + Timestamps.format(time).substring(11, 23)
            + " from base "
            + base
            + ": "
            + at(answer)
            + ", "
            + answer.text("outcome"));
    return answer;
  }

  // Step 7.

  /** A bot's page is below the name that it writes under. */
  private static Json policy() {
    Json rule =
        Json.object(
            Map.of(
                "paths", Json.ofStrings(List.of("/pages/{bot}/**")),
                "authors", Json.ofStrings(List.of("{bot}"))));
    return Json.object(
        Map.of("format", Json.of("mnemogrid-policy-1"), "writers", new Json.Arr(List.of(rule))));
  }

  private void keepToOwnPages(Bot a, Bot b) {
    timeline.step("7", "A policy lets each bot write its own page");
    Fields ruled = commit(edit("demo-policy", "operator", "/_mnemogrid/policy", policy()));
    timeline.say("http", at(ruled) + ": " + policy().canonical());
    List<String> done = new ArrayList<>();
    for (Bot bot : List.of(a, b)) {
      Fields own = page(bot, bot);
      timeline.say(bot.name(), "writes its own page: " + became(own));
      done.add(became(own));
    }
    long before = head();
    Fields refused = page(a, b);
    timeline.say("A", "writes B's page: " + became(refused));
    Fields told =
        api.post(
                "/v1/spaces/" + space + "/updates",
                edit("demo-foreign", a.author(), pageOf(b), Json.of("by A")))
            .want(403)
            .fields();
    timeline.say("http", "the same as A: 403 " + told.text("code") + ", " + told.text("detail"));
    Json pages = Json.parse(api.get("/v1/spaces/" + space + "/state?path=/pages").want(200).body());
    Json wanted = Json.object(Map.of(a.author(), own("A"), b.author(), own("B")));
    timeline.observe(
        Observation.OWN_PAGES,
        pages.equals(wanted)
            && head() == before
            && refused.textOr("refused", "").equals("policy")
            && told.text("code").equals("policy"),
        String.join(" and ", done)
            + "; then "
            + became(refused)
            + "; at /pages stands "
            + pages.canonical());
  }

  private static String became(Fields answer) {
    return answer.has("refused")
        ? "refused, " + answer.text("refused") + ": " + answer.text("why")
        : at(answer);
  }

  private static String pageOf(Bot bot) {
    return "/pages/" + bot.author() + "/mood";
  }

  private static Json own(String name) {
    return Json.object(Map.of("mood", Json.of("by " + name)));
  }

  private Fields page(Bot writer, Bot of) {
    return writer.ask(
        "try",
        Map.of(
            "base", Json.of(head()),
            "type", Json.of("page"),
            "set", Json.object(Map.of(pageOf(of), Json.of("by " + writer.name())))));
  }

  private long head() {
    return api.get("/v1/spaces/" + space).want(200).fields().whole("version");
  }

  private Json.Obj edit(String id, String author, String path, Json value) {
    Json change = Json.object(Map.of("key", Json.of(path), "value", value));
    return Json.object(
        Map.of(
            "update_id", Json.of(id),
            "base", Json.of(head()),
            "author", Json.of(author),
            "timestamp", Json.of(Timestamps.format(Instant.now())),
            "type", Json.of("demo"),
            "changes", Json.object(Map.of("added", new Json.Arr(List.of(change))))));
  }

  // Step 5.

  private Fields awaitCheckpoint(Bot a, Bot b) throws IOException, InterruptedException {
    timeline.step(
        "5", "Jet recomputes the root, the leader checkpoints, the bots ask for finality");
    long version = api.get("/v1/spaces/" + space).want(200).fields().whole("version");
    a.ask("watch", Map.of("version", Json.of(101)));
    b.ask("watch", Map.of("version", Json.of(102)));
    Fields trigger = DarylScript.read(settings.example(), settings.seed()).checkpointTrigger();
    timeline.say("http", "asks for a checkpoint, as " + trigger.text("update_id") + " does");
    Fields checkpoint = checkpointOf(version);
    Fields head = checkpoint.fields("spaces").fields(space);
    String audited = head.text("state_root");
    timeline.say(
        "leader",
        "checkpoint "
            + checkpoint.whole("number")
            + ", hash "
            + brief(checkpoint.text("hash"))
            + ", holds version "
            + head.whole("version")
            + " with Jet's root "
            + brief(audited));
    timeline.say("health", audit());
    String committers = api.record(space, version).text("root");
    Map<String, Json> want = Map.of("version", Json.of(version));
    String ofA = a.ask("await", want).text("root");
    String ofB = b.ask("await", want).text("root");
    timeline.observe(
        Observation.AUDITED,
        Set.of(committers).equals(new HashSet<>(List.of(audited, ofA, ofB))),
        "at version "
            + version
            + ": Jet "
            + brief(audited)
            + ", the log "
            + brief(committers)
            + ", A "
            + brief(ofA)
            + ", B "
            + brief(ofB));
    Duration patience = FinalityWatch.LIMIT.plus(FinalityWatch.EVERY.multipliedBy(2));
    if (!bothFinal.await(patience.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "not final after " + patience.toSeconds() + " s: " + checkpointAgain(checkpoint));
    }
    return checkpoint;
  }

  private String checkpointAgain(Fields checkpoint) {
    Fields now = api.get("/v1/checkpoints/" + checkpoint.whole("number")).want(200).fields();
    return "checkpoint " + now.whole("number") + " is " + now.text("status");
  }

  /**
   * Asks until a checkpoint holds that version. That takes a while, since the audit comes first.
   */
  private Fields checkpointOf(long version) throws InterruptedException {
    long began = System.nanoTime();
    long asked = 0;
    while (System.nanoTime() - began < CHECKPOINT_LIMIT.toNanos()) {
      if (asked == 0 || System.nanoTime() - asked > ASK_AGAIN.toNanos()) {
        api.post("/v1/checkpoints", Json.EMPTY_OBJECT).want(202);
        asked = System.nanoTime();
      }
      for (Fields each : api.get("/v1/checkpoints?limit=10").want(200).fields().objects("items")) {
        Fields spaces = each.fields("spaces");
        if (spaces.has(space) && spaces.fields(space).whole("version") >= version) {
          return each;
        }
      }
      Thread.sleep(200);
    }
    throw new IllegalStateException(
        "no checkpoint holds version " + version + " after " + CHECKPOINT_LIMIT.toSeconds() + " s");
  }

  /** What the member says of its audit, which must not have found a mismatch anywhere. */
  private String audit() {
    for (Fields part : api.get("/health").want(200).fields().objects("parts")) {
      if (part.text("name").equals("audit")) {
        return "the audit is " + part.text("status") + ": " + part.text("detail");
      }
    }
    return "the member says nothing of its audit";
  }

  /** A bot's event, on its reader thread. */
  private void hear(Bot bot, Fields event) {
    switch (event.text("event")) {
      case "asked" ->
          timeline.say(
              bot.name(),
              "asks: version " + event.whole("version") + " is " + event.text("status"));
      case "went-on" ->
          timeline.say(
              bot.name(),
              "after "
                  + FinalityWatch.LIMIT.toSeconds()
                  + " s version "
                  + event.whole("version")
                  + " is "
                  + event.text("status")
                  + ": goes on as if it were final");
      case "final" -> {
        String how =
            "version "
                + event.whole("version")
                + " is finalized in checkpoint "
                + event.whole("checkpoint")
                + (event.value("late").equals(Json.TRUE) ? ", told after it had gone on" : "");
        timeline.say(bot.name(), "asks: " + how);
        timeline.observe(
            bot.name().equals("A") ? Observation.A_FINAL : Observation.B_FINAL, true, how);
        bothFinal.countDown();
      }
      default -> {}
    }
  }

  // Step 6.

  private void checkAsOutsider(@Nullable Fields found) {
    if (found == null) {
      throw new IllegalStateException("there is no final checkpoint to check");
    }
    timeline.step("6", "Somebody who trusts nobody checks it");
    Fields checkpoint = api.get("/v1/checkpoints/" + found.whole("number")).want(200).fields();
    Witness witness = witness(checkpoint);
    long number = checkpoint.whole("number");
    Witness.Testimony told = witness.find(number);
    timeline.say(
        settings.chain().isEmpty() ? "notary" : "chain",
        "checkpoint " + number + ": " + told.hash() + " " + told.pointer());
    timeline.say("check", "read from " + witness.place());
    Outsider.Finding finding = new Outsider(api).check(told.hash(), SpaceName.of(space));
    Hash header = finding.header().hash();
    timeline.observe(
        Observation.ANCHORED,
        header.equals(told.hash())
            && finding.header().number() == number
            && told.pointer().equals(checkpoint.text("pointer"))
            && checkpoint.text("hash").equals(told.hash().toString()),
        "checkpoint "
            + number
            + " is "
            + brief(told.hash())
            + " in "
            + (settings.chain().isEmpty()
                ? "the local notary's file: nothing is on a chain"
                : witness.place()));
    agree(
        Observation.FOREST,
        "forest root over " + finding.spaces() + (finding.spaces() == 1 ? " space" : " spaces"),
        finding.forest());
    agree(Observation.STATE, "state root of version " + finding.head().version(), finding.state());
    Hash without = withoutPolicy(finding.head().version());
    timeline.say("check", "without reserved=yes the policy is missing: " + brief(without));
    if (without.equals(finding.state().committed())) {
      timeline.observe(Observation.STATE, false, "the checkpoint does not cover the policy");
    }
    agree(Observation.LOG, "log root over " + finding.records() + " records", finding.log());
  }

  private Hash withoutPolicy(long version) {
    byte[] document = api.get("/v1/spaces/" + space + "/state?at=" + version).want(200).body();
    return SlowRoot.of(Json.parseObject(new String(document, StandardCharsets.UTF_8)));
  }

  private void agree(Observation what, String name, Outsider.Agreement agreement) {
    String said =
        name
            + ": committed "
            + brief(agreement.committed())
            + ", recomputed "
            + brief(agreement.recomputed());
    timeline.say("check", said);
    timeline.observe(what, agreement.holds(), said);
  }

  private Witness witness(Fields checkpoint) {
    if (settings.chain().isEmpty()) {
      return new NotaryWitness(Path.of(settings.notary()));
    }
    Matcher contract = CONTRACT.matcher(api.get("/health").text());
    return contract.find()
        ? new ChainWitness(settings.endpoint(), contract.group(1))
        : ChainWitness.ofTransaction(settings.endpoint(), checkpoint.text("transaction"));
  }

  private static String at(Fields answer) {
    return "version " + answer.whole("version") + ", root " + brief(answer.text("root"));
  }

  /** Counts what became of the committed updates: applied, merged or superseded. */
  private static final class Outcomes {
    private int total;
    private int merged;
    private int superseded;

    void add(Fields answer) {
      total++;
      switch (answer.text("outcome")) {
        case "merged" -> merged++;
        case "superseded" -> superseded++;
        default -> {}
      }
    }

    @Override
    public String toString() {
      return total + " committed, of which " + merged + " merged and " + superseded + " superseded";
    }
  }
}
