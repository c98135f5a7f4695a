package io.mnemogrid.api.http;

import io.micronaut.core.annotation.NonBlocking;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.mnemogrid.TooManySpaces;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.BrokenCheckpoint;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.merge.Refusal;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever ends a request without success into a {@link Problem}. */
public final class Problems {
  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

  private Problems() {}

  /**
   * What controllers throw on purpose. A route of errors and no {@link ExceptionHandler}: these are
   * searched among all beans for each exception, which took half of the time of a 404.
   */
  @Controller
  static final class OfController {
    @Error(global = true)
    @NonBlocking
    HttpResponse<byte[]> problem(HttpRequest<?> request, ProblemException thrown) {
      Routed.putBack(request);
      return thrown.problem().toResponse(request);
    }
  }

  /** A read that the store did not answer, or a space that it did not take. */
  @Singleton
  static final class OfStore implements ExceptionHandler<LogUnavailable, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes") // as the interface has it
    public HttpResponse<byte[]> handle(HttpRequest request, LogUnavailable thrown) {
      return store(request, thrown).toResponse(request);
    }
  }

  /** A space whose log is damaged; the others are served. */
  @Singleton
  static final class OfLog implements ExceptionHandler<BrokenHistory, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes") // as the interface has it
    public HttpResponse<byte[]> handle(HttpRequest request, BrokenHistory thrown) {
      return log(request, thrown).toResponse(request);
    }
  }

  /** A checkpoint that is damaged; the others are served. */
  @Singleton
  static final class OfCheckpoint
      implements ExceptionHandler<BrokenCheckpoint, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes") // as the interface has it
    public HttpResponse<byte[]> handle(HttpRequest request, BrokenCheckpoint thrown) {
      return checkpoint(request, thrown).toResponse(request);
    }
  }

  /** A space beyond what the grid may have. */
  @Singleton
  static final class OfSpaces implements ExceptionHandler<TooManySpaces, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes") // as the interface has it
    public HttpResponse<byte[]> handle(HttpRequest request, TooManySpaces thrown) {
      return spaces(thrown).toResponse(request);
    }
  }

  /** A call that the chain did not answer. */
  @Singleton
  static final class OfAnchor implements ExceptionHandler<AnchorUnavailable, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes") // as the interface has it
    public HttpResponse<byte[]> handle(HttpRequest request, AnchorUnavailable thrown) {
      return anchor(request, thrown).toResponse(request);
    }
  }

  /** What the HTTP server itself refuses, and all that nobody foresaw. */
  @Singleton
  static final class OfServer implements ErrorResponseProcessor<byte[]> {
    @Override
    public MutableHttpResponse<byte[]> processResponse(
        ErrorContext context, MutableHttpResponse<?> response) {
      HttpRequest<?> request = context.getRequest();
      Problem problem =
          context.getRequest() instanceof NettyHttpRequest<?> netty
                  && netty.getNativeRequest().decoderResult().cause() instanceof ProblemException e
              ? e.problem()
              : refused(request, response.status());
      if (problem.status().getCode() >= 500) {
        context
            .getRootCause()
            .ifPresent(cause -> LOG.error("request {}", Problem.requestId(request), cause));
      }
      return problem.fill(response, request);
    }
  }

  private static Problem store(HttpRequest<?> request, LogUnavailable thrown) {
    LOG.warn("request {}: the store does not do it", Problem.requestId(request), thrown);
    return switch (thrown.trouble()) {
      case AWAY -> Problem.unavailable("store-unavailable", "the store does not answer");
      case FULL -> Problem.unavailable("store-unavailable", "the store has no room");
      case REFUSED ->
          Problem.storeRefused(
              new Refusal.StoreRefused(String.valueOf(thrown.getMessage())).reason());
    };
  }

  private static Problem log(HttpRequest<?> request, BrokenHistory thrown) {
    LOG.warn("request {}: {}", Problem.requestId(request), thrown.getMessage());
    return Problem.logDamaged(thrown.space(), thrown.version(), thrown.what());
  }

  private static Problem checkpoint(HttpRequest<?> request, BrokenCheckpoint thrown) {
    LOG.warn("request {}: {}", Problem.requestId(request), thrown.getMessage());
    return Problem.checkpointDamaged(String.valueOf(thrown.getMessage()));
  }

  private static Problem spaces(TooManySpaces thrown) {
    return Problem.of(
        HttpStatus.CONFLICT,
        "too-many-spaces",
        String.valueOf(thrown.getMessage()),
        "use a space that is there (GET /v1/spaces), or start the members with a greater"
            + " MNEMOGRID_MAX_SPACES");
  }

  private static Problem anchor(HttpRequest<?> request, AnchorUnavailable thrown) {
    LOG.warn("request {}: the anchor does not answer", Problem.requestId(request), thrown);
    return Problem.unavailable("anchor-unavailable", "the chain does not answer");
  }

  /**
   * The problem of what ended a part of a request, whose answer has others too. What nobody foresaw
   * is logged and becomes the problem of a 500.
   */
  public static Problem of(HttpRequest<?> request, RuntimeException thrown) {
    return switch (thrown) {
      case ProblemException known -> known.problem();
      case LogUnavailable unavailable -> store(request, unavailable);
      case BrokenHistory broken -> log(request, broken);
      case BrokenCheckpoint broken -> checkpoint(request, broken);
      case TooManySpaces many -> spaces(many);
      case AnchorUnavailable unavailable -> anchor(request, unavailable);
      default -> {
        LOG.error("request {}", Problem.requestId(request), thrown);
        yield refused(request, HttpStatus.INTERNAL_SERVER_ERROR);
      }
    };
  }

  /** A body beyond the bound. */
  public static Problem tooLarge() {
    return Problem.of(
        HttpStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        "a body has at most 4 MiB",
        "send several smaller deltas, each on the version that the one before answered");
  }

  /** What the HTTP server says with a status alone. */
  public static Problem refused(HttpRequest<?> request, HttpStatus status) {
    String call = request.getMethodName() + " " + request.getPath();
    return switch (status) {
      case BAD_REQUEST -> Problem.badRequest("the request cannot be read", Problem.OVERVIEW);
      case NOT_FOUND -> Problem.notFound("not-found", "nothing is at " + call, Problem.OVERVIEW);
      case METHOD_NOT_ALLOWED ->
          Problem.of(
              status,
              "method-not-allowed",
              "there is no " + call,
              "the header Allow lists the methods of this address");
      case NOT_ACCEPTABLE ->
          Problem.of(
              status,
              "not-acceptable",
              call + " has no form that the header Accept takes",
              "send Accept: application/json");
      case REQUEST_ENTITY_TOO_LARGE -> tooLarge();
      case UNSUPPORTED_MEDIA_TYPE ->
          Problem.of(
              status,
              "unsupported-media-type",
              call + " does not read that Content-Type",
              "send Content-Type: "
                  + (PatchTypes.isPatch(request) ? PatchTypes.ALL : "application/json"));
      case INTERNAL_SERVER_ERROR ->
          Problem.of(
              status,
              "internal",
              "the server failed; its log says why under this request_id",
              "for a commit: send the same request again, its update_id keeps it from being"
                  + " applied twice");
      default ->
          Problem.of(status, "http-" + status.getCode(), status.getReason(), Problem.OVERVIEW);
    };
  }
}
