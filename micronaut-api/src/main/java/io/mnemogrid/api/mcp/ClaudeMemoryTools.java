package io.mnemogrid.api.mcp;

import io.mnemogrid.Space;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tool {@code memory} with the six commands of Claude's memory tool (memory_20250818): {@code
 * claude-memory}. A file {@code /memories/a/b.md} is the text at {@code /claude/memories/a/b.md} of
 * the document.
 */
final class ClaudeMemoryTools {
  private static final Pointer PLACE = Pointer.ROOT.child("claude");
  private static final String ROOT = "/memories";
  private static final int LEVELS = 2;
  private static final int MOST_FILES = 500;

  private static final Map<String, Tool.Handler> HANDLERS =
      Map.ofEntries(Map.entry("memory", ClaudeMemoryTools::memory));

  private ClaudeMemoryTools() {}

  /** The tools of this set. */
  static ToolSet set() {
    return ToolSet.read("claude-memory", HANDLERS);
  }

  private static ToolResult memory(ToolCall call) {
    String command = call.arguments().text("command");
    return switch (command) {
      case "view" -> view(call);
      case "create" -> create(call);
      case "str_replace" -> replace(call);
      case "insert" -> insert(call);
      case "delete" -> delete(call);
      case "rename" -> rename(call);
      default ->
          throw Arguments.bad("command", "is view, create, str_replace, insert, delete or rename");
    };
  }

  /** The place of a file or directory; leads nowhere but below /memories. */
  private static Pointer place(ToolCall call, String name) {
    String path = call.arguments().text(name);
    if (!path.equals(ROOT) && !path.startsWith(ROOT + "/")) {
      throw Arguments.bad(name, "begins with " + ROOT);
    }
    Pointer at = PLACE;
    for (String segment : path.substring(1).split("/+", -1)) {
      if (segment.equals(".") || segment.equals("..")) {
        throw Arguments.bad(name, "has no segment . or ..");
      }
      if (!segment.isEmpty()) {
        try {
          at = at.child(segment);
        } catch (IllegalArgumentException e) {
          throw Arguments.bad(name, String.valueOf(e.getMessage()));
        }
      }
    }
    return at;
  }

  private static String shown(Pointer at) {
    StringBuilder path = new StringBuilder();
    at.segments().subList(1, at.depth()).forEach(segment -> path.append('/').append(segment));
    return path.toString();
  }

  private static ProblemException missing(String name, Pointer at) {
    return Arguments.bad(name, "the path " + shown(at) + " does not exist");
  }

  private static @Nullable String text(State state, Pointer at) {
    Cell.Leaf leaf = state.leaf(at);
    return leaf == null
        ? null
        : leaf.value() instanceof Json.Str text ? text.value() : leaf.value().canonical();
  }

  private static String file(State state, Pointer at) {
    String text = text(state, at);
    if (text == null) {
      throw missing("path", at);
    }
    return text;
  }

  /** What is written below a file would take its place. */
  private static void refuseBelowAFile(State state, Pointer at, String argument) {
    Cell.Leaf above = state.leafAbove(at);
    if (above != null) {
      throw Arguments.bad(argument, shown(above.path()) + " is a file and no directory");
    }
  }

  private static ToolResult view(ToolCall call) {
    Pointer at = place(call, "path");
    Space space = call.spaceIfAny();
    State state = space == null ? State.EMPTY : space.head().state();
    String text = text(state, at);
    if (text != null) {
      Cell.Leaf leaf = state.leaf(at);
      return ToolResult.ofText(
          Quoted.raw(
              shown(at),
              numbered(call, at, text),
              leaf == null ? "" : Quoted.attributes(leaf.tag())));
    }
    if (state.cell(at) == null && at.depth() > 2) {
      throw missing("path", at);
    }
    StringBuilder list =
        new StringBuilder(
            "Here're the files and directories up to 2 levels deep in " + shown(at) + ":\n");
    int[] left = {MOST_FILES};
    list(state, at, LEVELS, list, left);
    if (left[0] < 0) {
      list.append("truncated: view a directory below for more\n");
    }
    return ToolResult.ofText(Quoted.raw(shown(at), list.toString(), "author=\"several\""));
  }

  private static void list(State state, Pointer at, int levels, StringBuilder list, int[] left) {
    list.append(state.sizeBytes(at, 1 << 20)).append('\t').append(shown(at)).append('\n');
    if (levels > 0 && state.cell(at) instanceof Cell.Branch branch) {
      Map<String, Pointer> members = branch.members();
      for (Pointer below : members.values()) {
        if (left[0]-- <= 0) {
          return;
        }
        list(state, below, levels - 1, list, left);
      }
    }
  }

  private static String numbered(ToolCall call, Pointer at, String text) {
    List<String> lines = List.of(text.split("\n", -1));
    List<Json> range = call.arguments().list("view_range");
    int first = range.size() == 2 ? line(range.get(0), 1) : 1;
    int last = range.size() == 2 ? line(range.get(1), lines.size()) : lines.size();
    StringBuilder out =
        new StringBuilder("Here's the content of " + shown(at) + " with line numbers:\n");
    for (int i = Math.max(1, first); i <= Math.min(last, lines.size()); i++) {
      if (out.length() + lines.get(i - 1).length() > ToolResult.MOST_BYTES) {
        out.append("truncated: view_range [").append(i).append(", -1] shows the rest\n");
        break;
      }
      out.append("%6d\t".formatted(i)).append(lines.get(i - 1)).append('\n');
    }
    return out.toString();
  }

  private static int line(Json number, int otherwise) {
    int line = number instanceof Json.Num whole ? (int) whole.value() : otherwise;
    return line < 0 ? otherwise : line;
  }

  private static ToolResult change(
      ToolCall call, String message, java.util.function.BiConsumer<State, ToolCall.Edits> change) {
    return call.change(
        call.spaceToWrite(),
        "memory",
        head -> {
          ToolCall.Edits edits = new ToolCall.Edits();
          change.accept(head.state(), edits);
          return new ToolCall.Change(edits, ToolResult.ofText(message));
        });
  }

  private static ToolResult create(ToolCall call) {
    Pointer at = place(call, "path");
    String text = call.arguments().optionalText("file_text");
    if (text == null) {
      throw Arguments.bad("file_text", "is required");
    }
    if (at.depth() <= 2) {
      throw Arguments.bad("path", "names a file below " + ROOT);
    }
    return change(
        call,
        "File created successfully at: " + shown(at),
        (state, edits) -> {
          if (state.cell(at) instanceof Cell.Branch) {
            throw Arguments.bad("path", shown(at) + " is a directory");
          }
          refuseBelowAFile(state, at, "path");
          edits.set(at, Json.of(text));
        });
  }

  private static ToolResult replace(ToolCall call) {
    Pointer at = place(call, "path");
    String old = call.arguments().text("old_str");
    String next = call.arguments().optionalText("new_str");
    return change(
        call,
        "The memory file has been edited.",
        (state, edits) -> {
          String text = file(state, at);
          int first = text.indexOf(old);
          if (first < 0) {
            throw Arguments.bad(
                "old_str",
                "no replacement was performed, it does not stand verbatim in " + shown(at));
          }
          if (text.indexOf(old, first + 1) >= 0) {
            throw Arguments.bad(
                "old_str",
                "no replacement was performed, it stands in "
                    + shown(at)
                    + " more than once; take more text around it");
          }
          edits.set(
              at,
              Json.of(
                  text.substring(0, first)
                      + (next == null ? "" : next)
                      + text.substring(first + old.length())));
        });
  }

  private static ToolResult insert(ToolCall call) {
    Pointer at = place(call, "path");
    long line = call.arguments().number(0, Integer.MAX_VALUE, 0, "insert_line");
    String inserted = call.arguments().text("insert_text");
    return change(
        call,
        "The file " + shown(at) + " has been edited.",
        (state, edits) -> {
          List<String> lines = new ArrayList<>(List.of(file(state, at).split("\n", -1)));
          if (line > lines.size()) {
            throw Arguments.bad("insert_line", "is 0 to " + lines.size());
          }
          String text =
              inserted.endsWith("\n") ? inserted.substring(0, inserted.length() - 1) : inserted;
          lines.add((int) line, text);
          edits.set(at, Json.of(String.join("\n", lines)));
        });
  }

  private static ToolResult delete(ToolCall call) {
    Pointer at = place(call, "path");
    if (at.depth() <= 2) {
      throw Arguments.bad("path", ROOT + " itself is not deleted");
    }
    return change(
        call,
        "Successfully deleted " + shown(at),
        (state, edits) -> {
          if (state.cell(at) == null) {
            throw missing("path", at);
          }
          edits.delete(at);
        });
  }

  private static ToolResult rename(ToolCall call) {
    Pointer from = place(call, "old_path");
    Pointer to = place(call, "new_path");
    if (from.overlaps(to) || from.depth() <= 2) {
      throw Arguments.bad("new_path", "is another place, not above or below the old one");
    }
    return change(
        call,
        "Successfully renamed " + shown(from) + " to " + shown(to),
        (state, edits) -> {
          Json value = state.value(from);
          if (value == null || state.cell(from) == null) {
            throw missing("old_path", from);
          }
          if (state.cell(to) != null) {
            throw Arguments.bad("new_path", "the destination " + shown(to) + " already exists");
          }
          refuseBelowAFile(state, to, "new_path");
          edits.reads(from).set(to, value).delete(from);
        });
  }
}
