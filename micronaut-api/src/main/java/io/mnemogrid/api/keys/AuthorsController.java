package io.mnemogrid.api.keys;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Authors;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.policy.Right;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.util.List;

/** The keys by which authors sign, for operators. */
@Controller("/v1/authors")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class AuthorsController {
  private final Authors authors;

  AuthorsController(Mnemogrid grid) {
    this.authors = grid.authors().orElseThrow();
  }

  /** All authors that have a key, and the grid for which they sign. */
  @Get
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> list() {
    List<String> items =
        authors.keys().entrySet().stream()
            .map(entry ->
                new ObjectText()
                    .member("author", Json.of(entry.getKey().name()))
                    .member(
                        "keys",
                        Json.ofStrings(entry.getValue().stream().map(AuthorKey::text).toList()))
                    .toString())
            .toList();
    return Answers.ok(
        new ObjectText()
            .plain("grid", authors.grid().hex())
            .member("items", "[" + String.join(",", items) + "]")
            .member("next", Json.NULL)
            .toBytes());
  }

  /** Makes a key an author's: {@code {"author", "key"}}. */
  @Post
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> add(HttpRequest<byte[]> request) {
    byte[] body = Gzip.body(request);
    Wanted wanted = Params.body(() -> Wanted.parse(body));
    Notes.of(request).subject(wanted.author.name());
    boolean added;
    try {
      added = authors.add(wanted.author, wanted.key);
    } catch (IllegalStateException e) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.CONFLICT,
              "keys-conflict",
              String.valueOf(e.getMessage()),
              "GET /v1/authors lists them"));
    }
    return Answers.json(added ? HttpResponse.created("") : HttpResponse.ok(), wanted.toBytes())
        .header("Cache-Control", "no-store");
  }

  private record Wanted(Author author, AuthorKey key) {
    static Wanted parse(byte[] body) {
      if (!(Json.parse(body) instanceof Json.Obj object)) {
        throw new JsonException("", "the body is an object");
      }
      for (String name : object.members().keySet()) {
        if (!name.equals("author") && !name.equals("key")) {
          throw new JsonException("/" + name, "is not known; there are author and key");
        }
      }
      return new Wanted(
          JsonException.at("/author", () -> new Author(object.text("author"))),
          JsonException.at("/key", () -> new AuthorKey(object.text("key"))));
    }

    byte[] toBytes() {
      return new ObjectText()
          .member("author", Json.of(author.name()))
          .plain("key", key.text())
          .toBytes();
    }
  }

  /** Takes a key from an author; what it signed before stays proven. */
  @Delete("/{author}/keys/{key}")
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> revoke(HttpRequest<?> request, String author, String key) {
    Wanted wanted =
        new Wanted(
            Params.read("author", author, Author::new), Params.read("key", key, AuthorKey::new));
    Notes.of(request).subject(wanted.author.name());
    if (!authors.revoke(wanted.author, wanted.key)) {
      throw new ProblemException(
          Problem.notFound(
              "unknown-key",
              author + " has no such key",
              "GET /v1/authors lists those that authors have"));
    }
    return Answers.ok(wanted.toBytes());
  }
}
