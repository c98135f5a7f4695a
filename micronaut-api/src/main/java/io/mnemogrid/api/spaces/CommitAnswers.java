package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.Damaged;
import io.mnemogrid.CommitResult.NotApplied;
import io.mnemogrid.CommitResult.Refused;
import io.mnemogrid.CommitResult.Unchanged;
import io.mnemogrid.CommitResult.Unknown;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answer in HTTP that the author of a delta, or of a list, gets. */
public sealed interface CommitAnswers {
  Logger LOG = LoggerFactory.getLogger(CommitAnswers.class);

  /** No conflict, as most answers have. */
  Json.Arr NONE = new Json.Arr(List.of());

  /**
   * An answer holds superseded and beaten writes, and places of secrets that were cut out, of at
   * most this many bytes; the record has all of the writes.
   */
  int MAX_CONFLICT_BYTES = 1 << 20;

  /** The answer in HTTP. */
  MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request);

  /** A success, or an outcome that nobody knows yet. */
  record Answered(
      HttpStatus status,
      String location,
      List<String> etag,
      List<String> preferences,
      boolean replayed,
      String body)
      implements CommitAnswers {
    @Override
    public MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request) {
      MutableHttpResponse<byte[]> response =
          Answers.json(HttpResponse.status(status), body.getBytes(StandardCharsets.UTF_8))
              .header("Location", location)
              .header("Cache-Control", "no-store");
      etag.forEach(tag -> response.header("ETag", tag));
      if (replayed) {
        response.header("Idempotency-Replayed", "true");
      }
      if (!preferences.isEmpty()) {
        response.header("Preference-Applied", String.join(", ", preferences));
      }
      return response;
    }
  }

  /** A refusal or a failure. */
  record Failed(Problem problem, List<String> etag) implements CommitAnswers {
    Failed(Problem problem) {
      this(problem, List.of());
    }

    @Override
    public MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request) {
      MutableHttpResponse<byte[]> response = problem.toResponse(request);
      etag.forEach(tag -> response.header("ETag", tag));
      return response;
    }
  }

  /** The answer to one delta. */
  static CommitAnswers of(
      HttpRequest<?> request, SpaceName space, Delta delta, CommitResult result) {
    return switch (result) {
      case Committed committed ->
          answered(request, space, List.of(delta), List.of(committed), false);
      case Unchanged same -> unchanged(request, space, same);
      case Refused refused ->
          failed(refused, Refusals.problem(space, refused.refusal(), delta, ""));
      case NotApplied notApplied -> new Failed(notApplied(notApplied));
      case Damaged damaged -> new Failed(damaged(damaged));
      case Unknown unknown -> unknown(space, List.of(delta), unknown);
    };
  }

  /** The answer to a list, which was committed as one or not at all. */
  static CommitAnswers of(
      HttpRequest<?> request, SpaceName space, List<Delta> deltas, List<CommitResult> results) {
    List<Committed> committed = new ArrayList<>();
    for (CommitResult result : results) {
      switch (result) {
        case Committed one -> committed.add(one);
        case Unchanged same ->
            throw new IllegalStateException("only a patch changes nothing, got " + same);
        case Refused refused -> {
          int index = refused.index();
          Problem problem =
              Refusals.problem(space, refused.refusal(), deltas.get(index), "/" + index);
          boolean whole = refused.refusal() instanceof Refusal.StoreRefused; // names no delta
          return failed(refused, whole ? problem : problem.with("index", Json.of(index)));
        }
        case NotApplied notApplied -> {
          return new Failed(notApplied(notApplied));
        }
        case Damaged damaged -> {
          return new Failed(damaged(damaged));
        }
        case Unknown unknown -> {
          return unknown(space, deltas, unknown);
        }
      }
    }
    return answered(request, space, deltas, committed, true);
  }

  /**
   * A commit is answered as a success, even if the rest of the answer cannot be written. Then the
   * answer has only what one needs to ask the log.
   */
  private static Answered answered(
      HttpRequest<?> request,
      SpaceName space,
      List<Delta> deltas,
      List<Committed> committed,
      boolean list) {
    Committed last = committed.getLast();
    boolean minimal = Conditions.prefersMinimal(request);
    List<String> preferences = new ArrayList<>();
    if (minimal) {
      preferences.add("return=minimal");
    }
    if (Conditions.prefersRedacted(request)) {
      preferences.add("redact");
    }
    List<String> items;
    try {
      Budget budget = new Budget();
      items = new ArrayList<>();
      for (int i = 0; i < committed.size(); i++) {
        items.add(text(deltas.get(i), committed.get(i), minimal, budget));
      }
    } catch (RuntimeException e) {
      LOG.error(
          "space {}, version {}: committed, but its answer is cut short", space, last.version(), e);
      items = committed.stream().map(CommitAnswers::place).toList();
    }
    boolean replayed = committed.stream().allMatch(Committed::duplicate);
    return new Answered(
        replayed ? HttpStatus.OK : HttpStatus.CREATED,
        updates(space) + "/" + last.version(),
        List.of(Conditions.etag(LogHead.after(last.update()))),
        preferences,
        replayed,
        list ? "[" + String.join(",", items) + "]" : items.getFirst());
  }

  /** A refusal; one of a condition has the tag of the head that it met. */
  private static Failed failed(Refused refused, Problem problem) {
    return refused.refusal() instanceof Refusal.NotCurrent other
        ? new Failed(problem, List.of(Conditions.etag(other.version(), other.leafHash())))
        : new Failed(problem);
  }

  /** A patch that changed nothing is answered with the head that it met. */
  private static Answered unchanged(HttpRequest<?> request, SpaceName space, Unchanged same) {
    boolean minimal = Conditions.prefersMinimal(request);
    LogHead head = same.head();
    ObjectText text = new ObjectText().member("applied", NONE);
    if (!minimal) {
      text.member(
          "missed",
          new ObjectText()
              .member("count", 0)
              .member("items", NONE)
              .member("since", head.version())
              .toString());
    }
    text.member("outcome", Json.of("unchanged"))
        .member("overrode", NONE)
        .member("root", Json.of(head.root().toString()))
        .member("space", Json.of(space.text()))
        .member("superseded", NONE)
        .member("update_id", Json.of(same.id().text()))
        .member("version", head.version());
    return new Answered(
        HttpStatus.OK,
        "/v1/spaces/" + space + "/state",
        List.of(Conditions.etag(head)),
        minimal ? List.of("return=minimal") : List.of(),
        false,
        text.toString());
  }

  /** How many bytes of superseded and beaten values an answer may still hold. */
  final class Budget {
    private long left = MAX_CONFLICT_BYTES;

    private Json.Arr take(List<Json.Obj> conflicts) {
      List<Json> taken = new ArrayList<>();
      for (Json.Obj conflict : conflicts) {
        left -= conflict.canonical().length();
        if (left < 0) {
          break;
        }
        taken.add(conflict);
      }
      return new Json.Arr(taken);
    }
  }

  private static String text(Delta delta, Committed committed, boolean minimal, Budget budget) {
    Update.Fields fields = committed.update().fields();
    ObjectText text = new ObjectText().member("applied", Json.ofStrings(committed.applied()));
    Json.Arr superseded =
        fields.superseded().isEmpty()
            ? NONE
            : budget.take(fields.superseded().stream().map(Update::toJson).toList());
    Json.Arr overrode =
        fields.overrode().isEmpty()
            ? NONE
            : budget.take(fields.overrode().stream().map(Update::toJson).toList());
    List<FoundSecret> cut = delta instanceof Delta.Edit edit ? edit.screening().cut() : List.of();
    Json.Arr redacted =
        cut.isEmpty() ? NONE : budget.take(cut.stream().map(CommitAnswers::toJson).toList());
    if (committed.duplicate()) {
      text.member("duplicate", Json.TRUE);
    }
    if (committed.firstVersion() != committed.version()) {
      text.member("first_version", committed.firstVersion());
    }
    if (!minimal) {
      text.member("missed", missed(committed));
    }
    text.plain("outcome", committed.outcome().text()).member("overrode", overrode);
    if (!cut.isEmpty()) {
      text.member("redacted", redacted);
    }
    text.plain("root", fields.root().toString())
        .plain("space", fields.space().text())
        .member("superseded", superseded);
    if (superseded.items().size() < fields.superseded().size()
        || overrode.items().size() < fields.overrode().size()
        || redacted.items().size() < cut.size()) {
      text.member("truncated", Json.TRUE);
    }
    return text.member("update_id", Json.of(fields.id().text()))
        .member("version", committed.version())
        .toString();
  }

  /** Where something was cut out, by a pointer into the delta. */
  private static Json.Obj toJson(FoundSecret cut) {
    return Json.object(
        Map.of("pointer", Json.of(cut.pointer()), "rule", Json.of(cut.rule().text())));
  }

  private static String missed(Committed committed) {
    ObjectText text =
        new ObjectText()
            .member("count", committed.missedCount())
            .member(
                "items",
                committed.missed().stream()
                    .map(Update::text)
                    .collect(Collectors.joining(",", "[", "]")))
            .member("since", committed.update().fields().base());
    if (committed.isMissedTruncated()) {
      text.member("truncated", Json.TRUE);
    }
    return text.toString();
  }

  /** Where in the log it stands. */
  private static String place(Committed committed) {
    Update update = committed.update();
    return new ObjectText()
        .member("outcome", Json.of("committed"))
        .member("root", Json.of(update.root().toString()))
        .member("space", Json.of(update.space().text()))
        .member("update_id", Json.of(update.id().text()))
        .member("version", update.version())
        .toString();
  }

  private static Problem notApplied(NotApplied notApplied) {
    return Problem.unavailable("not-applied", notApplied.why());
  }

  private static Problem damaged(Damaged damaged) {
    return Problem.logDamaged(damaged.space(), damaged.version(), damaged.what());
  }

  private static Answered unknown(SpaceName space, List<Delta> deltas, Unknown unknown) {
    String ask = updates(space) + "?update_id=" + deltas.getFirst().id();
    String body =
        new ObjectText()
            .member("ask", Json.of(ask))
            .member("detail", Json.of(unknown.why()))
            .member(
                "hint",
                Json.of(
                    "send the same request again: it is applied once, and its answer is certain;"
                        + " finding nothing at ask means \"not there yet\""))
            .member("outcome", Json.of("unknown"))
            .member("space", Json.of(space.text()))
            .member(
                "update_ids",
                Json.ofStrings(deltas.stream().map(delta -> delta.id().text()).toList()))
            .toString();
    return new Answered(HttpStatus.ACCEPTED, ask, List.of(), List.of(), false, body);
  }

  private static String updates(SpaceName space) {
    return "/v1/spaces/" + space + "/updates";
  }
}
