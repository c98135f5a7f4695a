package io.mnemogrid.api.keys;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Right;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Timestamps;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The keys of this API, for operators. */
@Controller("/v1/keys")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class KeysController {
  private static final long USUAL_GRACE_SECONDS = 86_400;

  private final Keys keys;

  KeysController(Mnemogrid grid) {
    this.keys = grid.keys().orElseThrow();
  }

  /** All keys, revoked ones included; never a secret. */
  @Get
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> list() {
    List<String> items = keys.list().stream().map(key -> key.toJson().canonical()).toList();
    return Answers.ok(Answers.list(items, "null")).header("Cache-Control", "no-store");
  }

  /** Makes a key. The answer has its text, which is told this once. */
  @Post
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
    refuseFirst();
    byte[] body = Gzip.body(request);
    Wanted wanted = Params.body(() -> wanted(body));
    ApiKey.Issued issued =
        checked(
            () -> keys.create(wanted.name, wanted.grant, wanted.expires), HttpStatus.BAD_REQUEST);
    Notes.of(request).subject(issued.key().id());
    return told(HttpStatus.CREATED, issued).header("Location", "/v1/keys/" + issued.key().id());
  }

  private record Wanted(String name, Grant grant, @Nullable Instant expires) {}

  private static Wanted wanted(byte[] body) {
    Json.Obj object = object(body, Set.of("name", "role", "spaces", "authors", "expires"));
    String name = read(object, "name", Function.identity());
    Role role = read(object, "role", Role::of);
    List<Glob> spaces = globs(object, "spaces");
    List<Glob> authors = globs(object, "authors");
    Instant expires =
        object.get("expires") == null ? null : read(object, "expires", Timestamps::parse);
    try {
      return new Wanted(name, new Grant(role, spaces, authors), expires);
    } catch (IllegalArgumentException e) {
      throw new JsonException("", String.valueOf(e.getMessage()));
    }
  }

  private static Json.Obj object(byte[] body, Set<String> known) {
    if (!(Json.parse(body) instanceof Json.Obj object)) {
      throw new JsonException("", "the body is an object");
    }
    for (String member : object.members().keySet()) {
      if (!known.contains(member)) {
        throw new JsonException(
            "/" + member, "is not known; there are " + String.join(", ", known));
      }
    }
    return object;
  }

  private static <T> T read(Json.Obj object, String member, Function<String, T> reader) {
    if (!(object.get(member) instanceof Json.Str text)) {
      throw new JsonException("/" + member, "is required, a string");
    }
    try {
      return reader.apply(text.value());
    } catch (IllegalArgumentException e) {
      throw new JsonException("/" + member, String.valueOf(e.getMessage()));
    }
  }

  private static List<Glob> globs(Json.Obj object, String member) {
    Json value = object.get(member);
    if (value == null) {
      return List.of(Glob.ALL);
    }
    if (!(value instanceof Json.Arr array)) {
      throw new JsonException("/" + member, "is a list of patterns");
    }
    List<Glob> globs = new ArrayList<>();
    for (Json item : array.items()) {
      String at = "/" + member + "/" + globs.size();
      if (!(item instanceof Json.Str text)) {
        throw new JsonException(at, "is a pattern, a string");
      }
      try {
        globs.add(new Glob(text.value()));
      } catch (IllegalArgumentException e) {
        throw new JsonException(at, String.valueOf(e.getMessage()));
      }
    }
    return globs;
  }

  /** Ends a key; one that has ended stays as it is. */
  @Delete("/{id}")
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> revoke(HttpRequest<?> request, String id) {
    ApiKey key = there(checked(() -> keys.revoke(id), HttpStatus.CONFLICT), id);
    Notes.of(request).subject(key.id());
    return Answers.ok(key.toJson().canonicalBytes()).header("Cache-Control", "no-store");
  }

  /**
   * Gives a key a new secret. The old one stays valid for {@code grace_seconds}, a day if unsaid.
   */
  @Post("/{id}/rotate")
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> rotate(HttpRequest<byte[]> request, String id) {
    byte[] body = Gzip.body(request);
    Duration grace = Params.body(() -> grace(body));
    ApiKey.Issued issued = there(checked(() -> keys.rotate(id, grace), HttpStatus.CONFLICT), id);
    Notes.of(request).subject(issued.key().id());
    return told(HttpStatus.OK, issued);
  }

  private static Duration grace(byte[] body) {
    if (body.length == 0) {
      return Duration.ofSeconds(USUAL_GRACE_SECONDS);
    }
    Json grace = object(body, Set.of("grace_seconds")).get("grace_seconds");
    if (grace == null) {
      return Duration.ofSeconds(USUAL_GRACE_SECONDS);
    }
    String text = grace.canonical();
    if (!text.matches("[0-9]{1,7}")
        || Duration.ofSeconds(Long.parseLong(text)).compareTo(ApiKey.LONGEST_GRACE) > 0) {
      throw new JsonException(
          "/grace_seconds",
          "is a whole number of seconds up to " + ApiKey.LONGEST_GRACE.toDays() + " days");
    }
    return Duration.ofSeconds(Long.parseLong(text));
  }

  /** The first key opens the others; who makes it must be on the host, not on the network. */
  private void refuseFirst() {
    if (keys.known().isEmpty()) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.FORBIDDEN,
              "first-key",
              "the first key is not made over HTTP, where anybody might be first",
              "run ./mnemogrid keys create NAME --role operator on a host of the store"));
    }
  }

  /** What was made; a change that is refused is a problem with that status. */
  private static <T> T checked(Supplier<T> change, HttpStatus status) {
    try {
      return change.get();
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          Problem.of(
              status,
              status == HttpStatus.CONFLICT ? "key-ended" : "bad-request",
              String.valueOf(e.getMessage()),
              "GET /v1/keys lists them"));
    } catch (IllegalStateException e) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.CONFLICT,
              "keys-conflict",
              String.valueOf(e.getMessage()),
              "GET /v1/keys lists them"));
    }
  }

  private static <T> T there(Optional<T> found, String id) {
    return found.orElseThrow(() ->
        new ProblemException(
            Problem.notFound(
                "unknown-key", "there is no key " + id, "GET /v1/keys lists all of them")));
  }

  private static MutableHttpResponse<byte[]> told(HttpStatus status, ApiKey.Issued issued) {
    return Answers.json(HttpResponse.status(status), issued.toJson().canonicalBytes())
        .header("Cache-Control", "no-store");
  }
}
