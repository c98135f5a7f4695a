package io.mnemogrid.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends calls to members until one answers. A call goes to the member that answered last; where it
 * does not answer, to the next one. Thread-safe.
 */
final class Transport {
  /** Greatest size of an answer. */
  static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final int MAX_DOUBLINGS = 10;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private static final int ACCEPTED = 202;
  private static final int TIMED_OUT = 408;
  private static final int TOO_MANY = 429;
  private static final int SERVER_ERRORS = 500;

  /** Failures of a server that another sending does not mend: what it cannot do, and quotas. */
  private static final Set<Integer> FINAL_SERVER_ERRORS = Set.of(501, 505, 507);

  /** Damage does not mend itself. */
  private static final Set<String> FINAL_CODES =
      Set.of("log-damaged", "checkpoint-damaged", "trail-altered");

  /** 503s by which nothing of this sending was committed. */
  private static final Set<String> NOT_APPLIED =
      Set.of(
          "not-applied",
          "busy",
          "keys-unheard",
          "too-many-connections",
          "too-much-unfinished",
          "too-many-unfinished");

  /** Refusals that the same bytes meet for ever, or as long as the head does not go back. */
  private static final Set<Integer> LASTING = Set.of(400, 412, 413, 414, 415, 422, 431);

  private static final Set<String> LASTING_CODES =
      Set.of("strict-conflict", "other-history", "update-id-reused");

  /** Times that the log is asked for an update which was refused after it may have been taken. */
  private static final int LOOKS = 3;

  private final List<URI> members;
  private final Optional<String> authorization;
  private final Duration timeout;
  private final Duration deadline;
  private final HttpClient http;
  private final AtomicInteger current = new AtomicInteger();

  Transport(
      List<URI> members,
      Optional<String> authorization,
      Duration timeout,
      Duration deadline,
      HttpClient.Builder http) {
    this.members = members;
    this.authorization = authorization;
    this.timeout = timeout;
    this.deadline = deadline;
    this.http =
        http.version(HttpClient.Version.HTTP_1_1) // a cleartext upgrade is of no use here
            .followRedirects(HttpClient.Redirect.NEVER) // a key goes where it was meant to
            .connectTimeout(timeout.compareTo(CONNECT_TIMEOUT) < 0 ? timeout : CONNECT_TIMEOUT)
            .build();
  }

  @Override
  public String toString() {
    return members.toString();
  }

  Duration deadline() {
    return deadline;
  }

  /** The member to ask now. */
  int member() {
    return Math.floorMod(current.get(), members.size());
  }

  int members() {
    return members.size();
  }

  /** Goes on to the next member, unless another thread did already. */
  void leave(int member) {
    int at = current.get();
    if (Math.floorMod(at, members.size()) == member) {
      current.compareAndSet(at, at + 1);
    }
  }

  HttpRequest request(Call call, int member) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(members.get(member) + call.target()));
    call.headers().forEach(request::header);
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request
        .method(
            call.method(),
            call.body().length == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(call.body()))
        .build();
  }

  /** Sends once, and waits for all that the handler takes. */
  <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) throws IOException {
    CompletableFuture<HttpResponse<T>> sent = http.sendAsync(request, handler);
    try {
      return sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      sent.cancel(true);
      throw new IOException("no answer in " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new Interrupted(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException(e.getCause());
    }
  }

  /** The thread was interrupted while it waited. */
  static final class Interrupted extends MnemogridException {
    private static final long serialVersionUID = 1;

    Interrupted(Throwable cause) {
      super("interrupted", cause);
    }
  }

  private Answer send(Call call, int member) throws IOException {
    HttpResponse<byte[]> response =
        send(request(call, member), info -> new BoundedBody(MAX_ANSWER_BYTES));
    return new Answer(response.statusCode(), response.headers(), response.body());
  }

  /**
   * Sends a call that may be sent any number of times, until it is answered for good.
   *
   * @throws ProblemException when it is refused
   * @throws UnreachableException when no member answers until the deadline
   */
  Answer read(Call call) {
    Attempts attempts = new Attempts();
    while (true) {
      int member = member();
      MnemogridException failure;
      Optional<Duration> asked = Optional.empty();
      try {
        Answer answer = send(call, member);
        if (!answer.isError()) {
          return answer;
        }
        ProblemException problem = answer.problem();
        if (!isPassing(answer)) {
          throw problem;
        }
        failure = problem;
        asked = answer.retryAfter();
        if (answer.status() != TOO_MANY) {
          leave(member);
        }
      } catch (BoundedBody.TooLarge e) {
        throw new BadAnswerException(e.getMessage(), e);
      } catch (IOException e) {
        failure = unreachable(member, e);
        leave(member);
      }
      if (!attempts.mayGoOn(asked, failure instanceof UnreachableException)) {
        throw failure;
      }
    }
  }

  /** Whether an error may be another answer when it is sent again. */
  private static boolean isPassing(Answer answer) {
    int status = answer.status();
    return status == TIMED_OUT
        || status == TOO_MANY
        || (status >= SERVER_ERRORS
            && !FINAL_SERVER_ERRORS.contains(status)
            && !FINAL_CODES.contains(answer.code()));
  }

  /**
   * Sends a call that commits, under one id until its outcome is known.
   *
   * @throws ProblemException when it is refused, or not committed until the deadline
   * @throws OutcomeUnknownException when the deadline passes, and it may be in the log
   * @throws UnreachableException when no member answers until the deadline, and none has it
   */
  Answer commit(Call call, String space, String updateId) {
    Attempts attempts = new Attempts();
    boolean isOpen = false; // whether a sending before may have reached the log, or may still
    boolean isLookedUp = false;
    while (true) {
      int member = member();
      MnemogridException failure;
      Optional<Duration> asked = Optional.empty();
      try {
        Answer answer = send(call, member);
        asked = answer.retryAfter();
        if (answer.status() == ACCEPTED) {
          isOpen = true;
          failure = new MnemogridException("the member does not know the outcome yet", null);
        } else if (!answer.isError()) {
          return answer;
        } else {
          ProblemException problem = answer.problem();
          failure = problem;
          if (!isPassing(answer)) {
            if (isOpen && !isLookedUp && isThere(space, updateId, problem)) {
              isLookedUp = true;
              continue; // sent again, it gets its first answer
            }
            if (isOpen && !isLasting(problem)) {
              throw new OutcomeUnknownException(updateId, problem.getMessage(), problem);
            }
            throw problem;
          }
          isOpen |= mayBeApplied(answer);
          if (answer.status() != TOO_MANY) {
            leave(member);
          }
        }
      } catch (BoundedBody.TooLarge e) {
        throw new OutcomeUnknownException(updateId, e.getMessage(), e);
      } catch (Interrupted e) {
        throw new OutcomeUnknownException(updateId, "the thread was interrupted", e);
      } catch (IOException e) {
        isOpen |= mayHaveArrived(e);
        failure = unreachable(member, e);
        leave(member);
      }
      boolean goesOn;
      try {
        goesOn = attempts.mayGoOn(asked, failure instanceof UnreachableException);
      } catch (Interrupted e) {
        goesOn = false;
        failure = e;
      }
      if (!goesOn) {
        throw isOpen
            ? new OutcomeUnknownException(updateId, failure.getMessage(), failure)
            : failure;
      }
    }
  }

  private static boolean mayBeApplied(Answer answer) {
    return answer.status() >= SERVER_ERRORS && !NOT_APPLIED.contains(answer.code());
  }

  private static boolean isLasting(ProblemException problem) {
    return LASTING.contains(problem.status()) || LASTING_CODES.contains(problem.code());
  }

  /** Whether a request that failed in this way may have reached a member. */
  private static boolean mayHaveArrived(IOException failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof ConnectException
          || at instanceof HttpConnectTimeoutException
          || at instanceof UnresolvedAddressException) {
        return false;
      }
    }
    return true;
  }

  /** Whether the log has an update that was refused after it may have been taken. */
  private boolean isThere(String space, String updateId, ProblemException refusal) {
    for (int look = 0; look < LOOKS; look++) {
      try {
        Answer answer =
            read(Call.get("/v1/spaces/" + space + "/updates").with("update_id", updateId));
        if (!answer.shape().member("items").items().isEmpty()) {
          return true;
        }
        sleep(pause(look));
      } catch (MnemogridException e) {
        e.addSuppressed(refusal);
        throw new OutcomeUnknownException(updateId, e.getMessage(), e);
      }
    }
    return false;
  }

  private UnreachableException unreachable(int member, IOException cause) {
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new UnreachableException(members.get(member) + " does not answer: " + why, cause);
  }

  /** A pause that doubles, of which the half is up to chance so that many clients spread out. */
  static Duration pause(int failures) {
    long full =
        Math.min(
            FIRST_PAUSE.toMillis() << Math.min(failures, MAX_DOUBLINGS), LONGEST_PAUSE.toMillis());
    return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }

  static void sleep(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Interrupted(e);
    }
  }

  /** The attempts of one call. */
  private final class Attempts {
    private final long end = System.nanoTime() + deadline.toNanos();
    private int failures;

    /** Waits as long as is due, and not less than is asked; false where the deadline is before. */
    boolean mayGoOn(Optional<Duration> asked, boolean isLost) {
      // The first way around goes from members that do not answer to the next without a pause.
      boolean isFirstWay = ++failures < members.size() && isLost;
      Duration own = isFirstWay ? Duration.ZERO : pause(Math.max(0, failures - members.size()));
      Duration wait = asked.filter(least -> least.compareTo(own) > 0).orElse(own);
      if (System.nanoTime() + wait.toNanos() >= end) {
        return false;
      }
      sleep(wait);
      return true;
    }
  }
}
