package io.mnemogrid.log;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.List;

/** Records that follow a head, for tests. */
final class Records {
  static final SpaceName SPACE = new SpaceName("daryl");
  static final Author AUTHOR = new Author("bot-a");
  static final Instant TIME = Instant.parse("2026-02-05T19:00:50Z");

  private Records() {}

  static Changes adding(String path, String value) {
    return new Changes(
        List.of(new Changes.Added(Pointer.parse(path), Json.parse(value))), List.of(), List.of());
  }

  static Changes deleting(String path, String old) {
    return new Changes(
        List.of(), List.of(new Changes.Deleted(Pointer.parse(path), Json.parse(old))), List.of());
  }

  /** The record that makes these changes to a head. */
  static Update following(Snapshot head, Changes changes) {
    State next = head.state().apply(changes, TIME, AUTHOR, head.version() + 1);
    return Update.of(fields(head, changes, next.root()));
  }

  static Update.Fields fields(Snapshot head, Changes changes, Hash root) {
    long version = head.version() + 1;
    return new Update.Fields(
        SPACE,
        version,
        new UpdateId("u" + version),
        AUTHOR,
        "user_interaction",
        head.version(),
        TIME,
        TIME.plusMillis(120),
        Hash.sha256("request " + version),
        head.head().leafHash(),
        root,
        changes,
        List.of(new Superseded(Pointer.parse("/lost"), null, new Author("bot-b"), 1)),
        List.of(new Overrode(Pointer.parse("/won"), Json.TRUE, new Author("bot-c"), 1)));
  }

  /** A space of three versions: leaves, an empty object, a tombstone. */
  static Snapshot history() {
    Snapshot head = Snapshot.ofNew(SPACE);
    for (Changes changes :
        List.of(
            adding("/a/b", "{}"),
            adding("/c", "[1,{\"x\":1152921504606846976}]"),
            deleting("/c", "[1,{\"x\":1152921504606846976}]"),
            adding("/n", "1e-7"))) {
      head = head.plus(following(head, changes));
    }
    return head;
  }
}
