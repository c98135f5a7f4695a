package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Records of the log, as people read them. */
final class Records {
  private static final int MOST_PATHS = 4;

  private Records() {}

  /** The objects of a list that a member of an answer is; none where it is no list. */
  static List<Json.Obj> objects(Json.Obj of, String name) {
    List<Json.Obj> objects = new ArrayList<>();
    if (of.get(name) instanceof Json.Arr items) {
      for (Json item : items.items()) {
        if (item instanceof Json.Obj object) {
          objects.add(object);
        }
      }
    }
    return objects;
  }

  /** Prints a row a record. */
  static void print(List<Json.Obj> records, PrintStream out) {
    Table table = new Table("VERSION", "COMMITTED", "AUTHOR", "TYPE", "CHANGES");
    for (Json.Obj record : records) {
      table.row(
          UseCommand.plain(record, "version"),
          UseCommand.plain(record, "committed"),
          UseCommand.plain(record, "author"),
          UseCommand.plain(record, "type"),
          changes(record));
    }
    table.print(out);
  }

  /** What a record changed: + added, ~ modified, - deleted, ! lost to somebody. */
  static String changes(Json.Obj record) {
    Json.Obj changes = record.get("changes") instanceof Json.Obj some ? some : Json.EMPTY_OBJECT;
    List<String> paths = new ArrayList<>();
    objects(changes, "added").forEach(each -> paths.add("+" + UseCommand.plain(each, "key")));
    objects(changes, "modified").forEach(each -> paths.add("~" + UseCommand.plain(each, "key")));
    objects(changes, "deleted").forEach(each -> paths.add("-" + UseCommand.plain(each, "key")));
    objects(record, "superseded")
        .forEach(each ->
            paths.add(
                "!" + UseCommand.plain(each, "key") + " lost to " + UseCommand.plain(each, "by")));
    int more = paths.size() - MOST_PATHS;
    return String.join(" ", paths.subList(0, Math.min(paths.size(), MOST_PATHS)))
        + (more > 0 ? " and " + more + " more" : "");
  }
}
