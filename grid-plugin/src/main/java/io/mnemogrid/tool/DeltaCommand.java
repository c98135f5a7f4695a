package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command that sends a delta: what it changes, and which version its author has seen. */
abstract class DeltaCommand extends UseCommand {
  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Mixin private WriteOptions options = new WriteOptions();

  @Option(
      names = "--base",
      paramLabel = "V",
      description = "the version that was read (default the head): what others wrote since counts")
  private @Nullable Long base;

  @Option(
      names = "--strict",
      description = "refuse it when somebody has changed the same place since --base")
  private boolean strict;

  @Option(
      names = "--sign",
      paramLabel = "FILE",
      description = "sign it with this private key of the author (docs/authors.md)")
  private @Nullable Path key;

  @Option(
      names = "--grid",
      paramLabel = "ID",
      description = "with --sign: for this grid alone (default the one that the member names)")
  private @Nullable String grid;

  private Json.@Nullable Obj head; // once it was asked for

  /** The member {@code changes} of the delta. */
  abstract Json changes() throws IOException;

  @Override
  final Shown ask(ApiClient api) throws IOException, InterruptedException {
    String at = at(space);
    AuthorSigner signer = key == null ? null : AuthorsCommand.signer(key);
    Json changes = changes();
    Map<String, String> headers = options.headers(api, space);
    Map<String, Json> delta = new TreeMap<>();
    delta.put("author", Json.of(options.author()));
    delta.put("base", base(api, at));
    delta.put("changes", changes);
    if (strict) {
      delta.put("strict", Json.TRUE);
    }
    delta.put(
        "timestamp", Json.of(Timestamps.format(Instant.now().truncatedTo(ChronoUnit.MILLIS))));
    delta.put("type", Json.of("cli"));
    delta.put("update_id", Json.of(options.id()));
    Json.Obj answer;
    try {
      answer = settle(api, at, headers, delta, signer);
    } catch (CommandFailure e) {
      if (!options.isIdNamed() || !e.code().equals("update-id-reused")) {
        throw e;
      }
      likeTheFirst(api, at, delta, e);
      answer = settle(api, at, headers, delta, signer);
    }
    return WriteOptions.shown(space, answer);
  }

  private Json.Obj settle(
      ApiClient api,
      String at,
      Map<String, String> headers,
      Map<String, Json> delta,
      @Nullable AuthorSigner signer)
      throws InterruptedException {
    Json.Obj body = Json.object(delta);
    if (signer != null) {
      body = body.with(AuthorSignature.MEMBER, signature(api, at, signer, body).toJson());
    }
    return new Sending(api, space, options.id(), Sending.PATIENCE)
        .settle("POST", at + "/updates", headers, body);
  }

  /**
   * Gives a delta the time of the one that has its id already, and its base where none was named.
   * If that was the same command, it is the same request now, and is answered as the first time.
   */
  private void likeTheFirst(
      ApiClient api, String at, Map<String, Json> delta, CommandFailure otherwise) {
    List<Json.Obj> first =
        Records.objects(
            api.getJson(at + "/updates?update_id=" + ApiClient.encoded(options.id())), "items");
    if (first.isEmpty()) {
      throw otherwise;
    }
    for (String name :
        base == null && options.ifVersion() == null
            ? List.of("timestamp", "base")
            : List.of("timestamp")) {
      Json value = first.getFirst().get(name);
      if (value != null) {
        delta.put(name, value);
      }
    }
  }

  private Json base(ApiClient api, String at) {
    if (base != null) {
      return Json.of(base);
    }
    Long seen = options.ifVersion();
    if (seen != null) {
      return Json.of(seen);
    }
    Json version = head(api, at).get("version");
    return version == null ? Json.of(0) : version;
  }

  private AuthorSignature signature(ApiClient api, String at, AuthorSigner signer, Json.Obj body) {
    String id = grid == null ? plain(head(api, at), "grid") : grid;
    try {
      return signer.sign(new GridId(id), SpaceName.of(space), Hash.sha256(body.canonicalBytes()));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "it cannot be signed: " + e.getMessage(), e);
    }
  }

  /** The head of the space, as it was when it was asked for first. */
  private Json.Obj head(ApiClient api, String at) {
    Json.Obj known = head;
    if (known == null) {
      known = api.getJson(at);
      head = known;
    }
    return known;
  }

  /** A path that may not be the whole document by a variable that was not set. */
  static Json path(String path) {
    if (path.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "PATH is empty: was a variable not set?");
    }
    return Json.of(path);
  }
}
