package io.mnemogrid.secret;

import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Searches JSON values for secrets: strings at any depth, and names of members. Used by one thread,
 * for what one author sends at once.
 *
 * <p>The cost is linear in the value, about a nanosecond or two a character, and nothing is
 * allocated where no secret is. It finds what slips in by accident. It does not find a secret that
 * somebody hides, for example in base64.
 */
public final class Secrets {
  /** An unmarked secret has at least and at most so many characters, with white space around it. */
  private static final int LEAST_UNMARKED = 40;

  private static final int MOST_UNMARKED = 80;

  /** What is cut out can leave another secret, but not for ever. */
  private static final int MOST_PASSES = 4;

  /** Members that say what the value beside them is called. */
  private static final List<String> NAMING = List.of("key", "path", "name");

  /** So many places are told at most of what was cut out. */
  private static final int MOST_TOLD = 1000;

  /** Pointers of what was cut out have so many characters together, but for a first long one. */
  private static final int MOST_TOLD_LENGTH = 1 << 16;

  private final Set<SecretRule> allowed;
  private final Phrases phrases = new Phrases();
  private final List<FoundSecret> told = new ArrayList<>();
  private int toldLength;

  /** A search by all rules but those that are allowed. */
  public Secrets(Set<SecretRule> allowed) {
    this.allowed = Set.copyOf(allowed);
  }

  /** The first secret in a value, or null. */
  public static @Nullable FoundSecret scan(Json value) {
    return new Secrets(Set.of()).find(value, "");
  }

  /**
   * The first secret in a value, or null.
   *
   * @param name what the value is called where it stands, as {@code private_key}; empty if nothing
   *     is known. Some texts are secrets only under such a name
   */
  public @Nullable FoundSecret find(Json value, String name) {
    return switch (value) {
      case Json.Str text -> {
        Hit hit = hit(text.value(), name);
        yield hit == null ? null : new FoundSecret("", hit.rule());
      }
      case Json.Arr array -> findInArray(array, name);
      case Json.Obj object -> findInObject(object, name, Set.of());
      case Json.Null _, Json.Bool _, Json.Num _ -> null;
    };
  }

  private @Nullable FoundSecret findInArray(Json.Arr array, String name) {
    if (isPhrase(array)) {
      return new FoundSecret("", SecretRule.BIP39_PHRASE);
    }
    List<Json> items = array.items();
    for (int i = 0; i < items.size(); i++) {
      FoundSecret found = find(items.get(i), name);
      if (found != null) {
        return found.below(Integer.toString(i));
      }
    }
    return null;
  }

  /** As {@link #find}, but for the values of the members that are named in {@code unread}. */
  public @Nullable FoundSecret findInObject(Json.Obj object, String name, Set<String> unread) {
    for (Map.Entry<String, Json> member : object.members().entrySet()) {
      String key = member.getKey();
      Hit hit = hit(key, "");
      if (hit != null) {
        return new FoundSecret("", hit.rule());
      }
      if (unread.contains(key)) {
        continue;
      }
      FoundSecret found = find(member.getValue(), nameOf(object, key, name));
      if (found != null) {
        return found.below(key);
      }
    }
    return null;
  }

  /**
   * What a member's value is called: as the member, or as a member beside it says. {@code
   * {"key":"a.private_key","value":…}} is a change, {@code {"name":"PRIVATE_KEY","value":…}} a
   * variable.
   */
  private static String nameOf(Json.Obj object, String member, String name) {
    return switch (member) {
      case "value", "new_value", "old_value" -> {
        for (String beside : NAMING) {
          if (object.get(beside) instanceof Json.Str text) {
            yield lastSegment(text.value());
          }
        }
        yield name;
      }
      case "hex", "key" -> name.isEmpty() ? member : name;
      default -> member;
    };
  }

  /** The last name in a path, which is a pointer or dotted. */
  public static String lastSegment(String path) {
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('.')) + 1);
  }

  private @Nullable Hit hit(String text, String name) {
    Hit hit = marked(text, 0);
    return hit == null ? unmarked(text, name) : hit;
  }

  private @Nullable Hit marked(String text, int from) {
    Hit hit = Tokens.find(text, from, allowed);
    return hit == null ? phrase(text, from) : hit;
  }

  private @Nullable Hit phrase(String text, int from) {
    return allowed.contains(SecretRule.BIP39_PHRASE) ? null : phrases.find(text, from);
  }

  private @Nullable Hit unmarked(String text, String name) {
    if (name.isEmpty() || text.length() < LEAST_UNMARKED || text.length() > MOST_UNMARKED) {
      return null;
    }
    String bare = text.strip();
    if (Tokens.endOfUnmarked(bare, 0) != bare.length()) {
      return null;
    }
    SecretRule rule = SecretNames.ruleOf(name, bare, 0, bare.length());
    return rule == null || allowed.contains(rule) ? null : new Hit(rule, 0, text.length());
  }

  /** Whether the items of an array are the words of a phrase, with others maybe. */
  private boolean isPhrase(Json.Arr array) {
    List<Json> items = array.items();
    if (items.size() < Phrases.LEAST_WORDS) {
      return false;
    }
    for (Json item : items) {
      if (!(item instanceof Json.Str word && Phrases.fits(word.value().length()))) {
        return false;
      }
    }
    StringBuilder words = new StringBuilder();
    for (Json item : items) {
      words.append(((Json.Str) item).value()).append(' ');
    }
    return phrase(words.toString(), 0) != null;
  }

  /**
   * A value without its secrets; the same object where there is none. In each string a mark stands
   * in the place of a secret, {@code [secret removed: github-token]}; such a string also stands for
   * an array of the words of a phrase. Names of members are not changed. {@link #cut()} tells where
   * something was cut out.
   *
   * @param name as in {@link #find}
   * @param at JSON Pointer of the value, for the pointers of {@link #cut()}
   */
  public Json cut(Json value, String name, String at) {
    return find(value, name) == null ? value : cut(value, name, new StringBuilder(at));
  }

  /**
   * Where this cut something out, one for each text and rule: the first {@value #MOST_TOLD}, and
   * less where the pointers are long.
   */
  public List<FoundSecret> cut() {
    return List.copyOf(told);
  }

  private void tell(SecretRule rule, StringBuilder at) {
    if (told.isEmpty() || told.size() < MOST_TOLD && toldLength + at.length() <= MOST_TOLD_LENGTH) {
      told.add(new FoundSecret(at.toString(), rule));
      toldLength += at.length();
    }
  }

  private Json cut(Json value, String name, StringBuilder at) {
    return switch (value) {
      case Json.Str text -> {
        String left = cutText(text.value(), name, at);
        yield left.equals(text.value()) ? text : Json.of(left);
      }
      case Json.Arr array -> {
        if (isPhrase(array)) {
          tell(SecretRule.BIP39_PHRASE, at);
          yield Json.of(mark(SecretRule.BIP39_PHRASE));
        }
        List<Json> items = new ArrayList<>();
        for (Json item : array.items()) {
          items.add(cutBelow(item, name, at, Integer.toString(items.size())));
        }
        yield new Json.Arr(items);
      }
      case Json.Obj object -> {
        Map<String, Json> members = new TreeMap<>();
        object
            .members()
            .forEach((key, member) ->
                members.put(key, cutBelow(member, nameOf(object, key, name), at, key)));
        yield new Json.Obj(members);
      }
      case Json.Null _, Json.Bool _, Json.Num _ -> value;
    };
  }

  private Json cutBelow(Json value, String name, StringBuilder at, String segment) {
    int length = at.length();
    at.append(FoundSecret.place(segment));
    Json left = cut(value, name, at);
    at.setLength(length);
    return left;
  }

  private String cutText(String text, String name, StringBuilder at) {
    Set<SecretRule> rules = EnumSet.noneOf(SecretRule.class);
    String left = text;
    Hit whole = unmarked(text, name);
    if (whole != null) {
      rules.add(whole.rule());
      left = mark(whole.rule());
    }
    for (int pass = 0; pass < MOST_PASSES; pass++) {
      String next = cutOnce(left, rules);
      if (next.equals(left)) {
        break;
      }
      left = next;
    }
    Hit stubborn = marked(left, 0);
    if (stubborn != null) {
      rules.add(stubborn.rule());
      left = mark(stubborn.rule());
    }
    rules.forEach(rule -> tell(rule, at));
    return left;
  }

  private String cutOnce(String text, Set<SecretRule> rules) {
    StringBuilder left = new StringBuilder();
    int from = 0;
    for (Hit hit = Tokens.find(text, 0, allowed);
        hit != null;
        hit = Tokens.find(text, from, allowed)) {
      from = cutOut(hit, text, from, left, rules);
    }
    String marked = left.append(text, from, text.length()).toString();
    left.setLength(0);
    from = 0;
    for (Hit hit = phrase(marked, 0); hit != null; hit = phrase(marked, from)) {
      from = cutOut(hit, marked, from, left, rules);
    }
    return left.append(marked, from, marked.length()).toString();
  }

  private static int cutOut(
      Hit hit, String text, int from, StringBuilder left, Set<SecretRule> rules) {
    left.append(text, from, hit.from()).append(mark(hit.rule()));
    rules.add(hit.rule());
    return hit.to();
  }

  private static String mark(SecretRule rule) {
    return "[secret removed: " + rule.text() + "]";
  }
}
