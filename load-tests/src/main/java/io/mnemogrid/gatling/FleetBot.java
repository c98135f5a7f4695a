package io.mnemogrid.gatling;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Claim;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi.Reply;
import io.mnemogrid.gatling.Counts.What;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A bot as one virtual user plays it: what it asks next, and what it makes of the answer. It reads
 * nine times of ten, mostly in the space of its team and in spaces that nobody changes, the same
 * few places again and again, and sends the tag that it has, so that what did not change is a 304.
 * It writes to the spaces of teams, on the version that it saw last. What got no certain answer it
 * sends again, under the same id, to the next member. All its choices follow from its number and
 * the seed.
 *
 * <p>One virtual user has it, so nothing here is for two threads.
 */
final class FleetBot {
  /** Leaves of {@code /shared} and {@code /facts} in each space before the bots begin. */
  static final int SHARED = 20;

  static final int FACTS = 200;

  private static final int WRITES_PERCENT = 10;
  private static final int QUIET_PERCENT = 30;
  private static final int AT_HOME_PERCENT = 85;
  private static final int CONDITIONAL_PERCENT = 75;
  private static final int OWN = 10;
  private static final int PLACES = 4;
  private static final int NOTE_EVERY = 8;

  /** A read is given up after so many failures, a write after so long. */
  private static final int READ_TRIES = 5;

  private static final Duration SETTLING = Duration.ofSeconds(60);
  private static final int PAUSE_MILLIS = 50;
  private static final int LONGEST_WAIT_SECONDS = 10;

  private final Plan plan;
  private final Phases phases;
  private final Notes notes;
  private final Counts counts;
  private final List<String> keys;
  private final int number;
  private final Random random;
  private final SpaceName[] spaces;
  private final long[] seen;
  private final long[][] own;
  private final Map<String, String> tags = new HashMap<>();
  private final int teams;
  private final List<String> places = new ArrayList<>();
  private int member;
  private long turns;

  // this turn
  private int space;
  private String path = "";
  private @Nullable Delta delta;
  private String body = "";
  private String tag = "";
  private int tries;
  private long began;
  private boolean open;
  private boolean doubtful;
  private long waitMillis;

  FleetBot(Plan plan, Phases phases, Notes notes, Counts counts, List<String> keys, int number) {
    this.plan = plan;
    this.phases = phases;
    this.notes = notes;
    this.counts = counts;
    this.keys = keys;
    this.number = number;
    this.random = new Random(plan.seed() * 31 + number);
    this.member = number % plan.urls().size();
    this.spaces = new SpaceName[plan.spaces()];
    for (int i = 0; i < spaces.length; i++) {
      spaces[i] = SpaceName.of(plan.space(i));
    }
    this.teams = plan.teams();
    for (int i = 0; i < PLACES; i++) {
      places.add("/state?path=/shared/k" + random.nextInt(SHARED));
      places.add("/state?path=/facts/f" + random.nextInt(FACTS));
    }
    places.addAll(List.of("/state?path=/shared", ""));
    if (number % 5 == 0) {
      places.add("/state?path=/facts");
    }
    this.seen = new long[spaces.length];
    this.own = new long[plan.urls().size()][spaces.length];
  }

  /** Decides what it asks next. */
  void begin() {
    turns++;
    tries = 0;
    open = true;
    doubtful = false;
    waitMillis = 0;
    began = System.nanoTime();
    boolean writes = random.nextInt(100) < WRITES_PERCENT;
    space = where(writes);
    delta = null;
    tag = "";
    if (writes && seen[space] > 0) {
      Delta made = delta();
      delta = made;
      path = "/v1/spaces/" + spaces[space] + "/updates";
      body = made.request().canonical();
      notes.sent(spaces[space], made);
      return;
    }
    path = "/v1/spaces/" + spaces[space] + places.get(random.nextInt(places.size()));
    if (random.nextInt(100) < CONDITIONAL_PERCENT) {
      tag = tags.getOrDefault(path, "");
    }
  }

  /** The first half of the spaces are those of teams; the others are only read. */
  private int where(boolean writes) {
    if (!writes && teams < spaces.length && random.nextInt(100) < QUIET_PERCENT) {
      return teams + random.nextInt(spaces.length - teams);
    }
    return random.nextInt(100) < AT_HOME_PERCENT ? number % teams : random.nextInt(teams);
  }

  private Delta delta() {
    DeltaBuilder made =
        new DeltaBuilder(new Author(author()), seen[space], Instant.now())
            .id(plan.run() + "-" + number + "-" + turns)
            .type("note");
    Json value = Json.of("turn " + turns + " of " + author() + " " + random.nextInt(1_000_000));
    if (random.nextInt(10) < 3) {
      return made.set("/shared/k" + random.nextInt(SHARED), value).build();
    }
    made.set("/own/" + author() + "/k" + random.nextInt(OWN), value);
    return made.set("/own/" + author() + "/turns", Json.of(turns)).build();
  }

  private String author() {
    return "bot-" + number;
  }

  /** Whether something is still to be asked in this turn. */
  boolean isOpen() {
    return open;
  }

  boolean isWrite() {
    return delta != null;
  }

  /** Half of the bots want no more of an answer than they need. */
  boolean isMinimal() {
    return number % 2 == 0;
  }

  /** How long it waits before it asks. */
  Duration pause() {
    return Duration.ofMillis(waitMillis);
  }

  String url() {
    return plan.urls().get(member) + path;
  }

  /** The tag that it sends with a read, in quotes; empty for none. */
  String tag() {
    return tag;
  }

  String body() {
    return body;
  }

  /** The name of the request in the report. */
  String name() {
    String kind =
        isWrite()
            ? isMinimal() ? "write, minimal" : "write"
            : tag.isEmpty() ? "read" : "read if changed";
    return plan.load().name(tries > 0 ? kind + ", again" : kind, phases.at(System.nanoTime()));
  }

  /** What the header {@code Authorization} has. */
  String authorization() {
    return "Bearer " + keys.get(number % keys.size());
  }

  /**
   * Takes an answer.
   *
   * @param reply null when there was none
   * @param retryAfter what the header says, empty when it says nothing
   */
  void answered(@Nullable Reply reply, String retryAfter) {
    if (reply != null && reply.status() == 429) {
      counts.add(What.LIMITED);
      waitMillis = 1000L * seconds(retryAfter);
      return;
    }
    waitMillis = PAUSE_MILLIS;
    Delta written = delta;
    if (written == null) {
      read(reply);
    } else {
      write(written, reply);
    }
  }

  private static int seconds(String retryAfter) {
    return retryAfter.matches("[0-9]{1,4}")
        ? Math.clamp(Integer.parseInt(retryAfter), 1, LONGEST_WAIT_SECONDS)
        : 1;
  }

  private void read(@Nullable Reply reply) {
    if (reply == null || (reply.status() != 200 && reply.status() != 304)) {
      if (tries > 0) {
        counts.add(What.READS_FAILED_AGAIN);
        notes.surprise(
            "%s asked %s again and was answered %s"
                .formatted(author(), url(), reply == null ? "nothing" : reply.status()));
      } else {
        counts.add(What.READS_ASKED_AGAIN);
      }
      tries++;
      next();
      if (tries == READ_TRIES) {
        counts.add(What.READS_GIVEN_UP);
        open = false;
      }
      return;
    }
    open = false;
    counts.add(What.READS);
    if (reply.status() == 304) {
      counts.add(What.NOT_MODIFIED);
    }
    if (!reply.isTagged()) {
      notes.surprise(author() + " was answered " + reply.status() + " without a tag: " + path);
      return;
    }
    tags.put(path, '"' + reply.tag() + '"');
    seen[space] = Math.max(seen[space], reply.version());
    if (turns % NOTE_EVERY == 0) {
      notes.read(
          spaces[space],
          author() + "@" + member,
          began,
          reply.version(),
          reply.leafPrefix(),
          own[member][space]);
    }
  }

  private void write(Delta written, @Nullable Reply reply) {
    int status = reply == null ? 0 : reply.status();
    if (reply != null && (status == 200 || status == 201)) {
      open = false;
      Answered told = Answered.parse(reply.body());
      long version = told.whole("version");
      seen[space] = Math.max(seen[space], version);
      own[member][space] = Math.max(own[member][space], version);
      counts.add(What.WRITES);
      if (tries > 0) {
        counts.add(What.WRITES_SENT_AGAIN);
      }
      if (status == 200) {
        counts.add(What.DUPLICATES);
      }
      notes.stands(
          spaces[space],
          written.id(),
          new Claim.Place(version, told.hash("root"), reply.leafPrefix()));
      return;
    }
    if (reply != null && status >= 400 && status < 500) {
      open = false;
      if (doubtful) { // that it was refused now says nothing about the first sending
        notes.surprise(written.id() + " was unknown first, and then " + reply.code());
        return;
      }
      notes.refused(spaces[space], written.id(), reply.code());
      notes.surprise(written.id() + " was refused: " + status + " " + reply.code());
      return;
    }
    doubtful |= status != 503;
    tries++;
    next();
    open = System.nanoTime() - began < SETTLING.toNanos();
  }

  /** Goes to the next member. */
  private void next() {
    member = (member + 1) % plan.urls().size();
  }
}
