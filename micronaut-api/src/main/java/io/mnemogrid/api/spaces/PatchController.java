package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Options;
import io.micronaut.http.annotation.Patch;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.PatchTypes;
import io.mnemogrid.api.http.Preconditions;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Right;
import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.UpdateId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Patches of a document, played by the committer on the head that they are appended to. */
@Controller("/v1/spaces/{space}/state")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class PatchController {
  private static final String AUTHOR = "Mnemogrid-Author";
  private static final String TYPE = "Mnemogrid-Type";

  private final Spaces spaces;
  private final Commits commits;
  private final Labour labour;
  private final AllowedSecrets allowedSecrets;

  PatchController(Spaces spaces, Commits commits, Labour labour, AllowedSecrets allowedSecrets) {
    this.spaces = spaces;
    this.commits = commits;
    this.labour = labour;
    this.allowedSecrets = allowedSecrets;
  }

  /** Commits a JSON Patch or a JSON Merge Patch, whichever the Content-Type says. */
  @Patch
  @Needs(Right.WRITE)
  @Consumes({PatchTypes.JSON_PATCH, PatchTypes.MERGE_PATCH})
  CompletableFuture<HttpResponse<byte[]>> patch(HttpRequest<byte[]> request, String space) {
    Condition condition = Preconditions.of(request);
    Set<SecretRule> allowed = allowedSecrets.of(request);
    Space found = spaces.toWrite(space);
    Author author = author(request);
    Access.refuseOther(request, author);
    String type = header(request, TYPE, PatchController::type);
    UpdateId named = header(request, "Idempotency-Key", text -> new UpdateId(unquoted(text)));
    UpdateId id = named == null ? new UpdateId(Delta.MADE_ID + DeltaBuilder.newId().text()) : named;
    return labour.read(
        request,
        () ->
            commit(
                request,
                found,
                condition,
                allowed,
                id,
                author,
                type == null ? Delta.Patch.TYPE : type));
  }

  private CompletableFuture<HttpResponse<byte[]>> commit(
      HttpRequest<byte[]> request,
      Space found,
      Condition condition,
      Set<SecretRule> allowed,
      UpdateId id,
      Author author,
      String type) {
    Json body = Params.body(() -> Json.parse(Gzip.body(request)));
    long began = System.nanoTime();
    Delta.Patch patch =
        Params.body(() -> patch(request, id, author, type, body).allowingSecrets(allowed));
    Notes.of(request).deltas(List.of(patch));
    Notes.of(request)
        .secrets(
            "",
            patch.passedSecrets().stream()
                .map(passed ->
                    new FoundSecret(Refusals.inBody(patch, passed.pointer()), passed.rule()))
                .toList());
    return commits.commit(request, found, patch, condition, began);
  }

  private static Delta.Patch patch(
      HttpRequest<?> request, UpdateId id, Author author, String type, Json body) {
    return PatchTypes.isMerge(request)
        ? Delta.Patch.ofMerge(id, author, type, body)
        : Delta.Patch.ofSteps(id, author, type, body);
  }

  private static Author author(HttpRequest<?> request) {
    Author named = header(request, AUTHOR, Author::new);
    return named != null
        ? named
        : Access.of(request)
            .onlyAuthor()
            .orElseThrow(() ->
                new ProblemException(
                    Problem.badRequest(
                        "a patch has no author in its body, and its key has not one alone",
                        "name who writes in the header " + AUTHOR)));
  }

  private static String type(String text) {
    if (text.isEmpty() || text.length() > Delta.MAX_TYPE_LENGTH) {
      throw new IllegalArgumentException(
          "a type has 1 to " + Delta.MAX_TYPE_LENGTH + " characters");
    }
    return text;
  }

  /** What one header says, null without it; refuses it where it stands twice or is malformed. */
  private static <T> @Nullable T header(
      HttpRequest<?> request, String name, Function<String, T> reader) {
    List<String> lines = request.getHeaders().getAll(name);
    if (lines.isEmpty()) {
      return null;
    }
    try {
      if (lines.size() > 1) {
        throw new IllegalArgumentException("it is there " + lines.size() + " times");
      }
      return reader.apply(lines.get(0).strip());
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          Problem.badRequest("the header " + name + ": " + e.getMessage(), Problem.OVERVIEW));
    }
  }

  /**
   * An id as it is, or as a structured field has it (draft-ietf-httpapi-idempotency-key-header).
   */
  static String unquoted(String key) {
    return key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")
        ? key.substring(1, key.length() - 1)
        : key;
  }

  /** Says in which types a patch is read (RFC 5789 §3.1). */
  @Options
  @Needs(Right.READ)
  HttpResponse<?> options(String space) {
    spaces.find(space);
    return HttpResponse.noContent()
        .header("Allow", "GET, HEAD, OPTIONS, PATCH")
        .header(PatchTypes.ACCEPT_PATCH, PatchTypes.ALL);
  }
}
