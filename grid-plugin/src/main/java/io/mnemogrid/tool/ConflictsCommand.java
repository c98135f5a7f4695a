package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code conflicts}: the writes that lost, newest first. There is no index of them, so the log is
 * read from its end until there are enough.
 */
@Command(name = "conflicts")
public final class ConflictsCommand extends UseCommand {
  private static final long PAGE = 500;

  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Option(names = "--limit", paramLabel = "N", description = "at most so many (${DEFAULT-VALUE})")
  private int limit = 50;

  @Override
  Shown ask(ApiClient api) {
    if (limit < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--limit wants at least 1");
    }
    String at = at(space);
    long to = api.getJson(at).get("version") instanceof Json.Num head ? (long) head.value() : 0;
    List<Json.Obj> found = new ArrayList<>();
    while (to > 0 && found.size() < limit) {
      long from = Math.max(0, to - PAGE);
      List<Json.Obj> records = records(api, at, from, to);
      for (Json.Obj record : records.reversed()) {
        for (Json.Obj lost : Records.objects(record, "superseded")) {
          if (found.size() < limit) {
            found.add(conflict(record, lost));
          }
        }
      }
      to = from;
    }
    return Shown.of(
        Json.object(Map.of("items", new Json.Arr(List.copyOf(found)))),
        out -> {
          Table table = new Table("PATH", "LOST", "BY", "WON", "VALUE THAT LOST");
          for (Json.Obj each : found) {
            Json value = each.get("lost_value");
            table.row(
                plain(each, "path"),
                plain(each, "lost_version"),
                plain(each, "lost_author"),
                plain(each, "won_version") + " by " + plain(each, "won_author"),
                value == null ? "a delete" : value.canonical());
          }
          table.print(out);
        });
  }

  /** The records of versions (from, to], in order; a page of them may be shorter than asked for. */
  private static List<Json.Obj> records(ApiClient api, String at, long from, long to) {
    List<Json.Obj> records = new ArrayList<>();
    long seen = from;
    while (seen < to) {
      Json.Obj page = api.getJson(at + "/updates?since=" + seen + "&limit=" + (to - seen));
      List<Json.Obj> items = Records.objects(page, "items");
      if (items.isEmpty()) {
        return records;
      }
      records.addAll(items);
      seen += items.size();
    }
    return records;
  }

  private static Json.Obj conflict(Json.Obj record, Json.Obj lost) {
    Map<String, Json> members = new TreeMap<>();
    put(members, "path", lost.get("key"));
    put(members, "lost_author", record.get("author"));
    put(members, "lost_value", lost.get("value"));
    put(members, "lost_version", record.get("version"));
    put(members, "won_author", lost.get("by"));
    put(members, "won_version", lost.get("by_version"));
    return new Json.Obj(members);
  }

  private static void put(Map<String, Json> members, String name, @Nullable Json value) {
    if (value != null) {
      members.put(name, value);
    }
  }
}
