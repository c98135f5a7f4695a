package io.mnemogrid.merge;

import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.secret.Secrets;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Secrets in a request: all of its text is searched, names and paths included.
 *
 * <p>Only the {@code old_value}s of a strict edit are not. There a value must stand already, or the
 * edit is refused, so whoever removes a secret strictly may name it. Otherwise an {@code old_value}
 * means nothing, and the log would keep a hash of it in that of the request.
 */
final class DeltaSecrets {
  private static final String CHANGES = "changes";
  private static final String OLD_VALUE = "old_value";

  private DeltaSecrets() {}

  /** The first secret of a delta, or null. O(size of the request). */
  static Refusal.@Nullable Secret find(Delta delta) {
    return find(delta, screening(delta).allowed());
  }

  private static Screening screening(Delta delta) {
    return switch (delta) {
      case Delta.Edit edit -> edit.screening();
      case Delta.Patch patch -> patch.screening();
      case Delta.Rollback _ -> Screening.USUAL;
    };
  }

  /**
   * Where secrets stand that pass because their rules are allowed. If that is in a name or a path
   * alone, only the first place is told.
   */
  static List<FoundSecret> passed(Delta delta) {
    Set<SecretRule> others = EnumSet.allOf(SecretRule.class);
    others.removeAll(screening(delta).allowed());
    Refusal.Secret first =
        screening(delta).allowed().isEmpty() ? null : find(delta, Set.copyOf(others));
    if (first == null) {
      return List.of();
    }
    Secrets secrets = new Secrets(others);
    secrets.cut(delta.request(), "", "");
    return secrets.cut().isEmpty()
        ? List.of(new FoundSecret(first.pointer(), first.rule()))
        : secrets.cut();
  }

  private static Refusal.@Nullable Secret find(Delta delta, Set<SecretRule> allowed) {
    Secrets secrets = new Secrets(allowed);
    Json.Obj request = delta.request();
    FoundSecret found = secrets.findInObject(request, "", Set.of(CHANGES));
    if (found == null && request.get(CHANGES) instanceof Json changes) {
      found = findInChanges(secrets, changes, delta instanceof Delta.Edit edit && edit.strict());
      found = found == null ? null : found.in("/" + CHANGES);
    }
    return found == null ? null : new Refusal.Secret(found.pointer(), found.rule());
  }

  private static @Nullable FoundSecret findInChanges(
      Secrets secrets, Json changes, boolean strict) {
    if (!(changes instanceof Json.Obj lists) || !strict) {
      return secrets.find(changes, "");
    }
    for (Map.Entry<String, Json> list : lists.members().entrySet()) {
      List<Json> items = list.getValue() instanceof Json.Arr array ? array.items() : List.of();
      for (int i = 0; i < items.size(); i++) {
        FoundSecret found =
            items.get(i) instanceof Json.Obj change
                ? secrets.findInObject(change, "", Set.of(OLD_VALUE))
                : null;
        if (found != null) {
          return found.in("/" + list.getKey() + "/" + i);
        }
      }
    }
    return null;
  }

  /**
   * An edit without the secrets in its values and its type. What names something, as a path, an id
   * or the author, stays as it is.
   */
  static Delta.Edit without(Delta.Edit edit) {
    Secrets secrets = new Secrets(edit.screening().allowed());
    Map<String, Json> request = new TreeMap<>(edit.request().members());
    request.computeIfPresent("type", (name, type) -> secrets.cut(type, name, "/type"));
    if (request.get(CHANGES) instanceof Json.Obj lists) {
      Map<String, Json> left = new TreeMap<>();
      lists
          .members()
          .forEach((list, changes) ->
              left.put(list, without(secrets, (Json.Arr) changes, list, edit.strict())));
      request.put(CHANGES, new Json.Obj(left));
    }
    return secrets.cut().isEmpty()
        ? edit
        : Delta.parse(new Json.Obj(request))
            .with(new Screening(edit.screening().allowed(), secrets.cut()));
  }

  private static Json without(Secrets secrets, Json.Arr changes, String list, boolean strict) {
    List<Json> left = new ArrayList<>();
    for (Json item : changes.items()) {
      Json.Obj change = (Json.Obj) item; // an edit was made of it
      String name = Secrets.lastSegment(change.text("key"));
      for (String member : List.of("new_value", OLD_VALUE, "value")) {
        Json value = change.get(member);
        if (value != null && !(strict && member.equals(OLD_VALUE))) {
          String at = "/" + CHANGES + "/" + list + "/" + left.size() + "/" + member;
          Json kept = secrets.cut(value, name, at);
          change = kept == value ? change : change.with(member, kept);
        }
      }
      left.add(change);
    }
    return new Json.Arr(left);
  }
}
