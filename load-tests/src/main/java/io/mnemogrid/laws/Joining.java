package io.mnemogrid.laws;

import io.mnemogrid.memory.StateJoin;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The product's join, and five that are wrong in ways that people have built. */
enum Joining {
  /** As it is. */
  PRODUCT {
    @Override
    State join(State here, State there) {
      return Documents.with(here, StateJoin.changes(here, there));
    }
  },

  /** Tags are united, so one that was taken away comes back. */
  UNION_OF_TAGS {
    @Override
    Json memory(Json.Obj here, Json.Obj there, Json.Obj joined) {
      Json marks =
          Documents.array(
              Documents.items(part(joined, MARKS)).get(0),
              Documents.items(part(joined, MARKS)).get(1),
              tags(here, there));
      return joined.with(MARKS, marks);
    }

    private Json tags(Json.Obj here, Json.Obj there) {
      TreeMap<String, Set<String>> all = new TreeMap<>();
      for (Json.Obj one : List.of(here, there)) {
        for (Json tagged : Documents.items(Documents.items(part(one, MARKS)).get(2))) {
          List<Json> texts = Documents.items(tagged);
          Set<String> dots =
              all.computeIfAbsent(Documents.text(texts.getFirst()), _ -> new TreeSet<>());
          texts.subList(1, texts.size()).forEach(dot -> dots.add(Documents.text(dot)));
        }
      }
      return new Json.Arr(
          all.entrySet().stream()
              .map(each -> {
                List<String> texts = new ArrayList<>(List.of(each.getKey()));
                texts.addAll(each.getValue());
                return (Json) Json.ofStrings(texts);
              })
              .toList());
    }
  },

  /** Of two writes with one stamp the one that comes in stands. */
  TIE_TAKES_INCOMING {
    @Override
    Json memory(Json.Obj here, Json.Obj there, Json.Obj joined) {
      List<Json> mine = Documents.items(part(here, TEXT));
      List<Json> theirs = Documents.items(part(there, TEXT));
      List<Json> texts = new ArrayList<>(Documents.items(part(joined, TEXT)));
      for (int i = 4; i < texts.size(); i++) {
        if (stamp(mine.get(i)).equals(stamp(theirs.get(i)))) {
          texts.set(i, theirs.get(i));
        }
      }
      return joined.with(TEXT, new Json.Arr(texts));
    }

    private String stamp(Json register) {
      return Documents.text(Documents.items(register).get(1));
    }
  },

  /** A version is counted in the document, one more at each join. */
  VERSION_PLUS_ONE {
    @Override
    Json.Obj document(Json.Obj here, Json.Obj there, Json.Obj joined) {
      return joined.with("version", Json.of((long) Math.max(version(here), version(there)) + 1));
    }

    private double version(Json.Obj document) {
      return document.get(VERSION) instanceof Json.Num number ? number.value() : 0;
    }
  },

  /** Of two totals of uses the greater stands, as if one agent had counted all. */
  COUNT_BY_MAX {
    @Override
    Json memory(Json.Obj here, Json.Obj there, Json.Obj joined) {
      double greater = Math.max(sum(here), sum(there));
      if (greater == 0) {
        return joined;
      }
      String writer = Documents.text(Documents.items(first(joined)).getFirst());
      return joined.with(
          USES, Documents.array(Documents.array(Json.of(writer), Json.of((long) greater))));
    }

    private Json first(Json.Obj memory) {
      return Documents.items(part(memory, USES)).getFirst();
    }

    @Override
    String shown(State state) {
      TreeMap<String, Json> shown = Documents.copy(state.document());
      TreeMap<String, Json> memories = new TreeMap<>();
      Documents.members(state.document(), "m")
          .forEach((id, memory) -> {
            Json.Obj object = (Json.Obj) memory;
            memories.put(id, object.with(USES, Json.of((long) sum(object))));
          });
      shown.put("m", new Json.Obj(memories));
      return new Json.Obj(shown).canonical();
    }
  },

  /** What one state has and the other has not stands, whatever the other saw. */
  ABSENT_IS_NEVER_SEEN {
    @Override
    Json.Obj document(Json.Obj here, Json.Obj there, Json.Obj joined) {
      TreeMap<String, Json> memories = new TreeMap<>(Documents.members(there, "m"));
      memories.putAll(Documents.members(here, "m"));
      memories.putAll(Documents.members(joined, "m"));
      return joined.with("m", new Json.Obj(memories));
    }
  };

  private static final String TEXT = "text";
  private static final String MARKS = "marks";
  private static final String USES = "uses";
  private static final String VERSION = "version";

  private static Json part(Json.Obj memory, String name) {
    Json part = memory.get(name);
    if (part == null) {
      throw new IllegalStateException("a memory without " + name);
    }
    return part;
  }

  private static double sum(Json.Obj memory) {
    double sum = 0;
    if (memory.get(USES) instanceof Json.Arr uses) {
      for (Json each : uses.items()) {
        sum += Documents.number(Documents.items(each).get(1));
      }
    }
    return sum;
  }

  /** The join of two states. */
  State join(State here, State there) {
    Json.Obj mine = here.document();
    Json.Obj theirs = there.document();
    Json.Obj joined = PRODUCT.join(bare(here), bare(there)).document();
    TreeMap<String, Json> memories = new TreeMap<>();
    Documents.members(joined, "m")
        .forEach((id, memory) -> {
          Json one = Documents.members(mine, "m").get(id);
          Json other = Documents.members(theirs, "m").get(id);
          memories.put(
              id,
              one != null && other != null
                  ? memory((Json.Obj) one, (Json.Obj) other, (Json.Obj) memory)
                  : memory);
        });
    return Documents.state(document(mine, theirs, joined.with("m", new Json.Obj(memories))));
  }

  /** The state without what the product does not know. */
  private static State bare(State state) {
    TreeMap<String, Json> members = Documents.copy(state.document());
    return members.remove(VERSION) == null ? state : Documents.state(new Json.Obj(members));
  }

  /** A memory that both have. */
  Json memory(Json.Obj here, Json.Obj there, Json.Obj joined) {
    return joined;
  }

  /** The whole document. */
  Json.Obj document(Json.Obj here, Json.Obj there, Json.Obj joined) {
    return joined;
  }

  /** What of a state is compared with others. */
  String shown(State state) {
    return state.root().toString();
  }

  /** As a table spells it. */
  String title() {
    return Json.word(this).replace('-', ' ');
  }

  /** All but the product. */
  static List<Joining> broken() {
    return List.of(values()).subList(1, values().length);
  }
}
