package io.mnemogrid.api.mcp;

import io.mnemogrid.Space;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Timestamps;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tools of basic-memory (v0.22) over notes in Markdown: {@code basic-memory}. A note is {@code
 * /notes/PERMALINK} with {@code title}, {@code folder}, {@code content} and {@code tags}; its
 * permalink is its folder and title in small letters with hyphens.
 */
final class BasicMemoryTools {
  private static final Pointer NOTES = Pointer.ROOT.child("notes");
  private static final int MOST = 100;
  private static final int USUAL = 10;

  private static final Map<String, Tool.Handler> HANDLERS =
      Map.ofEntries(
          Map.entry("write_note", BasicMemoryTools::write),
          Map.entry("read_note", BasicMemoryTools::read),
          Map.entry("edit_note", BasicMemoryTools::edit),
          Map.entry("delete_note", BasicMemoryTools::delete),
          Map.entry("search_notes", BasicMemoryTools::search),
          Map.entry("recent_activity", BasicMemoryTools::recent),
          Map.entry("build_context", BasicMemoryTools::context));

  private BasicMemoryTools() {}

  /** The tools of this set. */
  static ToolSet set() {
    return ToolSet.read("basic-memory", HANDLERS);
  }

  private record Note(Pointer at, String title, String content, Cell.Leaf newest) {
    String permalink() {
      return at.lastSegment();
    }
  }

  /** Small letters and digits with hyphens, folder by folder. */
  static String permalink(String text) {
    List<String> parts = new ArrayList<>();
    for (String part : text.split("/", -1)) {
      String plain =
          Normalizer.normalize(part, Normalizer.Form.NFKD)
              .replaceAll("\\p{M}", "")
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N}._]+", "-")
              .replaceAll("^-+|-+$", "");
      if (!plain.isEmpty()) {
        parts.add(plain);
      }
    }
    return String.join("/", parts);
  }

  private static Pointer place(String permalink, String argument) {
    if (permalink.isEmpty()) {
      throw Arguments.bad(argument, "has no letter and no digit");
    }
    try {
      return NOTES.child(permalink); // one name, so that no note stands in another one
    } catch (IllegalArgumentException e) {
      throw Arguments.bad(argument, String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Note note(State state, Pointer at) {
    Cell.Leaf title = state.leaf(at.child("title"));
    Cell.Leaf content = state.leaf(at.child("content"));
    if (title == null || content == null) {
      return null;
    }
    return new Note(
        at,
        text(title),
        text(content),
        content.tag().version() > title.tag().version() ? content : title);
  }

  private static String text(Cell.Leaf leaf) {
    return leaf.value() instanceof Json.Str text ? text.value() : leaf.value().canonical();
  }

  private static List<Note> all(State state) {
    List<Note> notes = new ArrayList<>();
    if (state.cell(NOTES) instanceof Cell.Branch branch) {
      Map<String, Pointer> members = branch.members();
      members
          .values()
          .forEach(at -> {
            Note note = note(state, at);
            if (note != null) {
              notes.add(note);
            }
          });
    }
    return notes;
  }

  private static Note find(State state, ToolCall call) {
    String identifier = call.arguments().text("identifier").replaceFirst("^memory://", "");
    Note note = note(state, place(permalink(identifier), "identifier"));
    if (note == null) {
      note =
          call.reading(state, () -> all(state)).stream()
              .filter(one -> one.title.equalsIgnoreCase(identifier))
              .findFirst()
              .orElse(null);
    }
    if (note == null) {
      throw new ProblemException(
          Problem.notFound(
              "nothing-there", "there is no note " + identifier, "search_notes finds notes"));
    }
    return note;
  }

  private static State state(ToolCall call) {
    Space space = call.spaceIfAny();
    return space == null ? State.EMPTY : space.head().state();
  }

  private static ToolResult change(
      ToolCall call, String message, BiConsumer<State, ToolCall.Edits> change) {
    return call.change(
        call.spaceToWrite(),
        "note",
        head -> {
          ToolCall.Edits edits = new ToolCall.Edits();
          change.accept(head.state(), edits);
          return new ToolCall.Change(edits, ToolResult.ofText(message));
        });
  }

  private static ToolResult write(ToolCall call) {
    String title = call.arguments().text("title");
    String content = call.arguments().text("content");
    String folder = call.arguments().optionalText("directory", "folder");
    boolean overwrite = call.arguments().isTrue("overwrite");
    List<Json> tags = call.arguments().list("tags");
    String permalink = permalink((folder == null ? "" : folder + "/") + title.replace('/', '-'));
    Pointer at = place(permalink, "title");
    return change(
        call,
        "# Created note\npermalink: " + permalink,
        (state, edits) -> {
          edits.reads(at.child("title"));
          if (note(state, at) != null && !overwrite) {
            throw new ProblemException(
                Problem.of(
                    io.micronaut.http.HttpStatus.CONFLICT,
                    "note-exists",
                    "the note " + permalink + " is there already",
                    "edit_note changes it; overwrite true replaces it"));
          }
          edits.set(at.child("title"), Json.of(title));
          edits.set(at.child("content"), Json.of(content));
          edits.set(at.child("folder"), Json.of(folder == null ? "" : folder));
          if (!tags.isEmpty()) {
            edits.set(at.child("tags"), new Json.Arr(tags));
          }
        });
  }

  private static ToolResult read(ToolCall call) {
    Note note = find(state(call), call);
    return ToolResult.ofText(whole(note));
  }

  private static String whole(Note note) {
    String text =
        "title: " + note.title + "\npermalink: " + note.permalink() + "\n\n" + note.content;
    int most = ToolResult.MOST_BYTES / 3;
    if (text.length() > most) {
      int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
      text = text.substring(0, end) + "\ntruncated: read_memory shows it in parts";
    }
    return Quoted.raw(note.at.toString(), text, Quoted.attributes(note.newest.tag()));
  }

  private static ToolResult edit(ToolCall call) {
    String operation = call.arguments().text("operation");
    String content = call.arguments().text("content");
    return change(
        call,
        "# Edited note",
        (state, edits) -> {
          Note note = find(state, call);
          String next =
              switch (operation) {
                case "append" -> note.content + "\n" + content;
                case "prepend" -> content + "\n" + note.content;
                case "find_replace" -> replaced(call, note.content, content);
                case "replace_section" -> section(call, note.content, content);
                default ->
                    throw Arguments.bad(
                        "operation", "is append, prepend, find_replace or replace_section");
              };
          edits.set(note.at.child("content"), Json.of(next));
        });
  }

  private static String replaced(ToolCall call, String text, String next) {
    String wanted = call.arguments().text("find_text");
    long expected = call.arguments().number(1, Integer.MAX_VALUE, 1, "expected_replacements");
    long found = text.split(java.util.regex.Pattern.quote(wanted), -1).length - 1L;
    if (found != expected) {
      throw Arguments.bad(
          "find_text", "stands there " + found + " times, and " + expected + " were expected");
    }
    return text.replace(wanted, next);
  }

  /** Replaces what stands below a heading, up to the next one of its rank or above. */
  private static String section(ToolCall call, String text, String next) {
    String heading = call.arguments().text("section").strip();
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    int at = lines.indexOf(heading);
    if (at < 0) {
      return text + "\n" + heading + "\n" + next;
    }
    int rank = rank(heading);
    int end = at + 1;
    while (end < lines.size() && (rank(lines.get(end)) == 0 || rank(lines.get(end)) > rank)) {
      end++;
    }
    lines.subList(at + 1, end).clear();
    lines.add(at + 1, next);
    return String.join("\n", lines);
  }

  private static int rank(String line) {
    int rank = 0;
    while (rank < line.length() && line.charAt(rank) == '#') {
      rank++;
    }
    return rank < line.length() && line.charAt(rank) == ' ' ? rank : 0;
  }

  private static ToolResult delete(ToolCall call) {
    return change(
        call,
        "deleted",
        (state, edits) -> {
          Note note = find(state, call);
          for (String member : List.of("title", "content", "folder", "tags")) {
            if (state.cell(note.at.child(member)) != null) {
              edits.delete(note.at.child(member));
            }
          }
        });
  }

  private static Map<String, Json> item(Note note) {
    Map<String, Json> item = Quoted.provenance(note.newest.tag());
    item.put("title", Json.of(note.title));
    item.put("permalink", Json.of(note.permalink()));
    item.put("changed", Json.of(Timestamps.format(note.newest.tag().time())));
    return item;
  }

  private static ToolResult search(ToolCall call) {
    String query = call.arguments().text("query", "q", "search", "text");
    int size = (int) call.arguments().number(1, MOST, USUAL, "page_size", "limit", "per_page");
    long page = call.arguments().number(1, 1_000_000, 1, "page");
    Space space = call.spaceIfAny();
    Map<Pointer, Note> found = new java.util.LinkedHashMap<>();
    if (space != null) {
      State state = space.head().state();
      for (Bm25.Hit hit : call.found(space, NOTES, query)) {
        Pointer at = hit.leaf().path().parent();
        Note note = found.containsKey(at) ? null : note(state, at);
        if (note != null) {
          found.put(at, note);
        }
      }
    }
    return shown(found.values().stream().skip((page - 1) * size).toList(), size);
  }

  private static ToolResult shown(List<Note> notes, int most) {
    Page page = new Page();
    for (Note note : notes) {
      if (page.isFull(most) || !page.add(item(note))) {
        break;
      }
    }
    Map<String, Json> all = new TreeMap<>();
    all.put("results", new Json.Arr(page.items()));
    all.put("has_more", Json.of(page.items().size() < notes.size()));
    return ToolResult.ofText(new Json.Obj(all).canonical()).and(Quoted.NOTE.strip());
  }

  private static ToolResult recent(ToolCall call) {
    int size = (int) call.arguments().number(1, MOST, USUAL, "page_size", "limit", "per_page");
    State state = state(call);
    List<Note> notes = call.reading(state, () -> all(state));
    notes.sort(Comparator.comparingLong((Note note) -> -note.newest.tag().version()));
    return shown(notes, size);
  }

  private static ToolResult context(ToolCall call) {
    String url = call.arguments().text("url", "identifier").replaceFirst("^memory://", "");
    State state = state(call);
    String below = permalink(url.replaceFirst("/?\\*$", ""));
    List<Note> notes =
        call.reading(state, () -> all(state)).stream()
            .filter(note ->
                below.isEmpty()
                    || note.permalink().equals(below)
                    || note.permalink().startsWith(below + "/"))
            .toList();
    if (notes.isEmpty()) {
      throw new ProblemException(
          Problem.notFound("nothing-there", "no note is at " + url, "search_notes finds notes"));
    }
    StringBuilder text = new StringBuilder();
    int left = 0;
    for (Note note : notes) {
      String one = whole(note);
      if (text.length() + one.length() > ToolResult.MOST_BYTES && !text.isEmpty()) {
        left++;
      } else {
        text.append(one).append("\n\n");
      }
    }
    if (left > 0) {
      text.append("truncated: ").append(left).append(" notes are left out");
    }
    return ToolResult.ofText(text.toString());
  }
}
