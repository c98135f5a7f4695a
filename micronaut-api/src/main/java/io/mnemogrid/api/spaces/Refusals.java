package io.mnemogrid.api.spaces;

import static io.micronaut.http.HttpStatus.BAD_REQUEST;
import static io.micronaut.http.HttpStatus.CONFLICT;
import static io.micronaut.http.HttpStatus.NOT_FOUND;

import io.micronaut.http.HttpStatus;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.PatchBody;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Refusal.BadPolicy;
import io.mnemogrid.merge.Refusal.BadSignature;
import io.mnemogrid.merge.Refusal.BadValue;
import io.mnemogrid.merge.Refusal.FutureTimestamp;
import io.mnemogrid.merge.Refusal.IdRepeated;
import io.mnemogrid.merge.Refusal.IdReused;
import io.mnemogrid.merge.Refusal.NotCurrent;
import io.mnemogrid.merge.Refusal.NotGranted;
import io.mnemogrid.merge.Refusal.OtherHistory;
import io.mnemogrid.merge.Refusal.OverlappingPaths;
import io.mnemogrid.merge.Refusal.PartlyKnown;
import io.mnemogrid.merge.Refusal.PatchFailed;
import io.mnemogrid.merge.Refusal.PathThroughArray;
import io.mnemogrid.merge.Refusal.Policy;
import io.mnemogrid.merge.Refusal.Quota;
import io.mnemogrid.merge.Refusal.Required;
import io.mnemogrid.merge.Refusal.Secret;
import io.mnemogrid.merge.Refusal.StoreRefused;
import io.mnemogrid.merge.Refusal.StrictConflict;
import io.mnemogrid.merge.Refusal.TestFailed;
import io.mnemogrid.merge.Refusal.TooLarge;
import io.mnemogrid.merge.Refusal.UnknownSpace;
import io.mnemogrid.merge.Refusal.VersionAhead;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Timestamps;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The problems that refused deltas are answered with. Here, and nowhere else, a refusal gets its
 * HTTP status.
 */
public final class Refusals {
  private Refusals() {}

  /**
   * The problem of a refused delta.
   *
   * @param at pointer of the delta in the body: empty, or {@code /3} in a list
   */
  static Problem problem(SpaceName space, Refusal refusal, Delta delta, String at) {
    String url = "/v1/spaces/" + space;
    return switch (refusal) {
      case VersionAhead ahead -> {
        String member = delta instanceof Delta.Edit ? "base" : "to";
        yield problem(
                CONFLICT,
                refusal,
                member + " " + ahead.base() + " is beyond the head, which is " + ahead.head(),
                "GET " + url + " shows the head; send a version that you have seen as " + member)
            .at(at + "/" + member, "is beyond version " + ahead.head())
            .with("head", Json.of(ahead.head()));
      }
      case OtherHistory other ->
          problem(
                  CONFLICT,
                  refusal,
                  "version " + other.base() + " is another one here than the one that you saw",
                  "GET " + url + "/state, and send a delta made from that")
              .at(at + "/base_hash", "is not the leaf hash of version " + other.base() + " here")
              .with(
                  "base_hash", other.here() == null ? Json.NULL : Json.of(other.here().toString()));
      case StrictConflict conflict -> strict(url, conflict, delta, at);
      case IdReused reused ->
          problem(
                  CONFLICT,
                  refusal,
                  "version " + reused.version() + " has this update_id with another request",
                  "GET "
                      + url
                      + "/updates/"
                      + reused.version()
                      + " shows it; send yours under an update_id of its own")
              .at(at + "/update_id", "stands under version " + reused.version())
              .with("version", Json.of(reused.version()));
      case IdRepeated repeated ->
          problem(
                  BAD_REQUEST,
                  refusal,
                  "delta "
                      + repeated.earlier()
                      + " of the list, counted from 0, has this update_id",
                  "give each delta of a list an update_id of its own; nothing of the list happened")
              .at(at + "/update_id", "is that of delta " + repeated.earlier() + " too");
      case PartlyKnown known ->
          problem(
                  CONFLICT,
                  refusal,
                  "version "
                      + known.version()
                      + " is this very delta, and others of the list are new: a list is one commit",
                  "send the deltas that are new as a list of their own; nothing of this one"
                      + " happened")
              .at(at + "/update_id", "stands under version " + known.version())
              .with("version", Json.of(known.version()));
      case OverlappingPaths overlap ->
          problem(
                  BAD_REQUEST,
                  refusal,
                  shown(overlap.first()) + " and " + shown(overlap.second()) + " overlap",
                  "make one change of the two, or send two deltas")
              .at(at + change(delta, overlap.first()), "overlaps " + shown(overlap.second()))
              .at(at + lastChange(delta, overlap.second()), "overlaps " + shown(overlap.first()));
      case PathThroughArray through ->
          problem(
                  CONFLICT,
                  refusal,
                  shown(through.path())
                      + " leads through the array at "
                      + shown(through.array())
                      + ", which is replaced whole",
                  "GET " + url + "/state?path=" + through.array() + ", change it, set it whole")
              .at(at + change(delta, through.path()), "an array stands at " + through.array())
              .with("array", Json.of(through.array().toString()));
      case FutureTimestamp future ->
          problem(
                  BAD_REQUEST,
                  refusal,
                  Timestamps.format(future.timestamp())
                      + " lies in the future of the store's clock, which is at "
                      + Timestamps.format(future.now()),
                  "send a timestamp that is not in the future")
              .at(at + "/timestamp", "lies in the future")
              .with("now", Json.of(Timestamps.format(future.now())));
      case BadValue bad ->
          problem(BAD_REQUEST, refusal, shown(bad.path()) + ": " + bad.why(), Problem.OVERVIEW)
              .at(at + change(delta, bad.path()), bad.why());
      case TooLarge large ->
          problem(
              HttpStatus.REQUEST_ENTITY_TOO_LARGE,
              refusal,
              "the record of this delta would have about "
                  + large.bytes()
                  + " bytes, at most "
                  + large.most()
                  + " are taken: it holds what is set, what that replaces, and what it beats",
              "send several deltas with fewer changes each; or delete first what is to be replaced:"
                  + " a delete and a rollback are never refused for their size");
      case Quota quota ->
          problem(
                  HttpStatus.INSUFFICIENT_STORAGE,
                  refusal,
                  "there are %d %s, this delta makes it %d, and the limit is %d"
                      .formatted(quota.used(), quota.of().text(), quota.wanted(), quota.limit()),
                  "delete what is no longer needed, which is always allowed; or start the members"
                      + " with a greater limit, as docs/operate.md says")
              .with("limit", Json.of(quota.limit()))
              .with("of", Json.of(quota.of().name().toLowerCase(Locale.ROOT)))
              .with("used", Json.of(quota.used()));
      case Secret secret -> secret(inBody(delta, secret.pointer()), secret.rule(), at);
      case UnknownSpace _ ->
          problem(NOT_FOUND, refusal, "there is no space " + space, "PUT " + url + " creates it");
      case StoreRefused refused -> Problem.storeRefused(refused.reason());
      case NotCurrent other ->
          problem(
                  HttpStatus.PRECONDITION_FAILED,
                  refusal,
                  "the head is version " + other.version() + ", and " + wanted(other.condition()),
                  "GET "
                      + url
                      + "/state, make it again from that, and send it with the ETag of that answer;"
                      + " without a condition it is merged")
              .with("current", Conditions.current(other.version(), other.root(), other.leafHash()));
      case TestFailed test -> testFailed(url, test, at);
      case PatchFailed failed -> {
        Problem problem =
            problem(
                CONFLICT,
                refusal,
                shown(failed.path()) + ": " + failed.why() + "; nothing of the patch happened",
                "GET " + url + "/state shows the document");
        yield failed.step() < 0
            ? problem
            : problem.at(at + "/" + failed.step(), shown(failed.path()) + ": " + failed.why());
      }
      case Policy policy -> policy(url, policy, delta, at);
      case BadPolicy bad ->
          problem(
                  BAD_REQUEST,
                  refusal,
                  bad.pointer() + ": " + bad.why() + "; nothing was changed",
                  "docs/security.md has the form of a policy; GET "
                      + url
                      + "/state?path=/_mnemogrid/policy shows the one that stands")
              .at(at + inValue(delta, bad.pointer()), bad.why());
      case NotGranted other ->
          problem(
              HttpStatus.FORBIDDEN,
              refusal,
              "this key may not write as " + other.author(),
              "write as an author that the key was made for; an operator makes keys");
      case BadSignature bad ->
          problem(
                  HttpStatus.FORBIDDEN,
                  refusal,
                  "it is signed as " + bad.author() + ": " + bad.why(),
                  "GET "
                      + url
                      + " names the grid that a signature is for; docs/authors.md says what is"
                      + " signed")
              .at(at + "/signature", bad.why());
      case Required required ->
          switch (required.what()) {
            case SIGNATURE ->
                problem(
                    HttpStatus.FORBIDDEN,
                    refusal,
                    "the policy of the space takes only deltas that their author signed",
                    "sign it with a key of the author's, docs/authors.md; patches, rollbacks and"
                        + " undos cannot be signed: send a delta");
            case CONDITION ->
                problem(
                    HttpStatus.PRECONDITION_REQUIRED,
                    refusal,
                    "the policy of the space demands a commit that names the version it was made"
                        + " from",
                    "GET "
                        + url
                        + "/state, and send If-Match with the ETag of that answer; for the first"
                        + " version send If-None-Match: *");
            case ID ->
                problem(
                    HttpStatus.PRECONDITION_REQUIRED,
                    refusal,
                    "the policy of the space demands an id that you chose, so that you can send the"
                        + " same again",
                    "send the header Idempotency-Key with a name that is new in the space");
          };
    };
  }

  private static Problem policy(String url, Policy policy, Delta delta, String at) {
    Pointer path = policy.path();
    String hint =
        policy.rule().isEmpty()
            ? "what is reserved is written with an operator's key, by a delta or a JSON Patch that"
                + " names a place there: docs/security.md"
            : "GET "
                + url
                + "/state?path=/_mnemogrid/policy shows the rules; write what they allow, or ask an"
                + " operator to change them";
    Problem problem =
        problem(
            HttpStatus.FORBIDDEN,
            policy,
            (path == null ? "" : shown(path) + ": ") + policy.why(),
            hint);
    if (path != null) {
      problem =
          problem.at(at + change(delta, path), policy.why()).with("path", Json.of(path.toString()));
    }
    return policy.rule().isEmpty() ? problem : problem.with("rule", Json.of(policy.rule()));
  }

  /**
   * Pointer into the delta of a place of the document, into the value that is set there if the
   * place is below one.
   */
  private static String inValue(Delta delta, String pointer) {
    if (delta instanceof Delta.Edit edit) {
      for (int i = 0; i < edit.changes().size(); i++) {
        Change change = edit.changes().get(i);
        String set = change.path().toString();
        if (change instanceof Change.Put && (pointer + "/").startsWith(set + "/")) {
          String list = pointer(delta, i);
          return list
              + (list.startsWith("/changes/added/") ? "/value" : "/new_value")
              + pointer.substring(set.length());
        }
      }
    }
    return change(delta, Reserved.PLACE);
  }

  /** The pointer into the body: that of a patch is the patch alone, its other parts are headers. */
  static String inBody(Delta delta, String pointer) {
    return delta instanceof Delta.Patch
        ? pointer.replaceFirst("^/(json|merge)_patch(?=/|$)", "")
        : pointer;
  }

  /**
   * The problem of a text that holds a secret, which it does not tell.
   *
   * @param pointer of the text in what was sent
   * @param at pointer of what was sent in the body
   */
  static Problem secret(String pointer, SecretRule rule, String at) {
    return Problem.of(
            HttpStatus.UNPROCESSABLE_ENTITY,
            "secret",
            "there is " + rule.what() + ", and all that is written here is kept for ever",
            "keep the secret elsewhere and write where it is; or send a delta with Prefer: redact,"
                + " and what it sets is written without the secret; an operator who means it sends"
                + " Mnemogrid-Allow-Secret: "
                + rule.text())
        .at(at + pointer, "holds " + rule.what())
        .with("rule", Json.of(rule.text()));
  }

  private static String wanted(Condition condition) {
    return switch (condition) {
      case Condition.Any _ -> "any would do";
      case Condition.Written _ -> "If-Match: * wants a space that has a version";
      case Condition.Unwritten _ -> "If-None-Match: * wants a space without a version";
      case Condition.IsOneOf _ -> "none of the tags of If-Match is its tag";
    };
  }

  private static Problem testFailed(String url, TestFailed test, String at) {
    Json value = test.value();
    Problem problem =
        problem(
                CONFLICT,
                test,
                "another value stands at " + shown(test.path()) + "; nothing of the patch happened",
                "GET " + url + "/state, make the patch again from that, and send it")
            .at(at + "/" + test.step(), "another value stands at " + shown(test.path()))
            .with("path", Json.of(test.path().toString()));
    if (test.large()) {
      return problem.with("truncated", Json.TRUE);
    }
    return value == null ? problem.with("absent", Json.TRUE) : problem.with("value", value);
  }

  private static Problem problem(HttpStatus status, Refusal refusal, String detail, String hint) {
    return Problem.of(status, refusal.code(), detail, hint);
  }

  private static Problem strict(String url, StrictConflict conflict, Delta delta, String at) {
    Problem problem =
        problem(
            CONFLICT,
            conflict,
            "strict: something was changed unseen, or an old_value does not stand",
            "read the conflicts, or GET "
                + url
                + "/state; compute again and send it with base "
                + conflict.head()
                + " under the same or a new update_id");
    for (StrictConflict.Standing standing : conflict.conflicts()) {
      problem =
          problem.at(at + change(delta, standing.path()), shown(standing.path()) + " was changed");
    }
    return problem
        .with("head", Json.of(conflict.head()))
        .with(
            "conflicts",
            new Json.Arr(conflict.conflicts().stream().<Json>map(Refusals::toJson).toList()));
  }

  private static Json.Obj toJson(StrictConflict.Standing standing) {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("path", Json.of(standing.path().toString()));
    Json value = standing.value();
    if (standing.large()) {
      members.put("truncated", Json.TRUE);
    } else {
      members.put(value == null ? "absent" : "value", value == null ? Json.TRUE : value);
    }
    Tag tag = standing.tag();
    if (tag != null) {
      members.put("author", Json.of(tag.author().name()));
      members.put("version", Json.of(tag.version()));
    }
    return new Json.Obj(members);
  }

  private static String shown(Pointer path) {
    return path.equals(Pointer.ROOT) ? "the root" : path.toString();
  }

  /** Pointer into the delta of the first change that concerns a path of the document. */
  private static String change(Delta delta, Pointer path) {
    if (delta instanceof Delta.Patch patch) {
      return patch(patch, path);
    }
    if (!(delta instanceof Delta.Edit edit)) {
      return "/to";
    }
    List<Change> changes = edit.changes();
    for (int i = 0; i < changes.size(); i++) {
      if (changes.get(i).path().equals(path)) {
        return pointer(delta, i);
      }
    }
    for (int i = 0; i < changes.size(); i++) {
      if (changes.get(i).path().overlaps(path)) {
        return pointer(delta, i);
      }
    }
    int read = 0;
    for (Pointer other : edit.reads()) {
      if (other.overlaps(path)) {
        return "/reads/" + read;
      }
      read++;
    }
    return "/changes";
  }

  /** Pointer into the body of a patch: the first step that concerns a path, or the place itself. */
  private static String patch(Delta.Patch patch, Pointer path) {
    return switch (patch.body()) {
      case PatchBody.Merge _ -> path.toString();
      case PatchBody.Steps steps -> {
        int number = 0;
        for (PatchBody.Step step : steps.steps()) {
          if (step.path().overlaps(path)) {
            yield "/" + number;
          }
          number++;
        }
        yield "";
      }
    };
  }

  /**
   * Pointer into the delta of its last change at exactly that path; without one, as {@link
   * #change}.
   */
  private static String lastChange(Delta delta, Pointer path) {
    List<Change> changes = delta instanceof Delta.Edit edit ? edit.changes() : List.of();
    for (int i = changes.size() - 1; i >= 0; i--) {
      if (changes.get(i).path().equals(path)) {
        return pointer(delta, i);
      }
    }
    return change(delta, path);
  }

  /** Changes stand in the order added, modified, deleted. */
  private static String pointer(Delta delta, int index) {
    int left = index;
    if (delta.request().get("changes") instanceof Json.Obj lists) {
      for (String list : List.of("added", "modified", "deleted")) {
        int size = lists.get(list) instanceof Json.Arr items ? items.items().size() : 0;
        if (left < size) {
          return "/changes/" + list + "/" + left;
        }
        left -= size;
      }
    }
    return "/changes";
  }
}
