package io.mnemogrid.laws;

import io.mnemogrid.memory.Code;
import io.mnemogrid.memory.Collective;
import io.mnemogrid.memory.Note;
import io.mnemogrid.memory.NoteReader;
import io.mnemogrid.memory.Operation;
import io.mnemogrid.memory.Stamp;
import io.mnemogrid.memory.WriterId;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One random history of 2 to 5 writers with skewed clocks, each with a replica of its own. Notes
 * reach the others late, doubled, in any order or only at the end, and whole states are joined in
 * between. The same seed plays the same history.
 */
final class Schedule {
  /** A note, and why it is void or null. */
  record Sent(Note note, @Nullable Code code) {}

  /**
   * What came to a replica, in the order in which it came.
   *
   * @param note place of a note in {@link #sent}, or −1 when the state of {@code from} came
   */
  private record Step(int replica, int note, int from) {
    Json toJson() {
      return note < 0
          ? Json.object(Map.of("replica", Json.of(replica), "join", Json.of(from)))
          : Json.object(Map.of("replica", Json.of(replica), "note", Json.of(note)));
    }
  }

  private static final int MOST_WRITERS = 5;
  private static final List<AuthorKey> KEYS = keys();
  private static final List<String> TAGS = List.of("a", "b", "ü", "😀");
  private static final List<String> SUBJECTS =
      List.of("", "ec18eac8d758b1eba52d3c10d39adc6d", "01010101010101010101010101010101");
  private static final List<String> VALUES = List.of("", "v1", "v2", "\uffff", "😀\n\"q\"");
  private static final List<Code> CODES =
      List.of(Code.FORBIDDEN, Code.CLOCK_AHEAD, Code.SET_FULL, Code.CLEAR_TEXT, Code.ORPHAN);

  private final Random random;
  private final Joining twin;
  private final boolean forgets;
  private final State[] at;
  private final long[] seq;
  private final Hash[] last;
  private final int[] skew;
  private final List<Sent> sent = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final String collective;
  private long clock = 1_000;
  private int lost;

  /**
   * A history that has not begun.
   *
   * @param forgets whether memories and subjects may be forgotten
   */
  Schedule(long seed, Joining twin, boolean forgets) {
    this.random = new Random(seed);
    this.twin = twin;
    this.forgets = forgets;
    this.collective = Hash.sha256("collective " + seed).toString().substring(2, 34);
    int writers = 2 + random.nextInt(MOST_WRITERS - 1);
    State first = Documents.state(Collective.first(collective));
    at = new State[writers];
    seq = new long[writers];
    last = new Hash[writers];
    skew = new int[writers];
    for (int i = 0; i < writers; i++) {
      at[i] = first;
      last[i] = Hash.ZERO;
      skew[i] = random.nextInt(9) - 4;
    }
  }

  private static List<AuthorKey> keys() {
    List<AuthorKey> keys = new ArrayList<>();
    for (int i = 0; i < MOST_WRITERS; i++) {
      keys.add(AuthorSigner.ofSeed(Hash.sha256("writer " + i).toBytes()).key());
    }
    return keys;
  }

  int writers() {
    return at.length;
  }

  State at(int replica) {
    return at[replica];
  }

  String collective() {
    return collective;
  }

  List<Sent> sent() {
    return sent;
  }

  /** What came to whom, as the other implementation reads it. */
  Json.Obj toJson() {
    List<Json> notes = new ArrayList<>();
    for (Sent each : sent) {
      Code code = each.code;
      notes.add(
          Documents.array(
              Json.of(each.note.text()), code == null ? Json.NULL : Json.of(code.text())));
    }
    return Json.object(
        Map.of(
            "collective", Json.of(collective),
            "notes", new Json.Arr(notes),
            "steps", new Json.Arr(steps.stream().map(Step::toJson).toList())));
  }

  /** Registers that an author wrote, had seen the value of, and did not get. */
  int lost() {
    return lost;
  }

  void play(int count) {
    for (int i = 0; i < count; i++) {
      clock++;
      int replica = random.nextInt(at.length);
      switch (random.nextInt(4)) {
        case 0, 1 -> write(replica);
        case 2 -> {
          for (int k = sent.isEmpty() ? 0 : random.nextInt(6); k > 0; k--) {
            receive(replica, random.nextInt(sent.size()));
          }
        }
        default -> {
          if (random.nextInt(3) == 0) {
            join(replica, random.nextInt(at.length));
          }
        }
      }
    }
  }

  private void join(int replica, int from) {
    at[replica] = twin.join(at[replica], at[from]);
    steps.add(new Step(replica, -1, from));
  }

  private void receive(int replica, int note) {
    steps.add(new Step(replica, note, -1));
    take(replica, sent.get(note));
  }

  private boolean take(int replica, Sent note) {
    if (!Collective.isNext(at[replica], note.note(), note.code())) {
      return false;
    }
    at[replica] =
        Documents.with(at[replica], Collective.changes(at[replica], note.note(), note.code()));
    return true;
  }

  /** Hands every note to every replica, in an order of its own. */
  void settle() {
    for (int replica = 0; replica < at.length; replica++) {
      List<Integer> order = new ArrayList<>();
      for (int note = 0; note < sent.size(); note++) {
        order.add(note);
      }
      Collections.shuffle(order, random);
      boolean more = true;
      while (more) {
        List<Integer> left = new ArrayList<>();
        for (int note : order) {
          if (take(replica, sent.get(note))) {
            steps.add(new Step(replica, note, -1));
          } else {
            left.add(note);
          }
        }
        more = left.size() < order.size();
        order = left;
      }
    }
  }

  private <T> T pick(List<T> items) {
    return items.get(random.nextInt(items.size()));
  }

  /** One note of a writer, built from what its replica shows. */
  private final class Draft {
    final State view;
    final Json.Obj document;
    final int writer;
    final String own;
    final List<Json> operations = new ArrayList<>();
    final Set<String> places = new HashSet<>();
    final List<String> ids;
    String stamp;

    Draft(int writer) {
      this.writer = writer;
      this.view = at[writer];
      this.document = view.document();
      this.own = WriterId.of(KEYS.get(writer)) + "." + (seq[writer] + 1);
      this.ids = List.copyOf(Documents.members(document, "m").keySet());
      this.stamp = Stamp.of(clock / 4 + skew[writer], 0).text();
      if (seq[writer] == 0) {
        operations.add(
            Json.object(
                Map.of(
                    "op", Json.of("join"),
                    "author", Json.of("author-" + writer % 2),
                    "key", Json.of(KEYS.get(writer).text()))));
      }
    }

    void add(String place, String op, Map<String, Json> members) {
      if (places.add(place)) {
        operations.add(Json.object(members).with("op", Json.of(op)));
      }
    }

    void later(Json register) {
      String next = new Stamp(Documents.text(Documents.items(register).get(1))).next().text();
      stamp = next.compareTo(stamp) > 0 ? next : stamp;
    }

    Json.Obj memory(String id) {
      return (Json.Obj) Documents.members(document, "m").getOrDefault(id, Json.EMPTY_OBJECT);
    }

    Json dots(String id, String tag) {
      for (Json tagged : Documents.items(Documents.items(part(id, "marks")).get(2))) {
        List<Json> texts = Documents.items(tagged);
        if (Documents.text(texts.getFirst()).equals(tag)) {
          return new Json.Arr(texts.subList(1, texts.size()));
        }
      }
      return new Json.Arr(List.of());
    }

    Json part(String id, String name) {
      return memory(id).members().getOrDefault(name, Json.NULL);
    }

    void learn() {
      TreeMap<String, Json> members = new TreeMap<>();
      members.put("type", Json.of("memory"));
      members.put("content", Json.of(pick(VALUES)));
      members.put("memory_type", Json.of("episodic"));
      members.put("importance", new Json.Num(random.nextInt(5) / 4.0));
      members.put("confidence", new Json.Num(random.nextInt(5) / 4.0));
      String subject = pick(SUBJECTS);
      if (!subject.isEmpty()) {
        members.put("subject", Json.of(subject));
      }
      if (random.nextBoolean()) {
        members.put("tags", Json.ofStrings(List.of(pick(TAGS))));
      }
      if (!ids.isEmpty() && random.nextBoolean()) {
        members.put("parents", Json.ofStrings(List.of(pick(ids))));
      }
      if (random.nextInt(4) == 0) {
        members.put("ref", Json.of("ref-" + random.nextInt(3)));
      }
      operations.add(Json.object(members).with("op", Json.of("learn")));
    }

    void operation() {
      if (ids.isEmpty() || random.nextInt(5) == 0) {
        learn();
        return;
      }
      String id = pick(ids);
      Json named = Json.of(id);
      String tag = pick(TAGS);
      switch (random.nextInt(22)) {
        case 0, 1, 2 -> {
          add(
              id + "content",
              "write",
              Map.of("id", named, "field", Json.of("content"), "value", Json.of(pick(VALUES))));
          later(Documents.items(part(id, "text")).get(4));
        }
        case 3 -> {
          add(
              id + "memory_type",
              "write",
              Map.of("id", named, "field", Json.of("memory_type"), "value", Json.of("semantic")));
          later(Documents.items(part(id, "text")).get(5));
        }
        case 4 -> {
          Json ref = random.nextBoolean() ? Json.NULL : Json.of("r");
          add(id + "ref", "write", Map.of("id", named, "field", Json.of("ref"), "value", ref));
          later(Documents.items(part(id, "text")).get(6));
        }
        case 5, 6 -> score(id);
        case 7, 8, 9, 10 ->
            add(
                id + "tag" + tag,
                "tag",
                Map.of("id", named, "tag", Json.of(tag), "over", dots(id, tag)));
        case 11, 12, 13 -> {
          Json dots = dots(id, tag);
          if (!Documents.items(dots).isEmpty()) {
            add(id + "tag" + tag, "untag", Map.of("id", named, "tag", Json.of(tag), "over", dots));
          }
        }
        case 14 -> {
          String element = "e" + random.nextInt(4);
          add(
              id + element,
              "add",
              Map.of("id", named, "set", Json.of("evidence"), "element", Json.of(element)));
        }
        case 15 -> {
          String element = pick(ids);
          if (!element.equals(id)) {
            add(
                id + "related" + element,
                "add",
                Map.of("id", named, "set", Json.of("related"), "element", Json.of(element)));
          }
        }
        case 16, 17 ->
            add(id + "use", "use", Map.of("id", named, "total", Json.of(1L + random.nextInt(9))));
        case 18 -> {
          add(
              id + "vector",
              "vector",
              Map.of(
                  "id", named,
                  "model", Json.of("m"),
                  "dimensions", Json.of(1),
                  "text_hash", Json.of(Hash.ZERO.toString()),
                  "data", Json.of(pick(List.of("AAAA", "AAAB")))));
          if (part(id, "vector") instanceof Json.Arr vector) {
            later(vector);
          }
        }
        case 19 -> {
          if (forgets && random.nextInt(3) == 0) {
            add(id + "forget", "forget", Map.of("id", named, "reason", Json.of("")));
          }
        }
        case 20 -> {
          if (forgets && random.nextInt(12) == 0) {
            String subject = SUBJECTS.get(1 + random.nextInt(SUBJECTS.size() - 1));
            add(
                "wipe" + subject,
                "wipe",
                Map.of("subject", Json.of(subject), "reason", Json.of("asked")));
          }
        }
        default -> {
          if (random.nextInt(8) == 0) {
            renew();
          }
        }
      }
    }

    private void score(String id) {
      boolean isImportance = random.nextBoolean();
      Json marks = part(id, "marks");
      Json score = Documents.items(marks).get(isImportance ? 0 : 1);
      long epoch = (long) Documents.number(Documents.items(score).get(1));
      String field = isImportance ? "importance" : "confidence";
      add(
          id + field,
          "score",
          Map.of(
              "id", Json.of(id),
              "field", Json.of(field),
              "value", new Json.Num(random.nextInt(5) / 4.0),
              "epoch", Json.of(epoch + (random.nextInt(6) == 0 ? 1 : 0))));
    }

    private void renew() {
      int old = random.nextInt(at.length);
      String id = WriterId.of(KEYS.get(old)).text();
      if (old != writer && Documents.members(document, "seen").containsKey(id)) {
        add(
            "renew" + id,
            "renew",
            Map.of(
                "writer", Json.of(id),
                "last", Json.of(1),
                "state", Json.of(random.nextBoolean() ? "retired" : "forked")));
      }
    }

    Note note() {
      String text =
          Json.object(
                  Map.of(
                      "collective", Json.of(collective),
                      "note", Json.of(1),
                      "ops", new Json.Arr(operations),
                      "previous", Json.of(last[writer].toString()),
                      "seq", Json.of(seq[writer] + 1),
                      "stamp", Json.of(stamp),
                      "writer", Json.of(WriterId.of(KEYS.get(writer)).text())))
              .canonical();
      Note note = NoteReader.read(collective, text);
      if (note.fault() != null) {
        throw new IllegalStateException("a draft is " + note.fault() + ": " + text);
      }
      return note;
    }
  }

  private void write(int writer) {
    Draft draft = new Draft(writer);
    for (int k = 1 + random.nextInt(3); k > 0; k--) {
      draft.operation();
    }
    if (draft.operations.isEmpty()) {
      return;
    }
    Note note = draft.note();
    Sent made = new Sent(note, random.nextInt(12) == 0 ? pick(CODES) : null);
    if (!take(writer, made)) {
      throw new IllegalStateException("an author's own note is not the next: " + note.text());
    }
    seq[writer] = note.seq();
    last[writer] = note.hash();
    steps.add(new Step(writer, sent.size(), -1));
    sent.add(made);
    countLost(writer, made);
  }

  /** Who has seen a value and writes another one gets it. */
  private void countLost(int writer, Sent made) {
    if (made.code() != null) {
      return;
    }
    Map<String, Json> memories = Documents.members(at[writer].document(), "m");
    for (Operation operation : made.note().operations()) {
      if (operation instanceof Operation.Write write
          && memories.get(write.id().text()) instanceof Json.Obj memory
          && memory.get("text") instanceof Json.Arr text) {
        Json register = text.items().get(4 + write.field().ordinal());
        if (!Documents.items(register).getFirst().equals(write.value())) {
          lost++;
        }
      }
    }
  }
}
