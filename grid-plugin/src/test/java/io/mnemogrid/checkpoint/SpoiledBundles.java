package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Every way, one at a time, in which a bundle's tree is spoiled outside {@code hints}: members
 * removed and added, items dropped, doubled and swapped, lengths and numbers off by one, one word
 * put for another. All stay canonical JSON.
 */
final class SpoiledBundles {
  private static final String FLIPPED = "0x" + "00".repeat(31) + "01";

  private final List<Supplier<String>> texts = new ArrayList<>();
  private final List<String> hashes = new ArrayList<>();

  private SpoiledBundles() {}

  /** All spoiled texts of a bundle, without itself. */
  static List<String> of(String bundle) {
    Set<String> texts = new LinkedHashSet<>();
    lazily(bundle).forEach(text -> texts.add(text.get()));
    texts.remove(bundle);
    return List.copyOf(texts);
  }

  /** The same unwritten, and some of them twice: for who wants a few of the thousands. */
  static List<Supplier<String>> lazily(String bundle) {
    SpoiledBundles spoiled = new SpoiledBundles();
    Json root = Json.parseCanonical(bundle);
    spoiled.collectHashes(root);
    spoiled.visit(root, "", changed -> changed);
    return spoiled.texts;
  }

  private void collectHashes(Json value) {
    switch (value) {
      case Json.Str text when text.value().startsWith("0x") && text.value().length() == 66 ->
          hashes.add(text.value());
      case Json.Arr array -> array.items().forEach(this::collectHashes);
      case Json.Obj object -> object.members().values().forEach(this::collectHashes);
      default -> {}
    }
  }

  private void visit(Json value, String name, UnaryOperator<Json> whole) {
    switch (value) {
      case Json.Obj object -> {
        add(whole, Json.EMPTY_OBJECT, Json.NULL, object.with("x", Json.of(1)));
        add(whole, object.with("hints", Json.of(1)), object.with("update", Json.EMPTY_OBJECT));
        object
            .members()
            .forEach((key, member) -> {
              if (key.equals("hints")) {
                return;
              }
              add(whole, without(object, key));
              add(whole, without(object, key).with(key + "x", member));
              visit(member, key, changed -> whole.apply(object.with(key, changed)));
            });
        for (String other : List.of("value", "ancestor", "payload", "leaf")) {
          if (object.get(other) == null) {
            add(whole, object.with(other, Json.NULL), object.with(other, Json.of("")));
            add(whole, object.with(other, Json.of("\u0003")), object.with(other, Json.of("/a")));
          }
        }
      }
      case Json.Arr array -> {
        List<Json> items = array.items();
        add(whole, new Json.Arr(List.of()), Json.NULL, Json.EMPTY_OBJECT);
        add(whole, plus(items, items.size(), Json.NULL), plus(items, 0, Json.of(FLIPPED)));
        add(whole, plus(items, items.size(), Json.of(FLIPPED)));
        add(whole, plus(items, items.size(), new Json.Arr(List.of())));
        for (int i = 0; i < items.size(); i++) {
          int at = i;
          List<Json> fewer = new ArrayList<>(items);
          fewer.remove(at);
          add(whole, new Json.Arr(fewer), plus(items, at, items.get(at)));
          if (at > 0) {
            List<Json> swapped = new ArrayList<>(items);
            swapped.set(at, items.get(at - 1));
            swapped.set(at - 1, items.get(at));
            add(whole, new Json.Arr(swapped));
          }
          visit(
              items.get(at),
              name,
              changed -> {
                List<Json> other = new ArrayList<>(items);
                other.set(at, changed);
                return whole.apply(new Json.Arr(other));
              });
        }
      }
      case Json.Str text -> strings(text.value(), name, whole);
      case Json.Num number -> {
        for (double other :
            new double[] {
              number.value() + 1,
              number.value() - 1,
              number.value() + 256,
              number.value() * 2,
              -number.value(),
              number.value() + 0.5,
              0,
              9007199254740991.0,
              9007199254740992.0,
              1e300
            }) {
          add(whole, new Json.Num(other));
        }
        add(whole, Json.of(number.canonical()), Json.NULL, Json.TRUE);
      }
      case Json.Bool bool -> add(whole, Json.of(!bool.value()), Json.NULL, Json.of(1));
      case Json.Null _ -> add(whole, Json.FALSE, Json.of(0), Json.of(""), Json.EMPTY_OBJECT);
    }
  }

  private void strings(String text, String name, UnaryOperator<Json> whole) {
    add(whole, Json.NULL, Json.of(""), Json.of(text + "0"), Json.of("0" + text));
    add(whole, Json.of(text + " "), Json.of(text + "\n"), Json.of(text + "\u0000"));
    if (!text.isEmpty()) {
      int last = text.offsetByCodePoints(text.length(), -1);
      add(whole, Json.of(text.substring(0, last)));
      add(whole, Json.of(text.substring(text.offsetByCodePoints(0, 1))));
      add(whole, Json.of(text.toUpperCase(Locale.ROOT)));
    }
    switch (name) {
      case "case" -> all(whole, "present", "below-object", "below-value", "in-array");
      case "kind" -> all(whole, "fact", "update", "consistency");
      case "verdict" -> all(whole, "present", "absent", "object");
      case "space" -> all(whole, "space-0", "space-1", "space-2", "daryl", "Space");
      case "payload" -> all(whole, "\u0003", "{}", "[]", "null", "1", "object", "{\"a\":1}");
      case "path", "ancestor" -> {
        all(whole, "", "/", "/a", "/b", "/a/b", "/a/0", "a", "/~2", text + "/0", text + "/");
        if (text.startsWith("/")) {
          all(whole, text.substring(0, text.lastIndexOf('/')));
        }
      }
      default -> {}
    }
    if (text.startsWith("0x")) {
      for (int at : new int[] {2, text.length() / 2, text.length() - 1}) {
        char digit = text.charAt(at) == '0' ? '1' : '0';
        add(whole, Json.of(text.substring(0, at) + digit + text.substring(at + 1)));
      }
      add(whole, Json.of(text.substring(2)), Json.of(text.substring(0, text.length() - 2)));
      add(whole, Json.of(text + "00"), Json.of("0X" + text.substring(2)));
      hashes.forEach(hash -> add(whole, Json.of(hash)));
    }
  }

  private void all(UnaryOperator<Json> whole, String... texts) {
    for (String text : texts) {
      add(whole, Json.of(text));
    }
  }

  private void add(UnaryOperator<Json> whole, Json... values) {
    for (Json value : values) {
      texts.add(() -> whole.apply(value).canonical());
    }
  }

  private static Json.Arr plus(List<Json> items, int at, Json item) {
    List<Json> more = new ArrayList<>(items);
    more.add(at, item);
    return new Json.Arr(more);
  }

  private static Json.Obj without(Json.Obj object, String name) {
    java.util.TreeMap<String, Json> members = new java.util.TreeMap<>(object.members());
    members.remove(name);
    return new Json.Obj(members);
  }
}
