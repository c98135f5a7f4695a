package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Accepted;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Preconditions;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.limits.OffLoop;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Right;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.UpdateId;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The history of a space: what is added to it and what stands in it. */
@Controller("/v1/spaces/{space}/updates")
public final class UpdatesController {
  private static final String NDJSON = "application/x-ndjson";

  private final Spaces spaces;
  private final Access access;
  private final Commits commits;
  private final Answering answering;
  private final Labour labour;
  private final AllowedSecrets allowedSecrets;
  private final OffLoop offLoop;

  UpdatesController(
      Spaces spaces,
      Access access,
      Commits commits,
      Answering answering,
      Labour labour,
      AllowedSecrets allowedSecrets,
      OffLoop offLoop) {
    this.spaces = spaces;
    this.access = access;
    this.commits = commits;
    this.answering = answering;
    this.labour = labour;
    this.allowedSecrets = allowedSecrets;
    this.offLoop = offLoop;
  }

  /**
   * Commits a delta, or a list of deltas as one. A small body is parsed by the event loop; nothing
   * waits there for the commit.
   */
  @Post
  @Needs(Right.WRITE)
  CompletableFuture<HttpResponse<byte[]>> commit(HttpRequest<byte[]> request, String space) {
    Condition condition = Preconditions.of(request);
    Set<SecretRule> allowed = allowedSecrets.of(request);
    Space loaded = OffLoop.isQuick(request) ? spaces.loaded(space) : null;
    return loaded != null
        ? commit(request, loaded, condition, allowed)
        : offLoop.compose(() -> {
          Space found = spaces.toWrite(space);
          return labour.read(request, () -> commit(request, found, condition, allowed));
        });
  }

  private CompletableFuture<HttpResponse<byte[]>> commit(
      HttpRequest<byte[]> request, Space found, Condition condition, Set<SecretRule> allowed) {
    Json body = Params.body(() -> Json.parse(Gzip.body(request)));
    long began = System.nanoTime();
    return switch (body) {
      case Json.Obj object -> {
        Map<UpdateId, AuthorSignature> signatures = new HashMap<>(0);
        Delta delta = Params.body(() -> parse(request, object, allowed, signatures));
        Notes.of(request).deltas(List.of(delta));
        Notes.of(request).secrets("", delta.passedSecrets());
        Access.refuseOther(request, delta.author());
        checkIdempotencyKey(request, delta);
        yield through(
            found, signatures, to -> commits.commit(request, to, delta, condition, began));
      }
      case Json.Arr array -> {
        Map<UpdateId, AuthorSignature> signatures = new HashMap<>();
        List<Delta> deltas = Params.body(() -> deltas(request, array, allowed, signatures));
        Notes.of(request).deltas(deltas);
        for (int i = 0; i < deltas.size(); i++) {
          Notes.of(request).secrets("/" + i, deltas.get(i).passedSecrets());
        }
        deltas.forEach(delta -> Access.refuseOther(request, delta.author()));
        if (request.getHeaders().contains("Idempotency-Key")) {
          throw new ProblemException(
              Problem.badRequest(
                  "a list has the update_id of each of its deltas and no Idempotency-Key",
                  "send it without that header"));
        }
        yield through(
            found, signatures, to -> commits.commit(request, to, deltas, condition, began));
      }
      case Json.Null _, Json.Bool _, Json.Num _, Json.Str _ ->
          throw new ProblemException(
              Problem.badRequest(
                      "a delta is an object, a list of deltas is an array", Problem.OVERVIEW)
                  .at("", "is neither"));
    };
  }

  /** Commits through the space; signatures are checked where checking holds up nobody else. */
  private CompletableFuture<HttpResponse<byte[]>> through(
      Space found,
      Map<UpdateId, AuthorSignature> signatures,
      Function<Space, CompletableFuture<HttpResponse<byte[]>>> commit) {
    return signatures.isEmpty()
        ? commit.apply(found)
        : offLoop.compose(() -> labour.run(() -> commit.apply(found.signed(signatures))));
  }

  /** A delta, whose signature is none of its request: it is put among the signatures. */
  private static Delta parse(
      HttpRequest<?> request,
      Json.Obj object,
      Set<SecretRule> allowed,
      Map<UpdateId, AuthorSignature> signatures) {
    Json signature = object.get(AuthorSignature.MEMBER);
    Json.Obj unsigned = object;
    if (signature != null) {
      TreeMap<String, Json> members = new TreeMap<>(object.members());
      members.remove(AuthorSignature.MEMBER);
      unsigned = new Json.Obj(members);
    }
    Delta.Edit edit = Delta.parse(unsigned).allowingSecrets(allowed);
    if (signature != null) {
      signatures.put(edit.id(), AuthorSignature.parse(signature));
      Signed.checkSize(edit.sizeBytes());
    }
    return Conditions.prefersRedacted(request) ? edit.withoutSecrets() : edit;
  }

  private static List<Delta> deltas(
      HttpRequest<?> request,
      Json.Arr array,
      Set<SecretRule> allowed,
      Map<UpdateId, AuthorSignature> signatures) {
    if (array.items().isEmpty()) {
      throw new JsonException("", "a list has at least one delta");
    }
    if (array.items().size() > Delta.MAX_LIST) {
      throw new JsonException(
          "",
          "a list has at most 1,000 deltas, got " + array.items().size() + "; send several lists");
    }
    List<Delta> deltas = new ArrayList<>();
    for (Json item : array.items()) {
      String at = "/" + deltas.size();
      if (!(item instanceof Json.Obj object)) {
        throw new JsonException(at, "a delta is an object");
      }
      try {
        deltas.add(parse(request, object, allowed, signatures));
      } catch (JsonException e) {
        throw new JsonException(at + e.pointer(), e.detail());
      }
    }
    Delta.checkList(deltas);
    return deltas;
  }

  static void checkIdempotencyKey(HttpRequest<?> request, Delta delta) {
    for (String key : request.getHeaders().getAll("Idempotency-Key")) {
      if (!PatchController.unquoted(key).equals(delta.id().text())) {
        throw new ProblemException(
            Problem.of(
                    HttpStatus.BAD_REQUEST,
                    "idempotency-key-differs",
                    "the header Idempotency-Key is not the update_id of the body",
                    "send the update_id in both, or no header")
                .at("/update_id", "differs from the header Idempotency-Key"));
      }
    }
  }

  /** The records after a version, oldest first, as a list or one a line; or the one with an id. */
  @Get
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Produces({MediaType.APPLICATION_JSON, NDJSON})
  @Needs(Right.READ)
  HttpResponse<?> list(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String since,
      @QueryValue @Nullable String limit,
      @QueryValue("update_id") @Nullable String updateId) {
    Space found = spaces.find(space);
    long after = Params.number("since", since, 0);
    boolean lines = Accepted.isChosen(request, NDJSON);
    if (updateId != null) {
      UpdateId id = Params.read("update_id", updateId, UpdateId::new);
      try (Answering.Making making = answering.page(request)) {
        List<Update> one = making.run(() -> found.find(id)).stream().toList();
        return lines
            ? lines(new UpdateLines(one, Spent.of(request)))
            : Answers.ok(making.make(() -> page(one, "null")));
      }
    }
    if (lines) {
      long most = limit == null ? Long.MAX_VALUE : Params.limit(limit);
      UpdateLines all =
          new UpdateLines(
              found, after, most, answering, Spent.of(request), () -> access.isStillLetIn(request));
      answering.whenSent(request, all::sent);
      return lines(all);
    }
    int most = Params.limit(limit);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> page(found, after, most)));
    }
  }

  private static HttpResponse<?> lines(UpdateLines lines) {
    lines.begin(); // what cannot even begin is a problem, not a stream that breaks off
    return HttpResponse.ok((InputStream) lines)
        .contentType(MediaType.of(NDJSON))
        .header("Cache-Control", "no-store");
  }

  private static byte[] page(Space space, long after, int most) {
    List<Update> page = space.updates(after, most);
    boolean more = !page.isEmpty() && hasMore(space, page.getLast().version());
    return page(page, more ? Long.toString(page.getLast().version()) : "null");
  }

  private static boolean hasMore(Space space, long version) {
    return space.head().version() > version || !space.updates(version, 1).isEmpty();
  }

  private static byte[] page(List<Update> updates, String next) {
    return Answers.list(updates.stream().map(Update::text).toList(), next);
  }

  /** The record of one version. */
  @Get("/{version}")
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Needs(Right.READ)
  HttpResponse<byte[]> find(HttpRequest<?> request, String space, String version) {
    Space found = spaces.find(space);
    long wanted = Params.number("version", version, 0);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> record(found, wanted)));
    }
  }

  private static byte[] record(Space space, long version) {
    List<Update> one = version == 0 ? List.of() : space.updates(version - 1, 1);
    if (one.isEmpty()) {
      throw new ProblemException(Problem.unknownVersion(space.name(), version));
    }
    return one.getFirst().toBytes();
  }
}
