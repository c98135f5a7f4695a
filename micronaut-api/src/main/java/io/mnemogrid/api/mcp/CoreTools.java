package io.mnemogrid.api.mcp;

import io.mnemogrid.Finality;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.log.Blame;
import io.mnemogrid.log.HistoryPage;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The product's own tools, over paths of a document: {@code core}. */
final class CoreTools {
  private static final int MOST_PAGE = 200;
  private static final int USUAL_PAGE = 20;

  /** A value in a list is cut to so many characters of its JSON. */
  private static final int MOST_VALUE = 2000;

  /** So far the bytes of a member are counted; beyond that the number is any above it. */
  private static final long MOST_COUNTED = 64 << 10;

  private static final Pattern CONFLICTS_CURSOR = Pattern.compile("\\d{1,15}(\\.\\d{1,6})?");
  private static final int PAGE_OF_LOG = 500;

  /** So many pages of the log one call looks through for conflicts. */
  private static final int MOST_PAGES = 20;

  private static final Map<String, Tool.Handler> HANDLERS =
      Map.ofEntries(
          Map.entry("list_spaces", CoreTools::listSpaces),
          Map.entry("get_summary", CoreTools::summary),
          Map.entry("read_memory", CoreTools::read),
          Map.entry("search_memory", CoreTools::search),
          Map.entry("write_memory", CoreTools::write),
          Map.entry("memory_history", CoreTools::history),
          Map.entry("blame_memory", CoreTools::blame),
          Map.entry("diff_memory", CoreTools::diff),
          Map.entry("restore_memory", CoreTools::restore),
          Map.entry("list_conflicts", CoreTools::conflicts),
          Map.entry("prove_memory", CoreTools::prove),
          Map.entry("memory_status", CoreTools::status));

  private CoreTools() {}

  /** The tools of this set. */
  static ToolSet set() {
    return ToolSet.read("core", HANDLERS);
  }

  private static int limit(ToolCall call) {
    return (int)
        call.arguments()
            .number(1, MOST_PAGE, USUAL_PAGE, "limit", "page_size", "per_page", "top_k");
  }

  private static long cursor(ToolCall call) {
    return call.arguments().number(0, Long.MAX_VALUE >> 11, 0, "cursor");
  }

  private static ToolResult listSpaces(ToolCall call) {
    Grant grant = Access.of(call.request());
    int most = limit(call);
    String at = call.arguments().optionalText("cursor");
    String last = at == null ? "" : at;
    Page page = new Page();
    while (true) {
      List<LogHead> heads = call.memory().grid().spacesAfter(last, PAGE_OF_LOG);
      Spent.of(call.request()).work(Spent.PAGE);
      if (heads.isEmpty()) {
        return page.result(null);
      }
      for (LogHead head : heads) {
        if (grant.has(head.space()) && grant.has(Right.SEE)) {
          if (page.isFull(most)) {
            return page.result(Json.of(last));
          }
          page.add(
              Map.of("space", Json.of(head.space().text()), "version", Json.of(head.version())));
        }
        last = head.space().text();
      }
    }
  }

  static ToolResult summary(ToolCall call) {
    Space space = call.spaceIfAny();
    if (space == null) {
      return nothingYet(call);
    }
    Snapshot head = space.head();
    Map<String, Json> all = about(head);
    Quoted quoted = new Quoted();
    for (String member : List.of("summary", "policies")) {
      Pointer path = Pointer.ROOT.child(member);
      Part part = part(head.state(), path, 0, ToolResult.MOST_BYTES / 2);
      part.members.forEach(
          (name, value) -> all.put(name.equals("value") ? member : member + "_" + name, value));
      part.quote(quoted, path);
    }
    return ToolResult.of(quoted.toString(), new Json.Obj(all));
  }

  private static ToolResult nothingYet(ToolCall call) {
    return ToolResult.of(
        "nothing is remembered in " + call.spaceName() + " yet",
        Json.object(Map.of("space", Json.of(call.spaceName().text()), "version", Json.of(0))));
  }

  private static Map<String, Json> about(Snapshot head) {
    Map<String, Json> all = new TreeMap<>();
    all.put("space", Json.of(head.space().text()));
    all.put("version", Json.of(head.version()));
    return all;
  }

  private static ToolResult read(ToolCall call) {
    Space space = call.spaceIfAny();
    if (space == null) {
      return nothingYet(call);
    }
    Pointer path = call.arguments().path("path", "key", "pointer");
    Snapshot snapshot = wanted(call, space);
    Map<String, Json> all = about(snapshot);
    all.put("path", Json.of(path.toString()));
    Part part = part(snapshot.state(), path, cursor(call), ToolResult.MOST_BYTES);
    if (part.isEmpty()) {
      throw new ProblemException(
          Problem.notFound(
              "nothing-there",
              "nothing stands at "
                  + (path.equals(Pointer.ROOT) ? "the root" : path)
                  + " in version "
                  + snapshot.version()
                  + " of "
                  + space.name(),
              "read_memory without a path shows what there is; search_memory finds by words"));
    }
    all.putAll(part.members);
    Quoted quoted = new Quoted();
    part.quote(quoted, path);
    return ToolResult.of(quoted.toString(), new Json.Obj(all));
  }

  private static Snapshot wanted(ToolCall call, Space space) {
    String at = call.arguments().optionalText("at");
    String view = call.arguments().optionalText("view");
    if (view != null && !view.equals("latest") && !view.equals("finalized")) {
      throw Arguments.bad("view", "is latest or finalized");
    }
    if (at == null && !"finalized".equals(view)) {
      return space.head();
    }
    if (at != null && view != null) {
      throw Arguments.bad("view", "and at exclude each other");
    }
    Instant time =
        at == null || Params.isVersion(at) ? null : Params.read("at", at, Timestamps::parse);
    long version = at == null ? space.finalizedVersion() : time == null ? Long.parseLong(at) : -1;
    try (Answering.Making making = call.memory().answering().replay(call.request())) {
      if (time != null) {
        return making.run(() -> space.at(time));
      }
      return making
          .run(() -> space.at(version))
          .orElseThrow(() -> new ProblemException(Problem.unknownVersion(space.name(), version)));
    }
  }

  /**
   * What stands at a place, as much of it as a result holds.
   *
   * @param members of the structured result
   * @param text to be quoted, null for none
   */
  private record Part(Map<String, Json> members, @Nullable String text, @Nullable Cell cell) {
    boolean isEmpty() {
      return text == null;
    }

    void quote(Quoted quoted, Pointer path) {
      if (text != null) {
        quoted.add(
            path.toString(),
            text,
            cell instanceof Cell.Leaf leaf
                ? Quoted.attributes(leaf.tag())
                : "author=\"several\" trust=\"" + Quoted.CLAIMED + '"');
      }
    }
  }

  private static Part part(State state, Pointer path, long cursor, int most) {
    Cell cell = state.cell(path);
    if (cell == null) {
      cell = state.leafAbove(path);
    }
    Map<String, Json> members = new TreeMap<>();
    if (cell instanceof Cell.Leaf leaf) {
      members.putAll(Quoted.provenance(leaf.tag()));
      members.put("value_version", members.remove("version"));
    }
    if (state.sizeBytes(path, most) <= most) {
      Json value = state.value(path);
      if (value == null) {
        return new Part(Map.of(), null, null);
      }
      if (path.equals(Pointer.ROOT) && value instanceof Json.Obj document) {
        value = Reserved.without(document);
      }
      members.put("value", value);
      return new Part(members, value.canonical(), cell);
    }
    members.put("truncated", Json.TRUE);
    if (cell instanceof Cell.Branch branch) {
      return ofMembers(state, branch, cursor, most, members);
    }
    Json value = state.value(path);
    String text = value == null ? "" : value.canonical();
    int from = (int) Math.min(cursor, text.length());
    int to = (int) Math.min(text.length(), from + (long) most / 3);
    if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
      to--;
    }
    if (from > 0 && from < to && Character.isLowSurrogate(text.charAt(from))) {
      from++;
    }
    members.put("part", Json.of(text.substring(from, to)));
    members.put("next", to < text.length() ? Json.of(Integer.toString(to)) : Json.NULL);
    return new Part(members, text.substring(from, to), cell);
  }

  private static Part ofMembers(
      State state, Cell.Branch branch, long cursor, int most, Map<String, Json> members) {
    List<Json> items = new ArrayList<>();
    long bytes = 0;
    long number = 0;
    Json next = Json.NULL;
    Map<String, Pointer> all = branch.members();
    for (Map.Entry<String, Pointer> member : all.entrySet()) {
      if (number++ < cursor || Reserved.covers(member.getValue())) {
        continue;
      }
      Json item =
          Json.object(
              Map.of(
                  "bytes", Json.of(state.sizeBytes(member.getValue(), MOST_COUNTED)),
                  "path", Json.of(member.getValue().toString())));
      bytes += item.sizeBytes() + 1;
      if (bytes > most || items.size() == MOST_PAGE) {
        next = Json.of(Long.toString(number - 1));
        break;
      }
      items.add(item);
    }
    members.put("members", new Json.Arr(items));
    members.put("next", next);
    return new Part(members, new Json.Arr(items).canonical(), branch);
  }

  static ToolResult search(ToolCall call) {
    String query = call.arguments().text("query", "q", "search", "text");
    Space space = call.spaceIfAny();
    if (space == null) {
      return nothingYet(call);
    }
    Pointer below = call.arguments().path("path", "key", "pointer");
    Snapshot head = space.head();
    long from = cursor(call);
    int most = limit(call);
    List<Bm25.Hit> hits = call.found(space, below, query);
    Page page = new Page();
    Quoted quoted = new Quoted();
    long at = Math.min(from, hits.size());
    for (Bm25.Hit hit : hits.subList((int) at, hits.size())) {
      Cell.Leaf leaf = hit.leaf();
      Map<String, Json> item = Quoted.provenance(leaf.tag());
      item.put("path", Json.of(leaf.path().toString()));
      item.put("score", new Json.Num(Math.round(hit.score() * 1000) / 1000.0));
      putShort(item, "value", leaf.value());
      if (page.isFull(most) || !page.add(item)) {
        break;
      }
      Json shown = item.get("value");
      quoted.add(leaf.path().toString(), shown == null ? leaf.value() : shown, leaf.tag());
      at++;
    }
    Json.Obj structured =
        page.structured(at < hits.size() ? Json.of(Long.toString(at)) : null)
            .with("found", Json.of(hits.size()))
            .with("version", Json.of(head.version()));
    return ToolResult.of(
        hits.isEmpty() ? "nothing that is remembered has one of these words" : quoted.toString(),
        structured);
  }

  /** A value in a list; one that is long is cut, as a text, and said to be. */
  private static void putShort(Map<String, Json> item, String name, Json value) {
    if (value.sizeBytes() <= MOST_VALUE) {
      item.put(name, value);
      return;
    }
    String text = value instanceof Json.Str string ? string.value() : value.canonical();
    int end = Math.min(text.length(), MOST_VALUE / 2);
    item.put(
        name,
        Json.of(
            text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)));
    item.put("truncated", Json.TRUE);
  }

  private static ToolResult write(ToolCall call) {
    Arguments arguments = call.arguments();
    List<Arguments> sets = arguments.find("set") == null ? List.of() : arguments.objects("set");
    List<String> deletes = arguments.find("delete") == null ? List.of() : arguments.texts("delete");
    if (sets.isEmpty() && deletes.isEmpty()) {
      throw Arguments.bad("set", "and delete are both empty: nothing is to be written");
    }
    String reason = arguments.optionalText("reason");
    String id = arguments.optionalText("update_id", "idempotency_key");
    Author author = call.author();
    Space space = call.spaceToWrite();
    Update known = id == null ? null : space.find(Arguments.id(id)).orElse(null);
    long usual = known == null ? space.head().version() : known.fields().base();
    long base = arguments.number(0, Long.MAX_VALUE >> 11, usual, "base");
    Condition condition = Condition.NONE;
    if (arguments.find("if_version") != null) {
      long version = arguments.number(0, Long.MAX_VALUE >> 11, 0, "if_version");
      condition = conditionOf(space, version);
      base = version;
    }
    long seen = base;
    Delta delta;
    try {
      delta =
          space.delta(
              author,
              builder -> {
                for (Arguments set : sets) {
                  Json value = set.all().get("value");
                  if (value == null) {
                    throw new JsonException("/arguments/set", "each has a value; null is one");
                  }
                  builder.set(set.text("path", "key"), value);
                }
                deletes.forEach(builder::delete);
                if (id != null) {
                  builder.id(id);
                }
                if (known != null) { // the same request again has the time of the first one
                  builder.timestamp(known.fields().timestamp());
                }
                return builder.base(seen).type(reason == null || reason.isEmpty() ? "mcp" : reason);
              });
    } catch (JsonException e) {
      throw Arguments.bad(e.pointer(), e.detail());
    }
    Json.Obj answer = call.commit(space, delta, condition, id != null);
    return ToolResult.of("written: " + answer.canonical(), answer);
  }

  private static Condition conditionOf(Space space, long version) {
    if (version == 0) {
      return Condition.UNWRITTEN;
    }
    Update then =
        space.updates(version - 1, 1).stream()
            .findFirst()
            .orElseThrow(() -> new ProblemException(Problem.unknownVersion(space.name(), version)));
    return Condition.is(version, then.leafHash());
  }

  private static ToolResult history(ToolCall call) {
    Space space = call.spaceIfAny();
    if (space == null) {
      return nothingYet(call);
    }
    Pointer path = call.arguments().path("path", "key", "pointer");
    int most = limit(call);
    long after = cursor(call);
    try (Answering.Making making = call.memory().answering().page(call.request())) {
      HistoryPage found = making.run(() -> space.history(path, after, most));
      Page page = new Page();
      for (Update update : found.updates()) {
        if (!page.add(brief(update))) {
          return page.result(Json.of(Long.toString(update.version() - 1)));
        }
      }
      return page.result(found.next() == 0 ? null : Json.of(Long.toString(found.next())));
    }
  }

  /** A record without what is large in it. */
  private static Map<String, Json> brief(Update update) {
    Update.Fields fields = update.fields();
    Map<String, Json> item = new TreeMap<>();
    item.put("author", Json.of(fields.author().name()));
    item.put("base", Json.of(fields.base()));
    item.put("committed", Json.of(Timestamps.format(fields.committed())));
    item.put("trust", Json.of(Quoted.CLAIMED));
    item.put("type", Json.of(fields.type()));
    item.put("update_id", Json.of(fields.id().text()));
    item.put("version", Json.of(update.version()));
    List<Json> changes = new ArrayList<>();
    Changes made = fields.changes();
    made.added().forEach(one -> change(changes, "added", one.path(), one.value()));
    made.modified().forEach(one -> change(changes, "modified", one.path(), one.newValue()));
    made.deleted().forEach(one -> change(changes, "deleted", one.path(), null));
    item.put("changes", new Json.Arr(changes));
    if (changes.size() < made.count()) {
      item.put("changes_left_out", Json.of(made.count() - changes.size()));
    }
    if (!fields.superseded().isEmpty()) {
      item.put("superseded", Json.of(fields.superseded().size()));
    }
    return item;
  }

  private static void change(List<Json> changes, String what, Pointer path, @Nullable Json value) {
    if (changes.size() < USUAL_PAGE) {
      Map<String, Json> change = new TreeMap<>();
      change.put("path", Json.of(path.toString()));
      change.put("what", Json.of(what));
      if (value != null) {
        putShort(change, "value", value);
      }
      changes.add(new Json.Obj(change));
    }
  }

  private static ToolResult blame(ToolCall call) {
    Space space = call.space(Right.READ);
    Pointer path = call.arguments().path("path", "key", "pointer");
    try (Answering.Making making = call.memory().answering().page(call.request())) {
      Blame blame =
          making
              .run(() -> space.blame(path))
              .orElseThrow(() ->
                  new ProblemException(
                      Problem.notFound(
                          "nothing-there",
                          "nothing stands at " + path + " in " + space.name(),
                          "memory_history shows what stood there")));
      Map<String, Json> all = brief(blame.update());
      all.put("leaf", Json.of(blame.leaf().toString()));
      all.put("space", Json.of(space.name().text()));
      return ToolResult.remembered(new Json.Obj(all));
    }
  }

  private static ToolResult diff(ToolCall call) {
    Space space = call.space(Right.READ);
    if (call.arguments().find("from") == null) {
      throw Arguments.bad("from", "is required");
    }
    long newest = space.head().version();
    long from = call.arguments().number(0, Long.MAX_VALUE >> 11, 0, "from");
    long to = call.arguments().number(0, Long.MAX_VALUE >> 11, newest, "to");
    try (Answering.Making making = call.memory().answering().replay(call.request())) {
      Patch patch =
          making
              .run(() -> space.diff(from, to))
              .orElseThrow(() ->
                  new ProblemException(Problem.unknownVersion(space.name(), Math.max(from, to))));
      List<Json> operations = new ArrayList<>();
      long bytes = 0;
      int left = 0;
      for (Json operation : patch.toJson().items()) {
        if (Reserved.covers(Pointer.parse(((Json.Obj) operation).text("path")))) {
          continue;
        }
        bytes += operation.sizeBytes() + 1;
        if (bytes > ToolResult.MOST_BYTES) {
          left++;
        } else {
          operations.add(operation);
        }
      }
      Map<String, Json> all = new TreeMap<>();
      all.put("from", Json.of(from));
      all.put("to", Json.of(to));
      all.put("space", Json.of(space.name().text()));
      all.put("patch", new Json.Arr(operations));
      if (left > 0) {
        all.put("truncated", Json.TRUE);
        all.put("left_out", Json.of(left));
      }
      return ToolResult.remembered(new Json.Obj(all));
    }
  }

  private static ToolResult restore(ToolCall call) {
    if (call.arguments().find("to") == null) {
      throw Arguments.bad("to", "is required: the version to go back to");
    }
    long to = call.arguments().number(0, Long.MAX_VALUE >> 11, 0, "to");
    String reason = call.arguments().optionalText("reason");
    String id = call.arguments().optionalText("update_id");
    Space space = call.space(Right.WRITE);
    Map<String, Json> rollback = new TreeMap<>();
    rollback.put("author", Json.of(call.author().name()));
    rollback.put("to", Json.of(to));
    rollback.put("update_id", Json.of(id == null ? io.mnemogrid.DeltaBuilder.newId().text() : id));
    if (reason != null && !reason.isEmpty()) {
      rollback.put("type", Json.of(reason));
    }
    Delta delta;
    try {
      delta = Delta.parseRollback(new Json.Obj(rollback));
    } catch (JsonException e) {
      throw Arguments.bad(e.pointer(), e.detail());
    }
    Spent.of(call.request()).work(Spent.REPLAY);
    Json.Obj answer = call.commit(space, delta, Condition.NONE, id != null);
    return ToolResult.of("restored: " + answer.canonical(), answer);
  }

  private static ToolResult conflicts(ToolCall call) {
    Space space = call.space(Right.READ);
    int most = limit(call);
    long newest = space.head().version();
    String[] named = cursorOfConflicts(call);
    long before = named.length == 0 ? newest + 1 : Long.parseLong(named[0]) + 1;
    int told = named.length < 2 ? 0 : Integer.parseInt(named[1]); // losers of that version
    Page page = new Page();
    for (int i = 0; i < MOST_PAGES && before > 1; i++) {
      long first = Math.max(0, before - 1 - PAGE_OF_LOG);
      long last = before - 1;
      List<Update> updates;
      try (Answering.Making making = call.memory().answering().page(call.request())) {
        updates = making.run(() -> between(space, first, last));
      }
      for (Update update : updates.reversed()) {
        List<Superseded> losers = update.fields().superseded();
        for (int at = told; at < losers.size(); at++) {
          Superseded lost = losers.get(at);
          Map<String, Json> item = new TreeMap<>();
          item.put("path", Json.of(lost.path().toString()));
          item.put("lost_author", Json.of(update.fields().author().name()));
          item.put("lost_version", Json.of(update.version()));
          item.put("won_author", Json.of(lost.by().name()));
          item.put("won_version", Json.of(lost.byVersion()));
          if (lost.value() == null) {
            item.put("lost_delete", Json.TRUE);
          } else {
            putShort(item, "lost_value", lost.value());
          }
          if (page.isFull(most) || !page.add(item)) {
            return page.result(Json.of(update.version() + "." + at));
          }
        }
        told = 0;
      }
      before = first + 1;
    }
    return page.result(before > 1 ? Json.of(Long.toString(before - 1)) : null);
  }

  /** {@code VERSION}, or {@code VERSION.INDEX} of the first loser of it to be told. */
  private static String[] cursorOfConflicts(ToolCall call) {
    String named = call.arguments().optionalText("cursor");
    if (named == null) {
      return new String[0];
    }
    if (!CONFLICTS_CURSOR.matcher(named).matches()) {
      throw Arguments.bad("cursor", "is next of the page before");
    }
    return named.split("\\.", -1);
  }

  private static List<Update> between(Space space, long since, long last) {
    List<Update> all = new ArrayList<>();
    long at = since;
    while (at < last) {
      List<Update> some = space.updates(at, (int) (last - at));
      if (some.isEmpty()) {
        break;
      }
      all.addAll(some);
      at = some.getLast().version();
    }
    return all;
  }

  private static ToolResult prove(ToolCall call) {
    Space space = call.space(Right.PROVE);
    Pointer path = call.arguments().path("path", "key", "pointer");
    if (path.equals(Pointer.ROOT)) {
      throw Arguments.bad("path", "names a place below the root");
    }
    long version = call.arguments().number(1, Long.MAX_VALUE >> 11, 0, "at");
    try (Answering.Making making = call.memory().answering().replay(call.request())) {
      Answer answer =
          making.run(() -> call.memory().grid().proofs().fact(space.name(), path, version, 0));
      return switch (answer) {
        case Answer.Made made -> {
          if (made.bundle().length() > ToolResult.MOST_BYTES) {
            throw new ProblemException(
                Answers.tooLarge(
                    "the proof",
                    "GET /v1/spaces/" + space.name() + "/proofs/fact?path=" + path + " has it"));
          }
          yield ToolResult.of(
              Json.object(
                  Map.of(
                      "bundle",
                      Json.parse(made.bundle()),
                      "verify",
                      Json.of("save the bundle as proof.json; ./mnemogrid verify proof.json"))));
        }
        case Answer.Uncovered uncovered ->
            throw new ProblemException(
                Problem.of(
                    io.micronaut.http.HttpStatus.CONFLICT,
                    "not-checkpointed",
                    uncovered.covered() == 0
                        ? "no final checkpoint has " + space.name() + " yet"
                        : "version "
                            + version
                            + " is the head of no final checkpoint; "
                            + uncovered.covered()
                            + " is",
                    "memory_status tells the final version; ask without at, or later"));
        case Answer.Unknown unknown ->
            throw new ProblemException(
                Problem.notFound("unknown-checkpoint", unknown.what(), "ask again later"));
      };
    }
  }

  private static ToolResult status(ToolCall call) {
    Space space = call.spaceIfAny();
    Map<String, Json> all = new TreeMap<>();
    all.put("space", Json.of(call.spaceName().text()));
    if (space != null) {
      Snapshot head = space.head();
      all.put("version", Json.of(head.version()));
      all.put("leaves", Json.of(head.state().leaves()));
      all.put("root", Json.of(head.head().root().toString()));
      all.put("audited_version", Json.of(space.auditedVersion()));
      all.put("finalized_version", Json.of(space.finalizedVersion()));
      Finality finality = space.finality(head.version());
      all.put("finality", Json.of(finality.status().text()));
      if (finality.checkpoint() != 0) {
        all.put("checkpoint", Json.of(finality.checkpoint()));
      }
    } else {
      all.put("version", Json.of(0));
    }
    GridHealth health = call.memory().grid().health();
    Map<String, Json> troubled = new TreeMap<>();
    for (GridHealth.Part part : health.parts()) {
      if (part.status() != GridHealth.Status.UP) {
        troubled.put(part.name(), Json.of(part.status().name().toLowerCase(java.util.Locale.ROOT)));
      }
    }
    all.put("trouble", new Json.Obj(troubled));
    all.put("durable", Json.of("a write is answered once it is in the store"));
    return ToolResult.of(new Json.Obj(all));
  }
}
