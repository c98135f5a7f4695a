package io.mnemogrid.memory;

import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One memory, as its leaves say it (docs/formats.md): parts that change together stand together. In
 * the terms of Shapiro et al., "A comprehensive study of convergent and commutative replicated data
 * types" (2011), its registers are last-writer-wins registers, tags are an observed-remove set with
 * dots, evidence, related and parents grow-only sets, uses a G-Counter; {@code /seen} of the
 * document is the version vector.
 *
 * <p>Immutable; what changes nothing answers the same object, and so do its parts.
 *
 * @param text what it is
 * @param marks scores and tags
 * @param uses totals by writer
 * @param vector the embedding, or null
 */
record Memory(
    Text text,
    Marks marks,
    Names evidence,
    Names related,
    Names parents,
    Uses uses,
    @Nullable Register vector) {

  /**
   * What it is, and the registers of its text.
   *
   * @param subject a subject's tag, or empty
   * @param source where it came from, or empty
   */
  record Text(
      String type,
      String subject,
      String source,
      Stamp created,
      Register content,
      Register memoryType,
      Register ref) {
    Text write(Operation.Field field, Register written) {
      Register stood = register(field);
      Register stands = stood.join(written);
      return stands == stood ? this : with(field, stands);
    }

    Register register(Operation.Field field) {
      return switch (field) {
        case CONTENT -> content;
        case MEMORY_TYPE -> memoryType;
        case REF -> ref;
      };
    }

    private Text with(Operation.Field field, Register register) {
      return new Text(
          type,
          subject,
          source,
          created,
          field == Operation.Field.CONTENT ? register : content,
          field == Operation.Field.MEMORY_TYPE ? register : memoryType,
          field == Operation.Field.REF ? register : ref);
    }

    Text join(Text other) {
      // What never changes differs only when a number was given twice; then one of them stands.
      boolean isLess =
          Arrays.compareUnsigned(fixed().canonicalBytes(), other.fixed().canonicalBytes()) <= 0;
      Text fixed = isLess ? this : other;
      Text joined =
          new Text(
              fixed.type,
              fixed.subject,
              fixed.source,
              fixed.created,
              content.join(other.content),
              memoryType.join(other.memoryType),
              ref.join(other.ref));
      return equals(joined) ? this : joined;
    }

    private Json.Arr fixed() {
      return Json.ofStrings(List.of(type, subject, source, created.text()));
    }
  }

  /** A tag, and by which notes it was set. */
  record Tagged(String tag, Names dots) {}

  /** Scores and tags, which are sorted. */
  record Marks(Score importance, Score confidence, List<Tagged> tags) {
    Marks {
      tags = List.copyOf(tags);
    }

    Marks score(boolean isImportance, Score score) {
      Score stood = isImportance ? importance : confidence;
      Score stands = stood.join(score);
      if (stands == stood) {
        return this;
      }
      return isImportance
          ? new Marks(stands, confidence, tags)
          : new Marks(importance, stands, tags);
    }

    /** Takes dots of a tag away and sets one, if there is one. */
    Marks tag(String tag, Collection<String> over, @Nullable String dot) {
      TreeMap<String, Names> sorted = new TreeMap<>();
      tags.forEach(tagged -> sorted.put(tagged.tag, tagged.dots));
      Names stood = sorted.getOrDefault(tag, Names.NONE);
      Names left = stood.without(over);
      Names stands = dot == null ? left : left.plus(dot);
      if (stands.equals(stood)) {
        return this;
      }
      sorted.put(tag, stands);
      return new Marks(importance, confidence, tagged(sorted));
    }

    private static List<Tagged> tagged(Map<String, Names> sorted) {
      List<Tagged> tags = new ArrayList<>(sorted.size());
      sorted.forEach((tag, dots) -> {
        if (!dots.isEmpty()) {
          tags.add(new Tagged(tag, dots));
        }
      });
      return tags;
    }

    Marks join(Marks other, Predicate<String> seenHere, Predicate<String> seenThere) {
      Score joinedImportance = importance.join(other.importance);
      Score joinedConfidence = confidence.join(other.confidence);
      List<Tagged> joined = tags;
      if (!tags.equals(other.tags)) {
        TreeMap<String, Names> sorted = new TreeMap<>();
        tags.forEach(tagged -> sorted.put(tagged.tag, tagged.dots));
        Predicate<String> mine = seenThere.negate();
        Predicate<String> theirs = seenHere.negate();
        for (Tagged tagged : other.tags) {
          Names stood = sorted.getOrDefault(tagged.tag, Names.NONE);
          sorted.put(tagged.tag, stood.join(tagged.dots, mine, theirs));
        }
        for (Tagged tagged : tags) {
          if (other.dots(tagged.tag) == null) {
            sorted.put(tagged.tag, tagged.dots.join(Names.NONE, mine, theirs));
          }
        }
        joined = tagged(sorted);
      }
      Marks marks = new Marks(joinedImportance, joinedConfidence, joined);
      return equals(marks) ? this : marks;
    }

    @Nullable Names dots(String tag) {
      for (Tagged tagged : tags) {
        if (tagged.tag.equals(tag)) {
          return tagged.dots;
        }
      }
      return null;
    }
  }

  /** Totals of uses by writer, sorted by writer. */
  record Uses(List<Total> totals) {
    static final Uses NONE = new Uses(List.of());

    /** How often a writer used it, all in all. */
    record Total(String writer, long total) {
      Total {
        if (!WriterId.isOne(writer) || total < 1) {
          throw new IllegalArgumentException("a total is of a writer, from 1 on");
        }
      }
    }

    Uses {
      totals = List.copyOf(totals);
    }

    Uses count(String writer, long total) {
      List<Total> counted = new ArrayList<>(totals.size() + 1);
      boolean done = false;
      for (Total each : totals) {
        int order = each.writer.compareTo(writer);
        if (order >= 0 && !done) {
          if (order == 0 && each.total >= total) {
            return this;
          }
          counted.add(new Total(writer, total));
          done = true;
        }
        if (order != 0) {
          counted.add(each);
        }
      }
      if (!done) {
        counted.add(new Total(writer, total));
      }
      return new Uses(counted);
    }

    Uses join(Uses other) {
      Uses joined = this;
      for (Total each : other.totals) {
        joined = joined.count(each.writer, each.total);
      }
      return joined;
    }
  }

  /** The memory that a {@code learn} makes. */
  static Memory learned(Operation.Learn learn, Dot birth, Stamp stamp) {
    WriterId writer = birth.writer();
    Stamp created = learn.created();
    Names dot = Names.of(birth.toString());
    return new Memory(
        new Text(
            learn.type(),
            learn.subject(),
            learn.source(),
            created == null ? stamp : created,
            new Register(learn.content(), stamp, writer),
            new Register(Json.of(learn.memoryType()), stamp, writer),
            new Register(learn.ref(), stamp, writer)),
        new Marks(
            new Score(learn.importance(), 0),
            new Score(learn.confidence(), 0),
            learn.tags().stream().sorted().map(tag -> new Tagged(tag, dot)).toList()),
        Names.of(learn.evidence()),
        Names.of(learn.related()),
        Names.of(learn.parents()),
        Uses.NONE,
        null);
  }

  /** All registers that it has. */
  List<Register> registers() {
    List<Register> registers = new ArrayList<>(List.of(text.content, text.memoryType, text.ref));
    Register embedding = vector;
    if (embedding != null) {
      registers.add(embedding);
    }
    return registers;
  }

  Memory with(Text changed) {
    return changed == text
        ? this
        : new Memory(changed, marks, evidence, related, parents, uses, vector);
  }

  Memory with(Marks changed) {
    return changed == marks
        ? this
        : new Memory(text, changed, evidence, related, parents, uses, vector);
  }

  Memory with(Uses changed) {
    return changed == uses
        ? this
        : new Memory(text, marks, evidence, related, parents, changed, vector);
  }

  Memory withVector(Register written) {
    Register stood = vector;
    Register stands = stood == null ? written : stood.join(written);
    return stands == stood
        ? this
        : new Memory(text, marks, evidence, related, parents, uses, stands);
  }

  Names set(Operation.Grown set) {
    return switch (set) {
      case EVIDENCE -> evidence;
      case RELATED -> related;
      case PARENTS -> parents;
    };
  }

  Memory with(Operation.Grown set, Names changed) {
    return changed == set(set)
        ? this
        : new Memory(
            text,
            marks,
            set == Operation.Grown.EVIDENCE ? changed : evidence,
            set == Operation.Grown.RELATED ? changed : related,
            set == Operation.Grown.PARENTS ? changed : parents,
            uses,
            vector);
  }

  /**
   * The least memory above two: what either knows, without the dots of tags that the other saw and
   * has no more. This object when the other adds nothing. O(both).
   *
   * @param seenHere whether the state of this one saw a dot
   * @param seenThere whether the state of the other one did
   */
  Memory join(Memory other, Predicate<String> seenHere, Predicate<String> seenThere) {
    Register joinedVector =
        vector == null ? other.vector : other.vector == null ? vector : vector.join(other.vector);
    Memory joined =
        new Memory(
            text.equals(other.text) ? text : text.join(other.text),
            marks.join(other.marks, seenHere, seenThere),
            evidence.union(other.evidence),
            related.union(other.related),
            parents.union(other.parents),
            uses.join(other.uses),
            joinedVector);
    return isMadeOf(joined) ? this : joined;
  }

  private boolean isMadeOf(Memory other) {
    return text == other.text
        && marks == other.marks
        && evidence == other.evidence
        && related == other.related
        && parents == other.parents
        && uses == other.uses
        && Objects.equals(vector, other.vector);
  }
}
