package io.mnemogrid.policy;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A key as the grid knows it: all but its secret. A key that was revoked stays in the list, so that
 * nobody is surprised by a second key with its id, and so that a grid that once had keys never
 * opens itself again.
 *
 * @param id {@value KeyText#ID_LENGTH} characters
 * @param name for people, 1 to {@value #MAX_NAME} characters
 * @param secret SHA-256 of the newest text
 * @param previous SHA-256 of the text before it, which a rotation leaves valid for a time
 * @param previousUntil when that one ends
 * @param expires when the key ends by itself; null for never
 * @param revoked when it was ended; null while it was not
 * @param lastUsed the day it was last used, in UTC; null before the first use
 */
public record ApiKey(
    String id,
    String name,
    Grant grant,
    Hash secret,
    @Nullable Hash previous,
    @Nullable Instant previousUntil,
    Instant created,
    @Nullable Instant expires,
    @Nullable Instant revoked,
    @Nullable LocalDate lastUsed)
    implements Serializable {
  /** Most characters of a name. */
  public static final int MAX_NAME = 100;

  /** Most keys of a grid, revoked ones included. */
  public static final int MAX_KEYS = 10_000;

  /** The longest time for which a rotation may leave the old secret valid. */
  public static final Duration LONGEST_GRACE = Duration.ofDays(30);

  /** A key that was made, with the text that is told this once. */
  public record Issued(ApiKey key, KeyText text) {
    /** As the API tells of it, this once: with its text as {@code key}. */
    public Json.Obj toJson() {
      return key.toJson().with("key", Json.of(text.whole()));
    }
  }

  /**
   * @throws IllegalArgumentException when the name is blank, too long, or has control characters
   */
  public ApiKey {
    if (name.isBlank()
        || name.length() > MAX_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "the name of a key has 1 to " + MAX_NAME + " characters and no control characters");
    }
    previousUntil = inMillis(previousUntil);
    created = created.truncatedTo(ChronoUnit.MILLIS);
    expires = inMillis(expires);
    revoked = inMillis(revoked);
  }

  /** Stores keep milliseconds. */
  private static @Nullable Instant inMillis(@Nullable Instant time) {
    return time == null ? null : time.truncatedTo(ChronoUnit.MILLIS);
  }

  /**
   * A new key.
   *
   * @throws IllegalArgumentException when it would end before it begins
   */
  public static Issued issue(
      String name, Grant grant, @Nullable Instant expires, Instant now, Consumer<byte[]> random) {
    if (expires != null && !expires.isAfter(now)) {
      throw new IllegalArgumentException("a key expires in the future");
    }
    KeyText text = KeyText.make(random);
    return new Issued(
        new ApiKey(text.id(), name, grant, text.hash(), null, null, now, expires, null, null),
        text);
  }

  /**
   * The key with a new secret. The one that it had stays valid for {@code grace}; one before that
   * ends.
   *
   * @throws IllegalArgumentException when the grace is negative or too long, or the key has ended
   */
  public Issued rotate(Duration grace, Instant now, Consumer<byte[]> random) {
    if (grace.isNegative() || grace.compareTo(LONGEST_GRACE) > 0) {
      throw new IllegalArgumentException(
          "the old secret stays valid for 0 to " + LONGEST_GRACE.toDays() + " days");
    }
    if (!isValid(now)) {
      throw new IllegalArgumentException("the key " + id + " has ended: create another");
    }
    KeyText text = KeyText.of(id, random);
    return new Issued(
        new ApiKey(
            id,
            name,
            grant,
            text.hash(),
            grace.isZero() ? null : secret,
            grace.isZero() ? null : now.plus(grace),
            created,
            expires,
            null,
            lastUsed),
        text);
  }

  /** The key that ends now; one that has ended stays as it is. */
  public ApiKey revoke(Instant now) {
    return revoked != null
        ? this
        : new ApiKey(id, name, grant, secret, null, null, created, expires, now, lastUsed);
  }

  /** Whether it has neither expired nor been revoked. */
  public boolean isValid(Instant now) {
    return revoked == null && (expires == null || now.isBefore(expires));
  }

  /**
   * Whether a text with that hash is this key now. Both secrets are compared whole, so the time
   * tells nothing about where they differ.
   */
  boolean accepts(Hash presented, Instant now) {
    boolean isNewest = isEqual(secret, presented);
    boolean isPrevious = isEqual(previous == null ? Hash.ZERO : previous, presented);
    return isValid(now)
        && (isNewest || isPrevious && previousUntil != null && now.isBefore(previousUntil));
  }

  private static boolean isEqual(Hash one, Hash other) {
    long differing =
        one.a() ^ other.a() | one.b() ^ other.b() | one.c() ^ other.c() | one.d() ^ other.d();
    return differing == 0;
  }

  /** As the API tells of it: all but its secrets. */
  public Json.Obj toJson() {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("authors", texts(grant.authors()));
    members.put("created", Json.of(Timestamps.format(created)));
    members.put("expires", time(expires));
    members.put("id", Json.of(id));
    members.put("last_used", lastUsed == null ? Json.NULL : Json.of(lastUsed.toString()));
    members.put("name", Json.of(name));
    members.put("previous_until", time(previousUntil));
    members.put("revoked", time(revoked));
    members.put("role", Json.of(grant.role().text()));
    members.put("spaces", texts(grant.spaces()));
    return new Json.Obj(members);
  }

  private static Json texts(List<Glob> globs) {
    return Json.ofStrings(globs.stream().map(Glob::text).toList());
  }

  private static Json time(@Nullable Instant time) {
    return time == null ? Json.NULL : Json.of(Timestamps.format(time));
  }
}
