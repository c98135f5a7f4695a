package io.mnemogrid.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.Damaged;
import io.mnemogrid.CommitResult.NotApplied;
import io.mnemogrid.CommitResult.Refused;
import io.mnemogrid.CommitResult.Unknown;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** How the author of a delta, or of a list, is told what became of it. */
sealed interface CommitAnswers {
  /** The answer in HTTP. */
  MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request);

  /** A success, or an outcome that nobody knows yet. */
  record Told(HttpStatus status, String location, List<String> etag, String body)
      implements CommitAnswers {
    @Override
    public MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request) {
      MutableHttpResponse<byte[]> response =
          Params.json(HttpResponse.status(status), body.getBytes(StandardCharsets.UTF_8))
              .header("Location", location)
              .header("Cache-Control", "no-store");
      etag.forEach(tag -> response.header("ETag", tag));
      return response;
    }
  }

  /** A refusal or a failure. */
  record Failed(Problem problem) implements CommitAnswers {
    @Override
    public MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request) {
      return problem.toResponse(request);
    }
  }

  /** The answer to one delta. */
  static CommitAnswers of(SpaceName space, Delta delta, CommitResult result) {
    return switch (result) {
      case Committed committed ->
          new Told(
              committed.duplicate() ? HttpStatus.OK : HttpStatus.CREATED,
              updates(space) + "/" + committed.version(),
              List.of(Params.etag(headAfter(committed.update()))),
              text(committed));
      case Refused refused -> new Failed(Refusals.problem(space, refused.refusal(), delta, ""));
      case NotApplied notApplied -> new Failed(notApplied(notApplied));
      case Damaged damaged -> new Failed(damaged(damaged));
      case Unknown unknown -> unknown(space, List.of(delta), unknown);
    };
  }

  /** The answer to a list, which was committed as one or not at all. */
  static CommitAnswers of(SpaceName space, List<Delta> deltas, List<CommitResult> results) {
    List<Committed> committed = new ArrayList<>();
    for (CommitResult result : results) {
      switch (result) {
        case Committed one -> committed.add(one);
        case Refused refused -> {
          int index = refused.index();
          return new Failed(
              Refusals.problem(space, refused.refusal(), deltas.get(index), "/" + index)
                  .with("index", Json.of(index)));
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
    Committed last = committed.getLast();
    return new Told(
        committed.stream().allMatch(Committed::duplicate) ? HttpStatus.OK : HttpStatus.CREATED,
        updates(space) + "/" + last.version(),
        List.of(Params.etag(headAfter(last.update()))),
        committed.stream().map(CommitAnswers::text).collect(Collectors.joining(",", "[", "]")));
  }

  private static String text(Committed committed) {
    Update.Fields fields = committed.update().fields();
    ObjectText text = new ObjectText().member("applied", Json.ofStrings(committed.applied()));
    if (committed.duplicate()) {
      text.member("duplicate", Json.TRUE);
    }
    return text.member("missed", missed(committed))
        .member("outcome", Json.of(committed.outcome().text()))
        .member(
            "overrode", new Json.Arr(fields.overrode().stream().<Json>map(Update::toJson).toList()))
        .member("root", Json.of(fields.root().toString()))
        .member("space", Json.of(fields.space().text()))
        .member(
            "superseded",
            new Json.Arr(fields.superseded().stream().<Json>map(Update::toJson).toList()))
        .member("update_id", Json.of(fields.id().text()))
        .member("version", committed.version())
        .toString();
  }

  private static String missed(Committed committed) {
    return new ObjectText()
        .member("count", committed.missedCount())
        .member(
            "items",
            committed.missed().stream()
                .map(Update::text)
                .collect(Collectors.joining(",", "[", "]")))
        .member("since", committed.update().fields().base())
        .toString();
  }

  private static Problem notApplied(NotApplied notApplied) {
    return Problem.unavailable("not-applied", notApplied.why());
  }

  private static Problem damaged(Damaged damaged) {
    return Problem.logDamaged(damaged.space(), damaged.version(), damaged.what());
  }

  private static Told unknown(SpaceName space, List<Delta> deltas, Unknown unknown) {
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
    return new Told(HttpStatus.ACCEPTED, ask, List.of(), body);
  }

  private static LogHead headAfter(Update update) {
    return new LogHead(
        update.space(),
        update.version(),
        update.root(),
        update.leafHash(),
        update.fields().committed());
  }

  private static String updates(SpaceName space) {
    return "/v1/spaces/" + space + "/updates";
  }
}
