package io.mnemogrid.api.peer;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The least that a route of the server can do: it answers a few bytes that are always the same, on
 * the event loop. Reads and commits over HTTP are measured beside it, in the same process ({@code
 * bench http}).
 *
 * <p>It passes every filter that all routes have, with what each does for a request of this size:
 *
 * <ul>
 *   <li>the grammar and the bounds of a connection;
 *   <li>the door: host, origin, type of the body, parameters, {@code Accept}, headers of an answer.
 *       This package lies below {@code io.mnemogrid.api}, for parameters of other packages' routes
 *       are not checked;
 *   <li>keys and rates. It names no right, so with keys it is left to operators;
 *   <li>the memory of bodies and answers, which small ones do not wait for;
 *   <li>the audit trail, where it is on.
 * </ul>
 *
 * <p>It has no threads of its own, no tag, no space that is looked for and no JSON that is read.
 */
@Controller("/v1/spaces/{space}/empty")
public final class EmptyController {
  /** As long as a number of the document. */
  private static final byte[] NUMBER = "17".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] TAKEN = "{\"version\":0}".getBytes(StandardCharsets.US_ASCII);

  EmptyController() {}

  /** 200 with a number, whatever the path. */
  @Get
  HttpResponse<byte[]> read(@QueryValue @Nullable String path) {
    return HttpResponse.ok(NUMBER).contentType(MediaType.APPLICATION_JSON_TYPE);
  }

  /** 201 once the whole body is there, whatever is in it; 400 without one. */
  @Post
  HttpResponse<byte[]> take(@Body byte[] body) {
    return body.length == 0
        ? HttpResponse.badRequest()
        : HttpResponse.created(TAKEN).contentType(MediaType.APPLICATION_JSON_TYPE);
  }
}
