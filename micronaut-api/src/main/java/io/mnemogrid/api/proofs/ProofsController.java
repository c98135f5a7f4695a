package io.mnemogrid.api.proofs;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Proofs;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.spaces.Spaces;
import io.mnemogrid.checkpoint.BrokenCheckpoint;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.SignedLog;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Bundles that an outsider checks without this server (docs/proofs.md). */
@Controller("/v1/spaces/{space}")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class ProofsController {
  /** A record of 7 MiB as a JSON string, which may be twice as long. */
  private static final long MOST_OF_A_PROOF_BYTES = 14 << 20;

  private final Spaces spaces;
  private final Proofs proofs;
  private final Answering answering;

  ProofsController(Spaces spaces, Mnemogrid grid, Answering answering) {
    this.spaces = spaces;
    this.proofs = grid.proofs();
    this.answering = answering;
  }

  /** A proof of what stands at a path, as of a version or time that a checkpoint covers. */
  @Get("/proofs/fact")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> fact(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String path,
      @QueryValue @Nullable String at,
      @QueryValue @Nullable String checkpoint) {
    Space found = spaces.find(space);
    Pointer place = Params.read("path", path == null ? "" : path, Pointer::parsePath);
    if (place.equals(Pointer.ROOT)) {
      throw new ProblemException(
          Problem.badParameter("path", "names a place below the root of the document"));
    }
    Instant time =
        at == null || Params.isVersion(at) ? null : Params.read("at", at, Timestamps::parse);
    long named = time != null ? 0 : version("at", at, found); // may wait, without a turn
    long number = checkpoint(checkpoint);
    try (Answering.Making making = answering.replay(request)) {
      return answer(
          making,
          found,
          () ->
              proofs.fact(
                  found.name(), place, time != null ? versionAt(found, time) : named, number));
    }
  }

  private static long versionAt(Space space, Instant time) {
    long version = space.at(time).version();
    if (version == 0) {
      throw new ProblemException(
          Problem.badParameter("at", "is the time of a version; nothing was committed by then"));
    }
    return version;
  }

  /** A version from 1 that stands in the log, 0 when none is named. */
  private static long version(String name, @Nullable String text, Space space) {
    long version = Params.number(name, text, 0);
    if (text != null && version == 0) {
      throw new ProblemException(Problem.badParameter(name, "is a version from 1"));
    }
    if (version > space.head().version() && space.at(version).isEmpty()) {
      throw new ProblemException(Problem.unknownVersion(space.name(), version));
    }
    return version;
  }

  private static long checkpoint(@Nullable String text) {
    long number = Params.number("checkpoint", text, 0);
    if (text != null && number == 0) {
      throw new ProblemException(unknownCheckpoint("checkpoints are numbered from 1"));
    }
    return number;
  }

  /** A proof that an update stands in the history. */
  @Get("/proofs/update")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> update(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String version,
      @QueryValue @Nullable String checkpoint) {
    Space found = spaces.find(space);
    long wanted = version("version", version, found);
    long number = checkpoint(checkpoint);
    try (Answering.Making making = answering.document(request, MOST_OF_A_PROOF_BYTES)) {
      return answer(making, found, () -> proofs.update(found.name(), wanted, number));
    }
  }

  /** A proof that the history at one version extends the history at an earlier one. */
  @Get("/proofs/consistency")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> consistency(
      HttpRequest<?> request,
      String space,
      @QueryValue @Nullable String from,
      @QueryValue @Nullable String to) {
    Space found = spaces.find(space);
    if (from == null) {
      throw new ProblemException(Problem.badParameter("from", "is a version from 1"));
    }
    long first = version("from", from, found);
    long last = version("to", to, found);
    if (last != 0 && first > last) {
      throw new ProblemException(Problem.badParameter("from", "is at most to"));
    }
    try (Answering.Making making = answering.page(request)) { // manifests, not records
      return answer(making, found, () -> proofs.consistency(found.name(), first, last));
    }
  }

  private static HttpResponse<byte[]> answer(
      Answering.Making making, Space space, Supplier<Answer> proof) {
    return Answers.json(HttpResponse.ok(), making.make(() -> bundle(space, proof.get())))
        .header("Cache-Control", "no-cache");
  }

  private static byte[] bundle(Space space, Answer answer) {
    return switch (answer) {
      case Answer.Made made -> made.bundle().getBytes(StandardCharsets.UTF_8);
      case Answer.Uncovered uncovered ->
          throw new ProblemException(notCheckpointed(space.name(), uncovered));
      case Answer.Unknown unknown -> throw new ProblemException(unknownCheckpoint(unknown.what()));
    };
  }

  private static Problem unknownCheckpoint(String what) {
    return Problem.notFound(
        "unknown-checkpoint",
        what,
        "GET /v1/checkpoints lists them; leave checkpoint out for the newest final one");
  }

  private static Problem notCheckpointed(SpaceName space, Answer.Uncovered uncovered) {
    String what =
        uncovered.version() == 0 ? "" + space : "version " + uncovered.version() + " of " + space;
    return Problem.of(
            HttpStatus.CONFLICT,
            "not-checkpointed",
            uncovered.covered() == 0
                ? "no final checkpoint has " + what + " yet"
                : what
                    + " is the head of no such checkpoint, which has version "
                    + uncovered.covered(),
            "POST /v1/checkpoints asks for one, GET /v1/spaces/"
                + space
                + "/finality?version= tells when it is final; then ask again")
        .with("covered", Json.of(uncovered.covered()));
  }

  /** The log as of the newest final checkpoint, for the tooling of transparency logs. */
  @Get("/log-checkpoint")
  @Produces(MediaType.TEXT_PLAIN)
  @Needs(Right.PROVE)
  HttpResponse<byte[]> logCheckpoint(String space) {
    SpaceName name = spaces.find(space).name();
    Optional<SignedLog> signed;
    try {
      signed = proofs.signedLog(name);
    } catch (BrokenHistory | BrokenCheckpoint e) {
      throw e;
    } catch (IllegalStateException e) { // as Proofs says: the members of this grid keep no key
      throw new ProblemException(
          Problem.notFound(
              "no-log-key",
              "the members of this grid keep no key that signs logs",
              "give every member the same key pair and name its folder with MNEMOGRID_LOG_KEY;"
                  + " GET …/proofs/update and …/proofs/consistency prove the same under a"
                  + " checkpoint"));
    }
    if (signed.isEmpty()) {
      throw new ProblemException(notCheckpointed(name, new Answer.Uncovered(0, 0)));
    }
    return HttpResponse.ok(signed.get().note().getBytes(StandardCharsets.UTF_8))
        .contentType("text/plain; charset=utf-8")
        .header("Cache-Control", "no-cache")
        .header("Mnemogrid-Log-Key", signed.get().verifierKey());
  }
}
