package io.mnemogrid.policy;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a policy, and says where it is wrong. */
final class PolicyReader {
  private static final Set<String> MEMBERS = Set.of("format", "writers", "limits", "require");

  /** Members that are in the format and that this version does not yet know how to hold to. */
  private static final Set<String> NOT_YET =
      Set.of("sealed", "schemas", "retention", "budgets", "collective");

  private static final Set<String> LIMITS = Set.of("bytes", "delta_bytes", "leaves");
  private static final Set<Json> SIGNATURES =
      Set.of(Json.of("off"), Json.of("optional"), Json.of("required"));
  private static final Set<String> REQUIRED = Set.of("signature", "if_match", "idempotency");

  private int patterns;
  private int authorCharacters;

  Policy read(Json json) {
    if (!(json instanceof Json.Obj policy)) {
      throw new JsonException("", "a policy is an object");
    }
    if (policy.sizeBytes() > Policy.MAX_BYTES) {
      throw new JsonException(
          "",
          "a policy has at most 64 KiB of canonical JSON, got "
              + policy.sizeBytes()
              + " bytes; what does not govern the space belongs into its document");
    }
    if (!Json.of(Policy.FORMAT).equals(policy.get("format"))) {
      throw new JsonException("/format", "is \"" + Policy.FORMAT + "\" in a policy");
    }
    onlyKnown(policy, MEMBERS, "");
    Json.Obj limits = object(policy.get("limits"), "/limits");
    onlyKnown(limits, LIMITS, "/limits");
    Json.Obj required = object(policy.get("require"), "/require");
    onlyKnown(required, REQUIRED, "/require");
    Json signature = required.get("signature");
    if (signature != null && !SIGNATURES.contains(signature)) {
      throw new JsonException("/require/signature", "is \"off\", \"optional\" or \"required\"");
    }
    WriterRules writers = new WriterRules(rules(policy.get("writers")));
    if (writers.mostComparisons() > Policy.MAX_COMPARISONS) {
      throw new JsonException(
          "/writers",
          "a place may have to be compared with "
              + writers.mostComparisons()
              + " patterns, at most "
              + Policy.MAX_COMPARISONS
              + " are allowed: let fewer rules name the same places by * and {name}");
    }
    return new Policy(
        writers,
        limit(limits, "leaves"),
        limit(limits, "bytes"),
        limit(limits, "delta_bytes"),
        flag(required, "if_match"),
        flag(required, "idempotency"),
        Json.of("required").equals(signature));
  }

  private List<WriterRules.Rule> rules(@Nullable Json json) {
    List<WriterRules.Rule> rules = new ArrayList<>();
    if (json == null) {
      return rules;
    }
    List<Json> items = array(json, "/writers", 0, Policy.MAX_RULES, "rules");
    for (Json item : items) {
      String at = "/writers/" + rules.size();
      if (!(item instanceof Json.Obj rule)) {
        throw new JsonException(at, "a rule is an object with paths and authors");
      }
      onlyKnown(rule, Set.of("paths", "authors"), at);
      List<PathPattern> paths = list(rule, "paths", at, PathPattern::parse);
      List<AuthorPattern> authors = list(rule, "authors", at, AuthorPattern::parse);
      patterns += paths.size();
      if (patterns > Policy.MAX_PATTERNS) {
        throw new JsonException(
            at + "/paths",
            "a policy has at most " + Policy.MAX_PATTERNS + " patterns of paths together");
      }
      authorCharacters += authors.stream().mapToInt(AuthorPattern::length).sum();
      if (authorCharacters > Policy.MAX_AUTHOR_CHARACTERS) {
        throw new JsonException(
            at + "/authors",
            "the patterns of authors of a policy have at most "
                + Policy.MAX_AUTHOR_CHARACTERS
                + " characters together");
      }
      checkVariables(paths, authors, at);
      rules.add(new WriterRules.Rule(paths, authors));
    }
    return rules;
  }

  private static void checkVariables(
      List<PathPattern> paths, List<AuthorPattern> authors, String at) {
    for (int i = 0; i < authors.size(); i++) {
      for (String variable : authors.get(i).variables()) {
        if (!paths.stream().allMatch(path -> path.variables().containsKey(variable))) {
          throw new JsonException(
              at + "/authors/" + i, "{" + variable + "} is not bound in each of the rule's paths");
        }
      }
    }
  }

  private static <T> List<T> list(
      Json.Obj rule, String name, String at, Function<String, T> reader) {
    String place = at + "/" + name;
    List<T> read = new ArrayList<>();
    Json given = rule.get(name);
    if (given == null) {
      throw new JsonException(place, "is required");
    }
    for (Json item : array(given, place, 1, Policy.MAX_RULES, "patterns")) {
      String here = place + "/" + read.size();
      if (!(item instanceof Json.Str text)) {
        throw new JsonException(here, "a pattern is a string");
      }
      read.add(JsonException.at(here, () -> reader.apply(text.value())));
    }
    return read;
  }

  private static List<Json> array(Json json, String at, int least, int most, String what) {
    if (!(json instanceof Json.Arr array)
        || array.items().size() < least
        || array.items().size() > most) {
      throw new JsonException(at, "is an array of %d to %d %s".formatted(least, most, what));
    }
    return array.items();
  }

  private static Json.Obj object(@Nullable Json json, String at) {
    if (json == null) {
      return Json.EMPTY_OBJECT;
    }
    if (!(json instanceof Json.Obj object)) {
      throw new JsonException(at, "is an object");
    }
    return object;
  }

  private static long limit(Json.Obj limits, String name) {
    Json json = limits.get(name);
    if (json == null) {
      return Long.MAX_VALUE;
    }
    if (json instanceof Json.Num number
        && number.value() >= 1
        && number.value() == Math.rint(number.value())
        && number.value() <= Policy.MAX_LIMIT) {
      return (long) number.value();
    }
    throw new JsonException("/limits/" + name, "is a whole number from 1 to 2^53 - 1");
  }

  private static boolean flag(Json.Obj required, String name) {
    return switch (required.get(name)) {
      case null -> false;
      case Json.Bool bool -> bool.value();
      default -> throw new JsonException("/require/" + name, "is true or false");
    };
  }

  private static void onlyKnown(Json.Obj object, Set<String> known, String at) {
    for (String name : object.members().keySet()) {
      if (!known.contains(name)) {
        String place = at + "/" + name.replace("~", "~0").replace("/", "~1");
        throw new JsonException(
            place,
            at.isEmpty() && NOT_YET.contains(name)
                ? "is not known yet: this version holds to writers, limits and require"
                : "is not known here");
      }
    }
  }
}
