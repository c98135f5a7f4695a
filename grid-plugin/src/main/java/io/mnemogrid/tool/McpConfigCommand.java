package io.mnemogrid.tool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code mcp config}: the lines by which a client starts {@code mnemogrid mcp}, printed, or put
 * into its file of settings. There a copy of the file is made first, the difference is shown, and a
 * file that cannot be read is left as it is.
 */
@Command(name = "config", description = "print or write the settings of an MCP client")
public final class McpConfigCommand implements Action {
  private static final String SERVER = "mnemogrid";

  /** A client, its file of settings below the home folder, and the member that lists servers. */
  private enum Client {
    CLAUDE(".claude.json", "mcpServers"),
    CURSOR(".cursor/mcp.json", "mcpServers"),
    VSCODE(".vscode/mcp.json", "servers"),
    CODEX(".codex/config.toml", "mcp_servers");

    private final String file;
    private final String servers;

    Client(String file, String servers) {
      this.file = file;
      this.servers = servers;
    }
  }

  @Parameters(
      index = "0",
      paramLabel = "CLIENT",
      description = "claude, cursor, vscode (the folder that you are in) or codex")
  private String client = "";

  @Option(names = "--write", description = "put the lines into the client's file")
  private boolean writes;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "its file of settings, where it is not at the usual place")
  private @Nullable Path file;

  @Option(names = "--url", paramLabel = "URL", description = "the API of a member")
  private @Nullable String url;

  @Option(names = "--tools", paramLabel = "SETS", description = "sets of tools, as for mcp")
  private @Nullable String tools;

  @Option(names = "--author", paramLabel = "NAME", description = "who writes, as for mcp")
  private @Nullable String author;

  @Option(names = "--space", paramLabel = "SPACE", description = "the memory, as for mcp")
  private @Nullable String space;

  @Override
  public int run(PrintStream out, PrintStream err) {
    Client wanted = client();
    String lines = wanted == Client.CODEX ? toml() : pretty(json(wanted, Json.EMPTY_OBJECT), 0);
    if (!writes) {
      err.println("# for " + place(wanted) + " (--write puts it there)");
      out.println(lines);
      return ExitCode.OK.code();
    }
    write(wanted, out, err);
    return ExitCode.OK.code();
  }

  private Client client() {
    for (Client one : Client.values()) {
      if (Json.word(one).equals(client.toLowerCase(Locale.ROOT))) {
        return one;
      }
    }
    throw new CommandFailure(
        ExitCode.USAGE, "config knows claude, cursor, vscode and codex, not '" + client + "'");
  }

  private Path place(Client wanted) {
    if (file != null) {
      return file;
    }
    Path folder = wanted == Client.VSCODE ? Path.of("").toAbsolutePath() : home();
    return folder.resolve(wanted.file);
  }

  /** Where clients look: what the shell calls home counts more than what the system does. */
  private static Path home() {
    String home = System.getenv("HOME");
    return Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home);
  }

  private List<String> command() {
    List<String> words = new ArrayList<>(List.of("mcp"));
    add(words, "--url", url);
    add(words, "--tools", tools);
    add(words, "--space", space);
    add(words, "--author", author);
    return words;
  }

  private static void add(List<String> words, String name, @Nullable String value) {
    if (value != null) {
      words.add(name);
      words.add(value);
    }
  }

  private static String launcher() {
    return Installation.here().root().resolve("mnemogrid").toString();
  }

  /** The settings with our server in place of the one of that name. */
  private Json.Obj json(Client wanted, Json.Obj before) {
    Json.Obj servers =
        before.get(wanted.servers) instanceof Json.Obj there ? there : Json.EMPTY_OBJECT;
    return before.with(wanted.servers, servers.with(SERVER, server(wanted)));
  }

  private Json.Obj server(Client wanted) {
    Map<String, Json> ours = new TreeMap<>();
    ours.put("command", Json.of(launcher()));
    ours.put("args", Json.ofStrings(command()));
    if (wanted != Client.CURSOR) {
      ours.put("type", Json.of("stdio"));
    }
    return new Json.Obj(ours);
  }

  private String toml() {
    StringBuilder lines = new StringBuilder("[mcp_servers." + SERVER + "]\ncommand = ");
    lines.append(Json.of(launcher()).canonical()).append("\nargs = [");
    List<String> words = command();
    for (int i = 0; i < words.size(); i++) {
      lines.append(i == 0 ? "" : ", ").append(Json.of(words.get(i)).canonical());
    }
    return lines.append("]").toString();
  }

  private void write(Client wanted, PrintStream out, PrintStream err) {
    Path target = place(wanted);
    if (wanted == Client.VSCODE && Files.isSymbolicLink(target)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          target + " is a link, which somebody else may have put there; not followed");
    }
    try {
      String before = Files.exists(target) ? Files.readString(target) : "";
      String after = wanted == Client.CODEX ? withToml(target, before) : withJson(wanted, before);
      if (after.equals(before)) {
        err.println("nothing to change in " + target);
        return;
      }
      Path folder = target.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (!before.isEmpty()) {
        Path copy = freeCopy(target);
        Files.move(written(target, copy, before), copy);
        err.println("the file as it was: " + copy);
      }
      show(before, after, out);
      Path real = Files.exists(target) ? target.toRealPath() : target;
      Files.move(
          written(real, real, after),
          real,
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
      err.println("written: " + target);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NOT_ALLOWED, target + " cannot be read or written; nothing was changed", e);
    }
  }

  /** A name beside the file that nothing has, so that no earlier copy is lost. */
  private static Path freeCopy(Path target) {
    Path copy = target.resolveSibling(target.getFileName() + ".before-mnemogrid");
    for (int number = 2; Files.exists(copy); number++) {
      copy = target.resolveSibling(target.getFileName() + ".before-mnemogrid-" + number);
    }
    return copy;
  }

  /**
   * Writes a text into a new file beside another one, which nobody else may read until it has the
   * rights of the file that it is like. Its name is nobody's guess, so no link is followed.
   */
  private static Path written(Path like, Path beside, String text) throws IOException {
    Path folder = beside.toAbsolutePath().getParent();
    Path next = Files.createTempFile(folder, ".mnemogrid-", ".new");
    Files.writeString(next, text);
    if (Files.exists(like) && Files.getFileStore(like).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(next, Files.getPosixFilePermissions(like));
    }
    return next;
  }

  /** Where in a text of JSON something stands: from its first character to behind its last one. */
  private record Span(int from, int to) {}

  /**
   * Puts our server into a text of JSON and leaves all else as it stands there, character by
   * character.
   */
  private String withJson(Client wanted, String before) {
    if (before.isBlank()) {
      return pretty(json(wanted, Json.EMPTY_OBJECT), 0) + "\n";
    }
    Span root = null;
    Span servers = null;
    Span ours = null;
    try (JsonParser parser = new JsonFactory().createParser(before)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new CommandFailure(ExitCode.USAGE, place(wanted) + " is no JSON object");
      }
      int from = offset(parser);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean isServers = parser.currentName().equals(wanted.servers);
        if (parser.nextToken() != JsonToken.START_OBJECT && isServers) {
          throw new CommandFailure(
              ExitCode.USAGE, place(wanted) + ": " + wanted.servers + " is no object");
        }
        if (!isServers) {
          parser.skipChildren();
          continue;
        }
        int first = offset(parser);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          boolean isOurs = parser.currentName().equals(SERVER);
          parser.nextToken();
          int value = offset(parser);
          parser.skipChildren();
          if (isOurs) {
            ours = new Span(value, end(parser));
          }
        }
        servers = new Span(first, end(parser));
      }
      root = new Span(from, end(parser));
      if (parser.nextToken() != null) {
        throw new CommandFailure(ExitCode.USAGE, place(wanted) + " has more than one JSON value");
      }
    } catch (JsonProcessingException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          place(wanted)
              + " is no JSON that can be read ("
              + e.getOriginalMessage()
              + ", line "
              + e.getLocation().getLineNr()
              + "), and was left as it is; without --write the lines are printed",
          e);
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory", e);
    }
    String server = pretty(server(wanted), 2);
    if (ours != null) {
      return before.substring(0, ours.from) + server + before.substring(ours.to);
    }
    if (servers != null) {
      return inserted(before, servers, "    ", SERVER, server, "  ");
    }
    String all = "{\n    " + Json.of(SERVER).canonical() + ": " + server + "\n  }";
    return inserted(before, root, "  ", wanted.servers, all, "");
  }

  private static int offset(JsonParser parser) {
    return (int) parser.currentTokenLocation().getCharOffset();
  }

  private static int end(JsonParser parser) {
    return (int) parser.currentLocation().getCharOffset();
  }

  /** Puts a member first into an object. */
  private static String inserted(
      String text, Span object, String indent, String name, String value, String outer) {
    String rest = text.substring(object.from + 1);
    boolean isEmpty = text.substring(object.from + 1, object.to - 1).isBlank();
    return text.substring(0, object.from + 1)
        + "\n"
        + indent
        + Json.of(name).canonical()
        + ": "
        + value
        + (isEmpty ? "\n" + outer + "}" + text.substring(object.to) : "," + rest);
  }

  /** Our table is put behind all others; one that is there is refused, since TOML is not read. */
  private String withToml(Path target, String before) {
    if (before.contains(toml())) {
      return before;
    }
    if (before.contains("mcp_servers." + SERVER) || before.contains("[mcp_servers]\n" + SERVER)) {
      throw new CommandFailure(
          ExitCode.CONFLICT,
          target + " has a server " + SERVER + " already; change it by hand, or remove it first");
    }
    return before
        + (before.isEmpty() || before.endsWith("\n") ? "" : "\n")
        + (before.isEmpty() ? "" : "\n")
        + toml()
        + "\n";
  }

  /** The lines that go, and those that come. */
  private static void show(String before, String after, PrintStream out) {
    List<String> old = before.lines().toList();
    List<String> next = after.lines().toList();
    int same = 0;
    while (same < old.size() && same < next.size() && old.get(same).equals(next.get(same))) {
      same++;
    }
    int tail = 0;
    while (tail < old.size() - same
        && tail < next.size() - same
        && old.get(old.size() - 1 - tail).equals(next.get(next.size() - 1 - tail))) {
      tail++;
    }
    old.subList(same, old.size() - tail).forEach(line -> out.println("- " + line));
    next.subList(same, next.size() - tail).forEach(line -> out.println("+ " + line));
  }

  /** JSON over several lines, as people read it. */
  private static String pretty(Json json, int depth) {
    String indent = "  ".repeat(depth + 1);
    return switch (json) {
      case Json.Obj object when !object.isEmpty() -> {
        List<String> lines = new ArrayList<>();
        object
            .members()
            .forEach((name, value) ->
                lines.add(indent + Json.of(name).canonical() + ": " + pretty(value, depth + 1)));
        yield "{\n" + String.join(",\n", lines) + "\n" + "  ".repeat(depth) + "}";
      }
      case Json.Arr array when array.items().stream().anyMatch(Json.Obj.class::isInstance) -> {
        List<String> lines = new ArrayList<>();
        array.items().forEach(item -> lines.add(indent + pretty(item, depth + 1)));
        yield "[\n" + String.join(",\n", lines) + "\n" + "  ".repeat(depth) + "]";
      }
      default -> json.canonical();
    };
  }
}
