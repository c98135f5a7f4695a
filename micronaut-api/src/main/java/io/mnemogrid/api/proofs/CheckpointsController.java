package io.mnemogrid.api.proofs;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Checkpoints;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checkpoints and what they point to. */
@Controller("/v1")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class CheckpointsController {
  /**
   * This many checkpoints are read at once: one of a grid of 10,000 spaces takes some megabytes.
   */
  private static final int READ_AT_ONCE = 8;

  private static final String FOR_EVER = "private, max-age=31536000, immutable";

  private final Checkpoints checkpoints;
  private final Answering answering;

  CheckpointsController(Mnemogrid grid, Answering answering) {
    this.checkpoints = grid.checkpoints();
    this.answering = answering;
  }

  /** Newest first; {@code cursor} is the {@code next} of the page before. */
  @Get("/checkpoints")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> list(
      HttpRequest<?> request,
      @QueryValue @Nullable String cursor,
      @QueryValue @Nullable String limit) {
    Grant grant = Access.of(request);
    int most = Params.limit(limit);
    long before = Params.number("cursor", cursor, Long.MAX_VALUE);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> page(grant, before, most)));
    }
  }

  private byte[] page(Grant grant, long first, int most) {
    long before = first;
    List<String> items = new ArrayList<>();
    long bytes = 0;
    while (true) {
      List<StoredCheckpoint> some = checkpoints.list(before, READ_AT_ONCE);
      for (StoredCheckpoint stored : some) {
        String item = toJson(stored, grant).canonical();
        bytes += item.length();
        if (items.size() == most || bytes > LogReader.PAGE_BYTES && !items.isEmpty()) {
          return Answers.list(items, Long.toString(before));
        }
        items.add(item);
        before = stored.number();
      }
      if (some.isEmpty()) { // a page that is short may have left one out
        return Answers.list(items, "null");
      }
    }
  }

  /** The newest checkpoint. */
  @Get("/checkpoints/latest")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> latest(HttpRequest<?> request) {
    return one(
        request,
        () -> checkpoints.latest().orElseThrow(() -> unknown("there is no checkpoint yet")));
  }

  /** A checkpoint of a grid of 10,000 spaces takes some megabytes. */
  private HttpResponse<byte[]> one(HttpRequest<?> request, Supplier<StoredCheckpoint> found) {
    Grant grant = Access.of(request);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> toJson(found.get(), grant).canonicalBytes()));
    }
  }

  /** The spaces that are held up, and the rule that each of them breaks. */
  @Get("/checkpoints/held")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> held(HttpRequest<?> request) {
    Grant grant = Access.of(request);
    try (Answering.Making making = answering.page(request)) {
      return Answers.ok(making.make(() -> held(grant)));
    }
  }

  private byte[] held(Grant grant) {
    List<String> items =
        checkpoints.held().stream()
            .filter(held -> grant.has(held.space()))
            .map(held ->
                Json.object(
                        Map.of(
                            "space", Json.of(held.space().text()),
                            "version", Json.of(held.version()),
                            "rule", Json.of(held.rule().text()),
                            "detail", Json.of(held.detail())))
                    .canonical())
            .toList();
    return Answers.list(items, "null");
  }

  /** The checkpoint of that number. */
  @Get("/checkpoints/{number}")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> find(HttpRequest<?> request, String number) {
    long wanted = Params.number("number", number, 0);
    return one(
        request,
        () ->
            checkpoints
                .find(wanted)
                .orElseThrow(() -> unknown("there is no checkpoint " + wanted)));
  }

  private static ProblemException unknown(String detail) {
    return new ProblemException(
        Problem.notFound(
            "unknown-checkpoint", detail, "GET /v1/checkpoints lists them; POST it asks for one"));
  }

  /** Asks for a checkpoint of all that is ready; none is made when nothing is new. */
  @Post("/checkpoints")
  @Needs(Right.OPERATE)
  HttpResponse<byte[]> request() {
    long newest = checkpoints.latest().map(StoredCheckpoint::number).orElse(0L);
    checkpoints.request();
    return Answers.json(
            HttpResponse.accepted(),
            new ObjectText()
                .member("latest", newest)
                .member("status", Json.of("requested"))
                .toBytes())
        .header("Location", "/v1/checkpoints/latest");
  }

  /**
   * A header, manifest or document. Its address is its hash, so it never changes.
   *
   * <p>Headers are for all who may have proofs. A document is for who may read one of the spaces
   * that have it, and is rebuilt from that one. For others it is not even looked at: its address
   * may be guessed, and its space may be damaged. Whether it is nowhere or in spaces that are not
   * granted, the same is looked for, which takes as long. A manifest names all spaces, so it is for
   * those alone who are granted all of them; others have a proof of their space's place in the
   * forest.
   */
  @Get("/blobs/{cid}")
  @Produces(MediaType.ALL)
  @Needs(Right.PROVE)
  HttpResponse<byte[]> blob(HttpRequest<?> request, String cid) {
    ContentAddress address = Params.read("cid", cid, ContentAddress::parse);
    Grant grant = Access.of(request);
    Optional<SpaceName> space =
        grant.has(Right.READ) ? checkpoints.documentSpace(address, grant) : Optional.empty();
    byte[] bytes;
    try (Answering.Making making =
        space.isPresent() ? answering.replay(request) : answering.page(request)) {
      bytes =
          making.make(() ->
              space
                  .flatMap(of -> checkpoints.document(address, of))
                  .or(() -> checkpoints.blob(address))
                  .orElseThrow(CheckpointsController::unknownBlob));
    }
    if (space.isEmpty() && !isHeader(bytes) && !(grant.hasAllSpaces() && isManifest(bytes))) {
      throw unknownBlob();
    }
    MediaType type =
        isHeader(bytes) ? MediaType.APPLICATION_OCTET_STREAM_TYPE : MediaType.APPLICATION_JSON_TYPE;
    return Conditions.tagged(
        request, "\"" + address + "\"", FOR_EVER, HttpResponse.ok(bytes).contentType(type));
  }

  /** A header begins with 0x02, manifest and snapshots are objects. */
  private static boolean isHeader(byte[] bytes) {
    return bytes.length > 0 && bytes[0] != '{';
  }

  /** The store of an older member has documents among its blobs. */
  private static boolean isManifest(byte[] bytes) {
    try {
      Manifest.parse(new String(bytes, StandardCharsets.UTF_8));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static ProblemException unknownBlob() {
    return new ProblemException(
        Problem.notFound(
            "unknown-blob",
            "nothing here has that address",
            "GET /v1/checkpoints names the addresses of what is here"));
  }

  private static Json.Obj toJson(StoredCheckpoint stored, Grant grant) {
    Checkpoint checkpoint = stored.checkpoint();
    SignedTransaction transaction = stored.transaction();
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("number", Json.of(checkpoint.number()));
    members.put("hash", Json.of(checkpoint.hash().toString()));
    members.put("previous", Json.of(checkpoint.header().previous().toString()));
    members.put("header", Json.of("0x" + HexFormat.of().formatHex(checkpoint.header().toBytes())));
    members.put("pointer", Json.of(checkpoint.pointer().toString()));
    members.put("author", Json.of(checkpoint.manifest().author().text()));
    members.put("time", Json.of(Timestamps.format(checkpoint.manifest().time())));
    members.put("status", Json.of(stored.status().text()));
    members.put("transaction", transaction == null ? Json.NULL : Json.of(transaction.hash()));
    members.put("spaces", spaces(checkpoint.manifest(), grant));
    return new Json.Obj(members);
  }

  private static Json.Obj spaces(Manifest manifest, Grant grant) {
    TreeMap<String, Json> heads = new TreeMap<>();
    for (Manifest.Entry entry : manifest.spaces()) {
      Head head = entry.head();
      if (!grant.has(head.space())) {
        continue; // its name is told to nobody else
      }
      heads.put(
          head.space().text(),
          Json.object(
              Map.of(
                  "version", Json.of(head.version()),
                  "state_root", Json.of(head.stateRoot().toString()),
                  "log_root", Json.of(head.logRoot().toString()))));
    }
    return new Json.Obj(heads);
  }
}
