package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.List;

/** Deltas for tests, built like requests. */
public final class Deltas {
  /** When tests begin. */
  public static final Instant START = Instant.parse("2026-02-05T19:00:00Z");

  private Deltas() {}

  /** Sets a path to a value, as its only change. */
  public static Delta set(String id, long base, String path, Json value) {
    return Delta.parse(request(id, base, START, path, value));
  }

  /** As {@link #set}, refused when the path was changed after the base. */
  public static Delta strict(String id, long base, String path, Json value) {
    return Delta.parse(
        request(id, base, START, path, value)
            .with("strict", Json.TRUE)
            .with("reads", Json.ofStrings(List.of(path))));
  }

  /** The request behind {@link #set}, at an author's time. */
  public static Json.Obj request(String id, long base, Instant time, String path, Json value) {
    Json.Obj change = Json.EMPTY_OBJECT.with("key", Json.of(path)).with("value", value);
    return Json.EMPTY_OBJECT
        .with("update_id", Json.of(id))
        .with("base", Json.of(base))
        .with("author", Json.of("bot-a"))
        .with("timestamp", Json.of(Timestamps.format(time)))
        .with("type", Json.of("test"))
        .with("changes", Json.EMPTY_OBJECT.with("added", new Json.Arr(List.of(change))));
  }
}
