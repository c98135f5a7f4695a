package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.Envelope;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Signals;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code watch}: follows a space, an event a line, over lost connections, until Ctrl-C
 * (docs/cli.md).
 */
@Command(name = "watch")
public final class WatchCommand implements Action {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

  @Mixin private UseOptions options = new UseOptions();

  @Parameters(index = "0", paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description = "versions that changed something at, above or below it")
  private @Nullable String path;

  @Option(names = "--author", paramLabel = "NAME", description = "versions of one author")
  private @Nullable String author;

  @Option(
      names = "--since",
      paramLabel = "V|TAG",
      description = "those after a version, an id of an event or an ETag (default the head)")
  private @Nullable String since;

  @Option(
      names = "--exec",
      paramLabel = "CMD",
      description =
          "runs it by /bin/sh -c for each event, one at a time, with the event's JSON on its"
              + " standard input and MNEMOGRID_EVENT, _VERSION and _SPACE in its environment")
  private @Nullable String exec;

  private volatile @Nullable Process running;

  @Override
  public int run(PrintStream out, PrintStream err) throws InterruptedException {
    ApiClient api = options.api();
    Signals.onEnd(() -> {
      Process process = running;
      if (process != null) {
        process.destroy();
      }
      out.flush();
      System.exit(ExitCode.OK.code());
    });
    return follow(api, out, err, FIRST_PAUSE).code();
  }

  /** Follows until the reader of the output has gone. */
  ExitCode follow(ApiClient api, PrintStream out, PrintStream err, Duration firstPause)
      throws InterruptedException {
    String filters = query(false);
    new Watch(
            api,
            UseCommand.at(space) + "/events",
            query(true),
            filters,
            why -> err.println("mnemogrid: " + Table.safe(why)),
            firstPause)
        .run(event -> take(event, out, err));
    return ExitCode.OK;
  }

  private String query(boolean hasPlace) {
    StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
    if (hasPlace && since != null) {
      query.add("since=" + ApiClient.encoded(since));
    }
    if (path != null) {
      query.add("path=" + ApiClient.encoded(path));
    }
    if (author != null) {
      query.add("author=" + ApiClient.encoded(author));
    }
    return query.toString();
  }

  private boolean take(EventStream.Event event, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    Json.Obj object;
    try {
      object = Watch.object(event);
    } catch (JsonException e) {
      throw new CommandFailure(ExitCode.CANNOT_TELL, "what is sent is no event of a member", e);
    }
    Json.Obj data = object.get("data") instanceof Json.Obj some ? some : Json.EMPTY_OBJECT;
    if (options.output().isAgent()) {
      out.println(Envelope.ok("watch", options.output().began(), object.canonical()));
    } else if (options.output().isTable()) {
      out.println(Table.safe(line(event.name(), data)));
    } else {
      out.println(object.canonical());
    }
    if (exec != null && !out.checkError()) {
      execute(exec, event, data, err);
    }
    return !out.checkError(); // also flushes it
  }

  private static String line(String name, Json.Obj data) {
    String version = version(data);
    String about =
        name.equals("commit")
            ? UseCommand.plain(data, "committed")
                + "  "
                + UseCommand.plain(data, "author")
                + "  "
                + UseCommand.plain(data, "type")
                + "  "
                + Records.changes(data)
            : name.equals("superseded")
                ? UseCommand.plain(data, "author") + "  " + Records.changes(data)
                : UseCommand.plain(data, "detail");
    return (version + "  " + name + "  " + about).strip();
  }

  private static String version(Json.Obj data) {
    String version = UseCommand.plain(data, "version");
    return version.isEmpty() ? UseCommand.plain(data, "finalized_version") : version;
  }

  /** Runs the command to its end. What it prints is the user's, except among objects. */
  private void execute(String command, EventStream.Event event, Json.Obj data, PrintStream err)
      throws IOException, InterruptedException {
    List<String> words =
        options.output().isAgent()
            ? List.of("/bin/sh", "-c", "exec /bin/sh -c \"$1\" >&2", "sh", command)
            : List.of("/bin/sh", "-c", command);
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT);
    builder
        .environment()
        .putAll(
            Map.of(
                "MNEMOGRID_EVENT", event.name(),
                "MNEMOGRID_SPACE", space,
                "MNEMOGRID_VERSION", version(data)));
    Process process = builder.start();
    running = process;
    try (OutputStream in = process.getOutputStream()) {
      in.write((event.data() + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The command need not read it; whether it failed, its code says.
    }
    int code = process.waitFor();
    running = null;
    if (code != 0) {
      err.println("mnemogrid: the command ended with " + code + " after " + event.id());
    }
  }
}
