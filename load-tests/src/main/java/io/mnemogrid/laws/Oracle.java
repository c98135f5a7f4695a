package io.mnemogrid.laws;

import io.mnemogrid.memory.Note;
import io.mnemogrid.memory.Operation;
import io.mnemogrid.memory.Register;
import io.mnemogrid.memory.Score;
import io.mnemogrid.memory.WriterId;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The document of a collective by definition: from the set of notes and verdicts at once, in no
 * order. It shares with the product the reading of notes, their hashes, and the order of registers
 * and of scores.
 */
final class Oracle {
  private final Set<String> gone = new TreeSet<>();
  private final Set<String> forgotten = new HashSet<>();
  private final Set<String> over = new HashSet<>(); // "<id> <tag> <dot>"
  private final Map<String, Born> memories = new TreeMap<>();

  private static final class Born {
    final Note note;
    final Operation.Learn learn;
    final Register[] registers = new Register[3];
    final Score[] scores = new Score[2];
    final TreeMap<String, TreeSet<String>> tags = new TreeMap<>();
    final List<TreeSet<String>> sets = List.of(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
    final TreeMap<String, Long> uses = new TreeMap<>();
    @Nullable Register vector;

    Born(Note note, Operation.Learn learn) {
      this.note = note;
      this.learn = learn;
    }
  }

  private Oracle() {}

  /** The document that all notes of {@code sent} come to, each in no order. */
  static Json.Obj document(Json.Obj first, List<Schedule.Sent> sent) {
    Oracle oracle = new Oracle();
    sent.forEach(each -> oracle.removals(each));
    sent.forEach(each -> oracle.births(each));
    sent.forEach(each -> oracle.changes(each));
    Map<String, Json> members = new HashMap<>(first.members());
    TreeMap<String, Json> shown = new TreeMap<>();
    oracle.memories.forEach((id, born) -> shown.put(id, json(born)));
    members.put("m", new Json.Obj(shown));
    TreeMap<String, Json> subjects = new TreeMap<>();
    oracle.gone.forEach(subject -> subjects.put(subject, Json.TRUE));
    members.put("gone", new Json.Obj(subjects));
    members.put("seen", seen(sent));
    members.put("writers", writers(sent));
    return new Json.Obj(members);
  }

  private static Json.Obj seen(List<Schedule.Sent> sent) {
    TreeMap<String, Note> newest = new TreeMap<>();
    for (Schedule.Sent each : sent) {
      newest.merge(
          each.note().writer().text(),
          each.note(),
          (one, other) -> one.seq() > other.seq() ? one : other);
    }
    TreeMap<String, Json> seen = new TreeMap<>();
    newest.forEach((writer, note) ->
        seen.put(
            writer,
            Documents.array(
                Json.of(note.seq()), Json.of(note.hash().toString().substring(2, 34)))));
    return new Json.Obj(seen);
  }

  private static Json.Obj writers(List<Schedule.Sent> sent) {
    Set<String> retired = new HashSet<>();
    Set<String> forked = new HashSet<>();
    for (Schedule.Sent each : sent) {
      if (each.code() == null) {
        for (Operation operation : each.note().operations()) {
          if (operation instanceof Operation.Renew renew) {
            (renew.state().text().equals("forked") ? forked : retired).add(renew.writer().text());
          }
        }
      }
    }
    TreeMap<String, Json> writers = new TreeMap<>();
    for (Schedule.Sent each : sent) {
      Operation.Join join = each.note().join();
      if (join != null) {
        String writer = each.note().writer().text();
        String state =
            forked.contains(writer) ? "forked" : retired.contains(writer) ? "retired" : "active";
        writers.put(
            writer, Json.ofStrings(List.of(join.author().name(), join.key().text(), state)));
      }
    }
    return new Json.Obj(writers);
  }

  private static List<Operation> applied(Schedule.Sent each) {
    return each.code() == null ? each.note().operations() : List.of();
  }

  private void removals(Schedule.Sent each) {
    for (Operation operation : applied(each)) {
      switch (operation) {
        case Operation.Wipe wipe -> gone.add(wipe.subject());
        case Operation.Forget forget -> forgotten.add(forget.id().text());
        case Operation.Tag tag ->
            tag.over().forEach(dot -> over.add(tag.id() + " " + tag.tag() + " " + dot));
        case Operation.Untag tag ->
            tag.over().forEach(dot -> over.add(tag.id() + " " + tag.tag() + " " + dot));
        default -> {
          // removes nothing
        }
      }
    }
  }

  private void births(Schedule.Sent each) {
    int k = 0;
    for (Operation operation : applied(each)) {
      k++;
      String id = each.note().dot() + "." + k;
      if (operation instanceof Operation.Learn learn
          && !gone.contains(learn.subject())
          && !forgotten.contains(id)) {
        Born born = new Born(each.note(), learn);
        Note note = each.note();
        born.registers[0] = new Register(learn.content(), note.stamp(), note.writer());
        born.registers[1] = new Register(Json.of(learn.memoryType()), note.stamp(), note.writer());
        born.registers[2] = new Register(learn.ref(), note.stamp(), note.writer());
        born.scores[0] = new Score(learn.importance(), 0);
        born.scores[1] = new Score(learn.confidence(), 0);
        learn.tags().forEach(tag -> tagged(born, id, tag, note));
        born.sets.get(0).addAll(learn.evidence());
        born.sets.get(1).addAll(learn.related());
        born.sets.get(2).addAll(learn.parents());
        memories.put(id, born);
      }
    }
  }

  private void tagged(Born born, String id, String tag, Note note) {
    if (!over.contains(id + " " + tag + " " + note.dot())) {
      born.tags.computeIfAbsent(tag, _ -> new TreeSet<>()).add(note.dot().toString());
    }
  }

  private void changes(Schedule.Sent each) {
    Note note = each.note();
    WriterId writer = note.writer();
    for (Operation operation : applied(each)) {
      Born born = operation.id() == null ? null : memories.get(operation.id().text());
      if (born == null) {
        continue;
      }
      switch (operation) {
        case Operation.Write write -> {
          int place = write.field().ordinal();
          born.registers[place] =
              greater(born.registers[place], new Register(write.value(), note.stamp(), writer));
        }
        case Operation.Vector vector ->
            born.vector =
                greater(
                    born.vector,
                    new Register(
                        Documents.array(
                            Json.of(vector.model()),
                            Json.of(vector.dimensions()),
                            Json.of(vector.textHash().toString()),
                            vector.data()),
                        note.stamp(),
                        writer));
        case Operation.Score score -> {
          int place = score.isImportance() ? 0 : 1;
          if (score.value().compareTo(born.scores[place]) > 0) {
            born.scores[place] = score.value();
          }
        }
        case Operation.Tag tag -> tagged(born, tag.id().text(), tag.tag(), note);
        case Operation.Add add -> born.sets.get(add.set().ordinal()).add(add.element());
        case Operation.Use use -> born.uses.merge(writer.text(), use.total(), Math::max);
        default -> {
          // done
        }
      }
    }
  }

  private static Register greater(@Nullable Register one, Register other) {
    return one == null || one.compareTo(other) < 0 ? other : one;
  }

  private static Json json(Born born) {
    TreeMap<String, Json> parts = new TreeMap<>();
    Operation.Learn learn = born.learn;
    String created = (learn.created() == null ? born.note.stamp() : learn.created()).text();
    parts.put(
        "text",
        Documents.array(
            Json.of(learn.type()),
            Json.of(learn.subject()),
            Json.of(learn.source()),
            Json.of(created),
            json(born.registers[0]),
            json(born.registers[1]),
            json(born.registers[2])));
    List<Json> tags = new ArrayList<>();
    born.tags.forEach((tag, dots) -> {
      List<String> texts = new ArrayList<>(List.of(tag));
      texts.addAll(dots);
      tags.add(Json.ofStrings(texts));
    });
    parts.put(
        "marks", Documents.array(json(born.scores[0]), json(born.scores[1]), new Json.Arr(tags)));
    List<String> names = List.of("evidence", "related", "parents");
    for (int i = 0; i < names.size(); i++) {
      if (!born.sets.get(i).isEmpty()) {
        parts.put(names.get(i), Json.ofStrings(born.sets.get(i)));
      }
    }
    if (!born.uses.isEmpty()) {
      List<Json> uses = new ArrayList<>();
      born.uses.forEach(
          (writer, total) -> uses.add(Documents.array(Json.of(writer), Json.of(total))));
      parts.put("uses", new Json.Arr(uses));
    }
    Register vector = born.vector;
    if (vector != null) {
      parts.put("vector", json(vector));
    }
    return new Json.Obj(parts);
  }

  private static Json json(Score score) {
    return Documents.array(new Json.Num(score.value()), Json.of(score.epoch()));
  }

  private static Json json(Register register) {
    return Documents.array(
        register.value(), Json.of(register.stamp().text()), Json.of(register.writer().text()));
  }
}
