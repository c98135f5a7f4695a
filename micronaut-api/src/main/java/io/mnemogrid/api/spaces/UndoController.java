package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.log.Undo;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.UpdateId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Takes back what one author wrote: each leaf that this author changed last becomes what it was
 * before, as a new version, and what others have written since stays.
 */
@Controller("/v1/spaces/{space}/undo")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class UndoController {
  private static final Set<String> MEMBERS =
      Set.of("of", "since", "author", "update_id", "dry_run");

  /** The type of the records that undo. */
  private static final String TYPE = "undo";

  /** So often an undo is made anew because the space has moved on. */
  private static final int MOST_TRIES = 10;

  private static final int MOST_KEPT = 1000;

  /** Most bytes of the places that an answer shows. */
  private static final long MOST_SHOWN = 1 << 20;

  private final Spaces spaces;
  private final Commits commits;
  private final Answering answering;
  private final Labour labour;

  UndoController(Spaces spaces, Commits commits, Answering answering, Labour labour) {
    this.spaces = spaces;
    this.commits = commits;
    this.answering = answering;
    this.labour = labour;
  }

  /** What is asked for. */
  private record Wanted(Author of, long since, Author author, UpdateId id, boolean isTrial) {
    static Wanted parse(byte[] body) {
      if (!(Json.parse(body) instanceof Json.Obj object)) {
        throw new JsonException("", "an undo is an object");
      }
      for (String name : object.members().keySet()) {
        if (!MEMBERS.contains(name)) {
          throw new JsonException("/" + name, "an undo has no such member");
        }
      }
      Json trial = object.get("dry_run");
      if (trial != null && !(trial instanceof Json.Bool)) {
        throw new JsonException("/dry_run", "is true or false");
      }
      if (!(object.get("since") instanceof Json.Num number)
          || number.value() < 0
          || number.value() != Math.rint(number.value())) {
        throw new JsonException("/since", "is a version, a whole number from 0");
      }
      return new Wanted(
          JsonException.at("/of", () -> new Author(object.text("of"))),
          (long) number.value(),
          JsonException.at("/author", () -> new Author(object.text("author"))),
          JsonException.at("/update_id", () -> new UpdateId(object.text("update_id"))),
          Json.TRUE.equals(trial));
    }
  }

  /** Undoes what an author wrote after a version, or shows with {@code dry_run} what that is. */
  @Post
  @Needs(Right.WRITE)
  HttpResponse<byte[]> undo(HttpRequest<byte[]> request, String space) {
    Space found = spaces.toWrite(space);
    Wanted wanted = labour.read(request, () -> Params.body(() -> Wanted.parse(Gzip.body(request))));
    Access.refuseOther(request, wanted.author);
    if (wanted.isTrial) {
      Notes.of(request).readsAlone();
      return Answers.ok(text(found, plan(request, found, wanted), "null"));
    }
    Optional<Update> known = found.find(wanted.id);
    if (known.isPresent()) {
      return repeated(found, wanted, known.get());
    }
    for (int tries = 1; ; tries++) {
      Undo undo = plan(request, found, wanted);
      if (undo.places().isEmpty()) {
        return Answers.ok(text(found, undo, "null"));
      }
      HttpResponse<byte[]> answer = commit(request, found, wanted, undo);
      boolean isOvertaken = answer.code() == HttpStatus.PRECONDITION_FAILED.getCode();
      if (answer.code() != HttpStatus.CREATED.getCode() && (!isOvertaken || tries == MOST_TRIES)) {
        return answer;
      }
      byte[] body = answer.body();
      if (!isOvertaken && body != null) {
        return Answers.json(
                HttpResponse.created("/v1/spaces/" + found.name() + "/state").body(body),
                text(found, undo, new String(body, StandardCharsets.UTF_8)))
            .header("Cache-Control", "no-store");
      }
    }
  }

  private Undo plan(HttpRequest<?> request, Space space, Wanted wanted) {
    if (wanted.since > space.head().version() && space.at(wanted.since).isEmpty()) {
      throw new ProblemException(Problem.unknownVersion(space.name(), wanted.since));
    }
    Spent.of(request).work(Spent.REPLAY);
    try (Answering.Making making = answering.replay(request)) {
      return making.run(() -> space.undone(wanted.of, wanted.since));
    }
  }

  private HttpResponse<byte[]> commit(
      HttpRequest<?> request, Space space, Wanted wanted, Undo undo) {
    Delta.Patch patch =
        Params.body(
            () -> Delta.Patch.ofSteps(wanted.id, wanted.author, TYPE, undo.patch().toJson()));
    Notes.of(request).deltas(List.of(patch));
    Condition condition = Condition.is(undo.head().version(), undo.head().leafHash());
    return commits.commit(request, space, patch, condition, System.nanoTime()).join();
  }

  /**
   * An id that is in the log is answered with its version; what it undid stands there. The record
   * does not say whose writes it undid, nor since when, so that is not compared.
   */
  private static HttpResponse<byte[]> repeated(Space space, Wanted wanted, Update update) {
    if (!update.fields().type().equals(TYPE) || !update.fields().author().equals(wanted.author)) {
      throw new ProblemException(
          Refusals.problem(
              space.name(), new Refusal.IdReused(update.version()), nothing(wanted), ""));
    }
    return Answers.ok(
        new ObjectText()
            .member("duplicate", Json.TRUE)
            .member("space", Json.of(space.name().text()))
            .member("update_id", Json.of(update.id().text()))
            .member("version", update.version())
            .toBytes());
  }

  private static Delta nothing(Wanted wanted) {
    return Delta.Patch.ofSteps(wanted.id, wanted.author, TYPE, new Json.Arr(List.of()));
  }

  private static byte[] text(Space space, Undo undo, String commit) {
    List<Json> places = new ArrayList<>();
    long bytes = 0;
    for (Undo.Place place : undo.places()) {
      Json.Obj shown = toJson(place);
      bytes += shown.sizeBytes();
      if (bytes > MOST_SHOWN) {
        break;
      }
      places.add(shown);
    }
    ObjectText text =
        new ObjectText()
            .member("commit", commit)
            .member("head", undo.head().version())
            .member(
                "kept",
                Json.ofStrings(
                    undo.kept().stream().limit(MOST_KEPT).map(Object::toString).toList()))
            .member("kept_in_all", undo.kept().size())
            .member("places", new Json.Arr(places))
            .member("places_in_all", undo.places().size())
            .member(
                "readers",
                new Json.Arr(undo.readers().stream().<Json>map(UndoController::toJson).toList()))
            .member("readers_in_all", undo.readersInAll())
            .member("space", Json.of(space.name().text()));
    return text.toBytes();
  }

  private static Json.Obj toJson(Undo.Place place) {
    Map<String, Json> members = new TreeMap<>();
    members.put("path", Json.of(place.path().toString()));
    members.put("version", Json.of(place.version()));
    Json stands = place.stands();
    Json before = place.before();
    if (stands != null) {
      members.put("stands", stands);
    }
    if (before != null) {
      members.put("before", before);
    }
    return new Json.Obj(members);
  }

  private static Json.Obj toJson(Undo.Reader reader) {
    return Json.object(
        Map.of(
            "author", Json.of(reader.author().name()),
            "base", Json.of(reader.base()),
            "update_id", Json.of(reader.id().text()),
            "version", Json.of(reader.version())));
  }
}
