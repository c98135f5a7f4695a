package io.mnemogrid.audit;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SlowRoot;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The audit of one space. It follows the records, checks that no version is missing and that each
 * record names the one before, and keeps the document as a plain map of leaves. At every head that
 * it publishes, it recomputes the state root from that map in the slow obvious way. It shares with
 * the committers only the records, not their trie and not their resolver. After a start it takes
 * the leaves of a version that it published before.
 *
 * <p>When something does not agree, it publishes that problem and stops, until it gets another
 * {@link Start}.
 */
public final class AuditState {
  /** The address of the document is computed again after this many versions. */
  static final int ADDRESS_EVERY = 1000;

  /** Takes the place of the address when a problem is found before the first address. */
  private static final ContentAddress NO_DOCUMENT =
      ContentAddress.of("{}".getBytes(StandardCharsets.UTF_8));

  private final HashMap<Pointer, Json> leaves = new HashMap<>();

  private @Nullable LogHead at;
  private Frontier frontier = Frontier.EMPTY;

  private long snapshotVersion;
  private String snapshotAddress = "";
  private long published;
  private boolean stopped;

  /** Follows a page. Returns a finding when one is to be published or something does not agree. */
  public List<Finding> follow(Page page) {
    Start start = page.start();
    if (start != null) {
      begin(start);
    }
    LogHead from = at;
    if (from == null || stopped) {
      return List.of();
    }
    LogHead here = from;
    for (Update update : page.updates()) {
      if (update.version() <= here.version()) {
        continue; // read again after a restart of the source
      }
      String problem = step(here, update);
      if (problem != null) {
        return List.of(stop(here, update, problem));
      }
      here =
          new LogHead(
              here.space(),
              update.version(),
              update.root(),
              update.leafHash(),
              update.fields().committed());
      frontier = frontier.plus(update.leafHash());
    }
    at = here;
    if (!page.publish() || here.version() <= published) {
      return List.of();
    }
    published = here.version();
    return List.of(publish(here));
  }

  private void begin(Start start) {
    Snapshot snapshot = Snapshot.parse(start.snapshot());
    leaves.clear();
    snapshot.state().forEachLeaf(Pointer.ROOT, leaf -> leaves.put(leaf.path(), leaf.value()));
    at = snapshot.head();
    frontier = snapshot.frontier();
    published = snapshot.version();
    snapshotVersion = start.snapshotVersion();
    snapshotAddress = start.snapshotAddress();
    stopped = false;
  }

  private @Nullable String step(LogHead here, Update update) {
    if (!update.space().equals(here.space())) {
      return "a record of space " + update.space() + " stands here";
    }
    if (update.version() != here.version() + 1) {
      return "version " + update.version() + " follows version " + here.version();
    }
    if (!update.previous().equals(here.leafHash())) {
      return "record " + update.version() + " names another record before it";
    }
    if (update.fields().committed().isBefore(here.committed())) {
      return "record " + update.version() + " was committed before the one before it";
    }
    return apply(update.fields().changes(), update.version());
  }

  private @Nullable String apply(Changes changes, long version) {
    List<String> wrong = new ArrayList<>();
    for (Changes.Deleted gone : changes.deleted()) {
      if (!gone.oldValue().equals(leaves.remove(gone.path()))) {
        wrong.add(gone.path().toString());
      }
    }
    for (Changes.Modified change : changes.modified()) {
      if (!change.oldValue().equals(leaves.put(change.path(), change.newValue()))) {
        wrong.add(change.path().toString());
      }
    }
    for (Changes.Added add : changes.added()) {
      if (leaves.put(add.path(), add.value()) != null) {
        wrong.add(add.path().toString());
      }
    }
    return wrong.isEmpty()
        ? null
        : "record " + version + " changes " + wrong.getFirst() + " from what does not stand there";
  }

  private Finding publish(LogHead here) {
    Json.Obj document = document(leaves);
    Hash root = SlowRoot.of(document);
    String problem =
        root.equals(here.root())
            ? null
            : "version %d: the document has root %s, its record says %s"
                .formatted(here.version(), root, here.root());
    stopped = problem != null;
    if (!stopped && (snapshotVersion == 0 || here.version() - snapshotVersion >= ADDRESS_EVERY)) {
      snapshotVersion = here.version();
      snapshotAddress = ContentAddress.of(document.canonicalBytes()).toString();
    }
    Head head = new Head(here.space(), here.version(), root, frontier.root());
    return finding(head, here.leafHash(), here.committed(), problem);
  }

  private Finding stop(LogHead here, Update update, String problem) {
    stopped = true;
    at = here;
    return finding(
        new Head(here.space(), update.version(), update.root(), frontier.root()),
        update.leafHash(),
        update.fields().committed(),
        problem);
  }

  private Finding finding(Head head, Hash leafHash, Instant committed, @Nullable String problem) {
    return snapshotVersion == 0
        ? new Finding(head, leafHash, committed, 1, NO_DOCUMENT.toString(), problem)
        : new Finding(head, leafHash, committed, snapshotVersion, snapshotAddress, problem);
  }

  /** The document that has these leaves, assembled member by member. */
  static Json.Obj document(Map<Pointer, Json> leaves) {
    Map<String, Object> tree = new TreeMap<>();
    leaves.forEach((path, value) -> put(tree, path.segments(), value));
    return (Json.Obj) toJson(tree);
  }

  @SuppressWarnings("unchecked") // only this method and toJson see the tree
  private static void put(Map<String, Object> tree, List<String> segments, Json value) {
    Map<String, Object> at = tree;
    for (String segment : segments.subList(0, segments.size() - 1)) {
      at = (Map<String, Object>) at.computeIfAbsent(segment, _ -> new TreeMap<String, Object>());
    }
    at.put(segments.getLast(), value);
  }

  private static Json toJson(Object node) {
    if (node instanceof Json leaf) {
      return leaf;
    }
    Map<String, Json> members = new TreeMap<>();
    ((Map<?, ?>) node).forEach((name, child) -> members.put((String) name, toJson(child)));
    return new Json.Obj(members);
  }
}
