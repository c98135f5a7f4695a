package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a checkpoint says, as JSON (FORMATS §6): the heads that changed since the checkpoint before,
 * and for each the snapshot from which it can be completed.
 *
 * @param spaces sorted by name
 */
public record Manifest(long number, Address author, Hash previous, List<Entry> spaces, Instant time)
    implements Serializable {
  /** Every hundredth manifest lists all spaces; the others list those that changed. */
  public static final int FULL_EVERY = 100;

  /** A head and the snapshot it is completed from: {@code snapshotVersion <= head.version()}. */
  public record Entry(Head head, ContentAddress snapshot, long snapshotVersion)
      implements Serializable {
    public Entry {
      if (snapshotVersion < 1 || snapshotVersion > head.version()) {
        throw new IllegalArgumentException(
            "snapshot of version " + snapshotVersion + " for version " + head.version());
      }
    }
  }

  public Manifest {
    spaces = List.copyOf(spaces);
  }

  /** The canonical JSON. */
  public String toText() {
    Map<String, Json> entries = new TreeMap<>();
    for (Entry entry : spaces) {
      entries.put(
          entry.head.space().text(),
          Json.object(
              Map.of(
                  "log_root", Json.of(entry.head.logRoot().toString()),
                  "snapshot", Json.of(entry.snapshot.toString()),
                  "snapshot_version", Json.of(entry.snapshotVersion),
                  "state_root", Json.of(entry.head.stateRoot().toString()),
                  "version", Json.of(entry.head.version()))));
    }
    return Json.object(
            Map.of(
                "author", Json.of(author.text()),
                "number", Json.of(number),
                "previous", Json.of(previous.toString()),
                "spaces", new Json.Obj(entries),
                "time", Json.of(Timestamps.format(time))))
        .canonical();
  }

  /** SHA-256 of the canonical JSON. */
  public Hash digest() {
    return Hash.sha256(toText().getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a manifest; refuses a text that is not its own canonical form. */
  public static Manifest parse(String text) {
    Json.Obj object = Json.parseObject(text);
    if (!(object.get("spaces") instanceof Json.Obj spaces)) {
      throw new JsonException("/spaces", "is an object in a manifest");
    }
    List<Entry> entries = new ArrayList<>();
    spaces
        .members()
        .forEach((name, value) -> {
          if (!(value instanceof Json.Obj entry)) {
            throw new JsonException("/spaces/" + name, "is an object in a manifest");
          }
          entries.add(
              new Entry(
                  new Head(
                      new SpaceName(name),
                      number(entry, "version"),
                      Hash.parse(entry.text("state_root")),
                      Hash.parse(entry.text("log_root"))),
                  ContentAddress.parse(entry.text("snapshot")),
                  number(entry, "snapshot_version")));
        });
    Manifest manifest =
        new Manifest(
            number(object, "number"),
            new Address(object.text("author")),
            Hash.parse(object.text("previous")),
            entries,
            Timestamps.parse(object.text("time")));
    if (!manifest.toText().equals(text)) {
      throw new JsonException("", "a manifest is its own canonical form, without other members");
    }
    return manifest;
  }

  private static long number(Json.Obj object, String name) {
    if (object.get(name) instanceof Json.Num value) {
      return (long) value.value();
    }
    throw new JsonException("/" + name, "is a number in a manifest");
  }
}
