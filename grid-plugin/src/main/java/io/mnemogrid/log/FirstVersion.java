package io.mnemogrid.log;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Version 1 of a space that is created with a policy. */
public final class FirstVersion {
  /** The author of what the product itself writes. */
  public static final Author AUTHOR = new Author("mnemogrid");

  /** The type of such an update. */
  public static final String TYPE = "policy";

  /**
   * The id of the update by which the product writes a policy, once in a space. No author can send
   * it.
   */
  public static final UpdateId ID = new UpdateId("mnemogrid.part:policy");

  private FirstVersion() {}

  /**
   * Creates a space, with a policy as its version 1 or, for {@code {}}, without any. False when the
   * space was there already.
   *
   * @param policy canonical JSON that was judged before
   */
  public static boolean create(UpdateLog log, SpaceName space, String policy) {
    Json.Obj wanted = Json.parseObject(policy);
    return wanted.isEmpty()
        ? log.create(space, "{}")
        : log.create(space, ofPolicy(space, wanted, log.now()));
  }

  /** The record that sets the policy of a new space. */
  static Update ofPolicy(SpaceName space, Json.Obj policy, Instant committed) {
    Map<Pointer, Json> leaves = new TreeMap<>();
    State.forEachLeafOf(Reserved.POLICY, policy, leaves::put);
    List<Changes.Added> added = new ArrayList<>();
    leaves.forEach((path, value) -> added.add(new Changes.Added(path, value)));
    Changes changes = new Changes(added, List.of(), List.of());
    Json.Obj change =
        Json.object(Map.of("key", Json.of(Reserved.POLICY.toString()), "value", policy));
    Json.Obj request =
        Json.object(
            Map.of(
                "author", Json.of(AUTHOR.name()),
                "base", Json.of(0),
                "changes", Json.object(Map.of("added", new Json.Arr(List.of(change)))),
                "timestamp", Json.of(Timestamps.format(committed)),
                "type", Json.of(TYPE),
                "update_id", Json.of(ID.text())));
    return Update.of(
        new Update.Fields(
            space,
            1,
            ID,
            AUTHOR,
            TYPE,
            0,
            committed,
            committed,
            Hash.sha256(request.canonicalBytes()),
            Hash.ZERO,
            State.EMPTY.apply(changes, committed, AUTHOR, 1).root(),
            changes,
            List.of(),
            List.of()));
  }
}
