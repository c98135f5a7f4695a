package io.mnemogrid.demo;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The updates that bring DARYL's memory to version {@value #VERSIONS}: the draft's state, its
 * user_interaction update, and deltas made from a seed. The same seed makes the same requests, and
 * so the same document and the same state root.
 *
 * <p>The made deltas are what such bots do: contacts gain karma, posts are counted, terms and
 * patterns are learned. Four things happen at fixed versions, so that every seed has them: a delta
 * is sent from a stale base and merges; a delta changes what its author had not seen, and every
 * other one of these loses; a delta forgets a term; a delta replaces a contact whole. Used by one
 * thread.
 */
final class DarylScript {
  static final long DEFAULT_SEED = 20260205;
  static final int VERSIONS = 100;

  private static final Instant LOADED = Instant.parse("2026-02-05T18:59:00Z");
  private static final Instant FIRST_MADE = Instant.parse("2026-02-05T19:01:30Z");
  private static final String POSTS = "facts.moltbook_post_history.total_posts";
  private static final List<String> AUTHORS =
      List.of(
          "telegram_instance_eu_west", "telegram_instance_us_east", "moltbook_instance_ap_south");
  private static final List<String> NAMES =
      List.of(
          "@Ravel",
          "@Sextant",
          "@Ombre",
          "@Kestrel",
          "@Lumen",
          "@Quill",
          "@Tessera",
          "@Vesper",
          "@Marrow",
          "@Isobar",
          "@Cairn",
          "@Pallas",
          "@Rook",
          "@Thistle",
          "@Umbra",
          "@Zephyr",
          "@Argot",
          "@Bramble",
          "@Cobalt",
          "@Dovetail",
          "@Ember",
          "@Fathom",
          "@Gnomon",
          "@Halyard");
  private static final List<String> STYLES =
      List.of("philosophical", "technical", "playful", "terse", "curious");
  private static final List<String> FIELDS =
      List.of("frameworks", "architecture", "reputation", "identity", "consensus", "games", "law");
  private static final List<String> TERMS =
      List.of(
          "merge",
          "replay",
          "trust",
          "shard",
          "anchor",
          "quorum",
          "epoch",
          "lease",
          "witness",
          "tombstone",
          "root",
          "proof",
          "delta",
          "base",
          "finality",
          "digest");
  private static final List<String> PATTERNS =
      List.of(
          "questions_beat_statements",
          "mornings_perform_well",
          "lists_get_shared",
          "diagrams_get_comments",
          "threads_over_five_lose_readers");
  private static final List<String> ANSWERS = List.of("structured", "concise", "narrative", "dry");

  /** One value that an update wrote alone, for a later author to collide with. */
  private record Written(int version, String path, Instant time) {}

  private final Json.Obj document;
  private final Json.Obj userInteraction;
  private final Json.Obj checkpointTrigger;
  private final SplittableRandom random;

  // What the bots believe the document holds. It is good enough to write sensible updates.
  private final List<String> contacts = new ArrayList<>(List.of("@Jorday", "@NewExpert"));
  private final List<String> terms = new ArrayList<>(List.of("layers", "sharding", "checkpoint"));
  private final List<Written> written = new ArrayList<>();
  private long posts = 20;
  private Instant clock = FIRST_MADE;

  private DarylScript(Json.Obj document, Json.Obj interaction, Json.Obj trigger, long seed) {
    this.document = document;
    this.userInteraction = interaction;
    this.checkpointTrigger = trigger;
    this.random = new SplittableRandom(seed);
  }

  /** Reads {@code state.json} and {@code updates.json} of a folder. */
  static DarylScript read(Path folder, long seed) throws IOException {
    Json.Obj document = Json.parseObject(Files.readString(folder.resolve("state.json")));
    if (!(Json.parse(Files.readString(folder.resolve("updates.json"))) instanceof Json.Arr list)) {
      throw new IllegalArgumentException("updates.json is a list");
    }
    Map<String, Json.Obj> byType = new HashMap<>();
    for (Json item : list.items()) {
      Json.Obj update = (Json.Obj) item;
      byType.put(new Fields(update).text("type"), update);
    }
    Json.Obj interaction = byType.get("user_interaction");
    Json.Obj trigger = byType.get("checkpoint_trigger");
    if (interaction == null || trigger == null) {
      throw new IllegalArgumentException(
          "updates.json has a user_interaction and a checkpoint_trigger, got " + byType.keySet());
    }
    return new DarylScript(document, interaction, trigger, seed);
  }

  /** The draft's update that asks for a checkpoint. */
  Fields checkpointTrigger() {
    return new Fields(checkpointTrigger);
  }

  /** The requests in order: the one at index i makes version i + 1. Called once. */
  List<Json.Obj> deltas() {
    List<Json.Obj> deltas = new ArrayList<>(VERSIONS);
    Edit load = new Edit();
    document.members().forEach(load::set);
    deltas.add(load.toDelta(1, 0, LOADED, "load"));
    deltas.add(userInteraction);
    for (int version = 3; version <= VERSIONS; version++) {
      clock = clock.plusSeconds(random.nextInt(5, 90));
      deltas.add(made(version));
    }
    return deltas;
  }

  private Json.Obj made(int version) {
    if (version % 9 == 0) {
      return collide(version);
    }
    if (version % 12 == 5) {
      return forget().toDelta(version, version - 1, clock, "cleanup");
    }
    if (version % 15 == 7) {
      return replaceContact().toDelta(version, version - 1, clock, "moltbook_sync");
    }
    int base = version - 1 - (version % 7 == 3 ? random.nextInt(1, 5) : 0);
    return switch (random.nextInt(10)) {
      case 0, 1 -> meet().toDelta(version, base, clock, "user_interaction");
      // The author reads a count before it writes the next one, so its base is never stale.
      case 2, 3 -> post().toDelta(version, version - 1, clock, "post_published");
      case 4 -> learnTerm(version).toDelta(version, base, clock, "learned");
      case 5 -> learnPattern(version).toDelta(version, base, clock, "learned");
      case 6 -> prefer(version).toDelta(version, base, clock, "user_interaction");
      default -> gainKarma(version).toDelta(version, base, clock, "moltbook_sync");
    };
  }

  /** Writes what another author wrote a moment ago, without having seen it. */
  private Json.Obj collide(int version) {
    Written rival = recent();
    Edit edit = new Edit();
    edit.set(rival.path, valueFor(rival.path));
    boolean loses = version % 2 == 0;
    Instant time = loses ? rival.time.minusSeconds(random.nextInt(1, 5)) : clock;
    return edit.toDelta(version, rival.version - 1, time, "user_interaction");
  }

  private Written recent() {
    int last = written.size() - 1;
    return written.get(last - random.nextInt(Math.min(3, written.size())));
  }

  private Json valueFor(String path) {
    if (path.endsWith(".karma")) {
      return karma();
    }
    if (path.startsWith("learned_patterns.")) {
      return Json.of(random.nextBoolean());
    }
    return path.startsWith("preferences.") ? Json.of(pick(ANSWERS)) : meaning();
  }

  private Edit gainKarma(int version) {
    return alone(version, "facts.moltbook_contacts." + pick(contacts) + ".karma");
  }

  private Edit learnTerm(int version) {
    String term = pick(TERMS);
    if (!terms.contains(term)) {
      terms.add(term);
    }
    return alone(version, "glossary." + term);
  }

  private Edit learnPattern(int version) {
    return alone(version, "learned_patterns." + pick(PATTERNS));
  }

  private Edit prefer(int version) {
    return alone(version, "preferences.default_response_style");
  }

  private Edit alone(int version, String path) {
    written.add(new Written(version, path, clock));
    Edit edit = new Edit();
    edit.set(path, valueFor(path));
    return edit;
  }

  private Edit meet() {
    String name = pick(NAMES);
    if (!contacts.contains(name)) {
      contacts.add(name);
    }
    return contact(name);
  }

  private Edit replaceContact() {
    return contact(pick(contacts));
  }

  private Edit contact(String name) {
    Edit edit = new Edit();
    edit.set(
        "facts.moltbook_contacts." + name,
        Json.object(
            Map.of(
                "karma", karma(),
                "engagement_style", Json.of(pick(STYLES)),
                "expertise", Json.ofStrings(List.of(pick(FIELDS))))));
    return edit;
  }

  private Edit post() {
    Edit edit = new Edit();
    edit.modify(POSTS, Json.of(posts), Json.of(posts + 1));
    posts++;
    edit.set(
        "facts.moltbook_post_history.last_post_id",
        Json.of(String.format(Locale.ROOT, "%08x...", random.nextInt())));
    edit.set(
        "summary",
        Json.of(
            "DARYL manages %d Moltbook posts across 3 domains. Best performer: Three Layers (%d↑ %d💬)."
                .formatted(posts, 45 + random.nextInt(40), 27 + random.nextInt(20))));
    return edit;
  }

  private Edit forget() {
    Edit edit = new Edit();
    edit.delete("glossary." + terms.remove(random.nextInt(terms.size())));
    if (terms.isEmpty()) {
      terms.add("layers");
    }
    return edit;
  }

  private Json karma() {
    return Json.of(random.nextLong(1_000, 900_000));
  }

  private Json meaning() {
    return Json.of("as " + pick(NAMES) + " uses it when writing on " + pick(FIELDS));
  }

  private String pick(List<String> items) {
    return items.get(random.nextInt(items.size()));
  }

  /** The changes of one delta. */
  private final class Edit {
    private final List<Json> added = new ArrayList<>();
    private final List<Json> modified = new ArrayList<>();
    private final List<Json> deleted = new ArrayList<>();

    void set(String path, Json value) {
      added.add(Json.object(Map.of("key", Json.of(path), "value", value)));
    }

    void modify(String path, Json old, Json value) {
      modified.add(Json.object(Map.of("key", Json.of(path), "old_value", old, "new_value", value)));
    }

    void delete(String path) {
      deleted.add(Json.object(Map.of("key", Json.of(path))));
    }

    Json.Obj toDelta(int version, int base, Instant time, String type) {
      Map<String, Json> changes = new TreeMap<>();
      put(changes, "added", added);
      put(changes, "modified", modified);
      put(changes, "deleted", deleted);
      return Json.object(
          Map.of(
              "update_id", Json.of("daryl_%03d".formatted(version)),
              "base", Json.of(Math.max(base, 0)),
              "author", Json.of(AUTHORS.get(version == 1 ? 0 : random.nextInt(AUTHORS.size()))),
              "timestamp", Json.of(Timestamps.format(time)),
              "type", Json.of(type),
              "changes", new Json.Obj(changes)));
    }

    private static void put(Map<String, Json> changes, String name, List<Json> list) {
      if (!list.isEmpty()) {
        changes.put(name, new Json.Arr(list));
      }
    }
  }
}
