package io.mnemogrid.client;

import java.util.List;
import java.util.Optional;

/**
 * A change of the document as a whole, played on the head that it is appended to. It has its {@code
 * update_id} from the start, so the same patch may be committed any number of times and is applied
 * once. Not thread-safe.
 */
public final class Patch {
  private final String mediaType;
  private final Json body;
  private String updateId = Ids.next();
  private Optional<String> author = Optional.empty();
  private Optional<String> type = Optional.empty();
  private Optional<String> ifMatch = Optional.empty();

  private Patch(String mediaType, Json body) {
    this.mediaType = mediaType;
    this.body = body;
  }

  /** A merge patch (RFC 7396): sets the members that it has, and removes those that are null. */
  public static Patch merge(Object members) {
    return new Patch("application/merge-patch+json", Json.of(members));
  }

  /** A JSON Patch (RFC 6902): a list of steps, all or none. */
  public static Patch steps(List<?> steps) {
    return new Patch("application/json-patch+json", Json.of(steps));
  }

  /** Who writes, in place of the client's author. */
  public Patch author(String author) {
    Client.checkName("an author", author);
    this.author = Optional.of(author);
    return this;
  }

  /** The id, in place of the one that it has. */
  public Patch updateId(String updateId) {
    Client.checkName("an update_id", updateId);
    this.updateId = updateId;
    return this;
  }

  /** What the author calls it, {@code patch} when left out. */
  public Patch type(String type) {
    this.type = Optional.of(type);
    return this;
  }

  /** Only onto the head with this tag, else a {@link ProblemException} 412. */
  public Patch ifMatch(String etag) {
    this.ifMatch = Optional.of(etag);
    return this;
  }

  /** The id under which it is known. */
  public String updateId() {
    return updateId;
  }

  Call call(String path, Optional<String> clientsAuthor) {
    return Call.of("PATCH", path)
        .header("Mnemogrid-Author", author.or(() -> clientsAuthor))
        .header("Mnemogrid-Type", type)
        .header("Idempotency-Key", updateId)
        .header("If-Match", ifMatch.map(Space::quoted))
        .body(mediaType, body);
  }
}
