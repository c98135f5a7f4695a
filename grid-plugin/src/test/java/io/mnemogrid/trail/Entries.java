package io.mnemogrid.trail;

import io.mnemogrid.state.Hash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Entries and batches that tests make. */
public final class Entries {
  public static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

  private Entries() {}

  /** A commit that somebody made. */
  public static TrailEntry act(String what, Instant time) {
    return new TrailEntry.Draft()
        .with(TrailEntry.ADDRESS, "203.0.113.7")
        .with(TrailEntry.AUTHOR, "bot-a")
        .with(TrailEntry.KEY, "abcdefgh")
        .with(TrailEntry.OUTCOME, "applied")
        .with(TrailEntry.ROUTE, "POST /v1/spaces/{space}/updates")
        .with(TrailEntry.STATUS, 201)
        .with(TrailEntry.UPDATE_ID, what)
        .at(time);
  }

  /** A refusal to somebody without a key. */
  public static TrailEntry refusal(Instant time) {
    return new TrailEntry.Draft()
        .with(TrailEntry.ADDRESS, "203.0.113.8")
        .with(TrailEntry.OUTCOME, "key-required")
        .with(TrailEntry.STATUS, 401)
        .at(time);
  }

  /** A refusal to a key for its rate. */
  public static TrailEntry overRate(String key, Instant time) {
    return new TrailEntry.Draft()
        .with(TrailEntry.ADDRESS, "203.0.113.8")
        .with(TrailEntry.KEY, key)
        .with(TrailEntry.OUTCOME, "rate")
        .with(TrailEntry.STATUS, 429)
        .at(time);
  }

  /** A batch of acts with these names. */
  public static TrailBatch batch(long seed, Instant time, String... whats) {
    List<TrailEntry> entries = new ArrayList<>();
    for (String what : whats) {
      entries.add(act(what, time));
    }
    return TrailBatch.of(entries.stream().map(TrailEntry::line).toList(), salt(seed));
  }

  static Hash salt(long seed) {
    byte[] salt = new byte[TrailBatch.SALT_BYTES];
    new Random(seed).nextBytes(salt);
    return Hash.of(salt);
  }
}
