package io.mnemogrid.api;

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
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Checkpoints and what they point to. */
@Controller("/v1")
@ExecuteOn(TaskExecutors.BLOCKING)
final class CheckpointsController {
  /**
   * This many checkpoints are read at once: one of a grid of 10,000 spaces takes some megabytes.
   */
  private static final int READ_AT_ONCE = 8;

  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  private final Checkpoints checkpoints;
  private final Answering answering;

  CheckpointsController(Mnemogrid grid, Answering answering) {
    this.checkpoints = grid.checkpoints();
    this.answering = answering;
  }

  /** Newest first; {@code cursor} is the {@code next} of the page before. */
  @Get("/checkpoints")
  HttpResponse<byte[]> list(
      @QueryValue @Nullable String cursor, @QueryValue @Nullable String limit) {
    int most = Params.limit(limit);
    long before = Params.number("cursor", cursor, Long.MAX_VALUE);
    List<String> items = new ArrayList<>();
    long bytes = 0;
    while (true) {
      List<StoredCheckpoint> some = checkpoints.list(before, READ_AT_ONCE);
      for (StoredCheckpoint stored : some) {
        String item = toJson(stored).canonical();
        bytes += item.length();
        if (items.size() == most || bytes > LogReader.PAGE_BYTES && !items.isEmpty()) {
          return Answers.ok(Answers.list(items, Long.toString(before)));
        }
        items.add(item);
        before = stored.number();
      }
      if (some.isEmpty()) { // a page that is short may have left one out
        return Answers.ok(Answers.list(items, "null"));
      }
    }
  }

  /** The newest checkpoint. */
  @Get("/checkpoints/latest")
  HttpResponse<byte[]> latest() {
    return Answers.ok(
        toJson(checkpoints.latest().orElseThrow(() -> unknown("there is no checkpoint yet")))
            .canonicalBytes());
  }

  /** The spaces that are held up, and the rule that each of them breaks. */
  @Get("/checkpoints/held")
  HttpResponse<byte[]> held() {
    List<String> items =
        checkpoints.held().stream()
            .map(held ->
                Json.object(
                        Map.of(
                            "space", Json.of(held.space().text()),
                            "version", Json.of(held.version()),
                            "rule", Json.of(held.rule().text()),
                            "detail", Json.of(held.detail())))
                    .canonical())
            .toList();
    return Answers.ok(Answers.list(items, "null"));
  }

  /** The checkpoint of that number. */
  @Get("/checkpoints/{number}")
  HttpResponse<byte[]> find(String number) {
    long wanted = Params.number("number", number, 0);
    return Answers.ok(
        toJson(
                checkpoints
                    .find(wanted)
                    .orElseThrow(() -> unknown("there is no checkpoint " + wanted)))
            .canonicalBytes());
  }

  private static ProblemException unknown(String detail) {
    return new ProblemException(
        Problem.notFound(
            "unknown-checkpoint", detail, "GET /v1/checkpoints lists them; POST it asks for one"));
  }

  /** Asks for a checkpoint of all that is ready; none is made when nothing is new. */
  @Post("/checkpoints")
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

  /** A header, manifest or snapshot. Its address is its hash, so it never changes. */
  @Get("/blobs/{cid}")
  @Produces(MediaType.ALL)
  HttpResponse<byte[]> blob(HttpRequest<?> request, String cid) {
    ContentAddress address = Params.read("cid", cid, ContentAddress::parse);
    byte[] bytes;
    try (Answering.Making making = answering.replay(request)) { // it may be of an old document
      bytes = making.made(blob(address));
    }
    // A header begins with 0x02, manifest and snapshots are objects.
    MediaType type =
        bytes.length > 0 && bytes[0] == '{'
            ? MediaType.APPLICATION_JSON_TYPE
            : MediaType.APPLICATION_OCTET_STREAM_TYPE;
    return Conditions.tagged(
        request, "\"" + address + "\"", FOR_EVER, HttpResponse.ok(bytes).contentType(type));
  }

  private byte[] blob(ContentAddress address) {
    return checkpoints
        .blob(address)
        .orElseThrow(() ->
            new ProblemException(
                Problem.notFound(
                    "unknown-blob",
                    "nothing here has that address",
                    "GET /v1/checkpoints names the addresses of what is here")));
  }

  private static Json.Obj toJson(StoredCheckpoint stored) {
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
    members.put("spaces", spaces(checkpoint.manifest()));
    return new Json.Obj(members);
  }

  private static Json.Obj spaces(Manifest manifest) {
    TreeMap<String, Json> heads = new TreeMap<>();
    for (Manifest.Entry entry : manifest.spaces()) {
      Head head = entry.head();
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
