package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpRetryException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code mcp}: the Model Context Protocol over standard input and output, for the client that
 * starts it (docs/mcp.md). It starts no member: each line goes to {@code POST /mcp} of one, and the
 * answer comes back as a line. So all that is written is in the grid when its answer is printed,
 * and any number of these processes share one memory.
 */
@Command(name = "mcp", subcommands = McpConfigCommand.class)
public final class McpCommand implements Action {
  private static final String META_VERSION = "io.modelcontextprotocol/protocolVersion";
  private static final int INTERNAL = -32603;
  private static final int PARSE_ERROR = -32700;

  /** A line has at most this many bytes, as a body has that a member reads. */
  private static final int MOST_BYTES = 4 << 20;

  /** So many messages are under way at once. */
  private static final int AT_ONCE = 16;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "the API of a member (default that of the run of ./data, else port 8080)")
  private @Nullable String url;

  @Option(
      names = "--tools",
      paramLabel = "SETS",
      description =
          "sets of tools, with commas between: core, graph, openmemory, basic-memory, chatgpt,"
              + " claude-memory (default what the member offers)")
  private @Nullable String tools;

  @Option(
      names = "--space",
      paramLabel = "SPACE",
      description = "the memory of calls that name none (default that of the member, memory)")
  private @Nullable String space;

  @Option(
      names = "--author",
      paramLabel = "NAME",
      description = "who writes (default what the client calls itself)")
  private @Nullable String author;

  private volatile @Nullable String negotiated;
  private volatile @Nullable String client;

  @Override
  public int run(PrintStream out, PrintStream err) {
    check();
    ApiClient api = new ApiClient(url == null ? ApiClient.usual() : url);
    Semaphore free = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Lines lines = new Lines(System.in);
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        byte[] message = line;
        free.acquireUninterruptibly();
        if (isFirst(message)) { // what follows needs the revision that its answer names
          answer(api, message, out, free);
        } else {
          threads.execute(() -> answer(api, message, out, free));
        }
      }
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.CANNOT_TELL, "standard input cannot be read", e);
    }
    return ExitCode.OK.code();
  }

  private void check() {
    try {
      if (space != null) {
        SpaceName.of(space);
      }
      if (author != null) {
        Author _ = new Author(author);
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private static boolean isFirst(byte[] line) {
    return new String(line, StandardCharsets.UTF_8).contains("\"initialize\"");
  }

  /** Lines of bytes, without what ends them, none of which is kept beyond its bound. */
  private static final class Lines {
    private final InputStream in;

    Lines(InputStream in) {
      this.in =
          in instanceof java.io.BufferedInputStream ? in : new java.io.BufferedInputStream(in);
    }

    /** The next line that is not empty, null at the end; of one that is too long, the beginning. */
    byte @Nullable [] next() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == '\n') {
          if (line.size() > 0) {
            return line.toByteArray();
          }
        } else if (b != '\r' && line.size() <= MOST_BYTES) {
          line.write(b);
        }
      }
      return line.size() > 0 ? line.toByteArray() : null;
    }
  }

  private void answer(ApiClient api, byte[] line, PrintStream out, Semaphore free) {
    try {
      String answer = answer(api, line);
      if (answer != null) {
        synchronized (out) {
          out.print(answer + "\n");
          out.flush();
        }
      }
    } finally {
      free.release();
    }
  }

  /** The line to answer with, null for what is not answered. */
  private @Nullable String answer(ApiClient api, byte[] line) {
    Json message;
    try {
      if (line.length > MOST_BYTES) {
        throw new JsonException("", "a message has at most " + MOST_BYTES + " bytes");
      }
      message = Json.parse(line);
    } catch (JsonException e) {
      return error(Json.NULL, PARSE_ERROR, String.valueOf(e.getMessage()));
    }
    Json.Obj object = message instanceof Json.Obj one ? one : Json.EMPTY_OBJECT;
    Json named = object.get("id");
    Json id = named == null ? Json.NULL : named;
    boolean isAnswered =
        named != null && object.get("method") != null || message instanceof Json.Arr;
    try {
      byte[] body = api.exchange(path(), line, headers(object));
      if (body.length == 0) {
        return null;
      }
      Json answer = Json.parse(body);
      if (answer instanceof Json.Obj problem && problem.get("jsonrpc") == null) {
        return isAnswered
            ? error(
                id,
                INTERNAL,
                ApiClient.text(problem, "code")
                    + ": "
                    + ApiClient.text(problem, "detail")
                    + " ("
                    + ApiClient.text(problem, "hint")
                    + ")")
            : null;
      }
      note(object, answer);
      return answer.canonical();
    } catch (HttpRetryException e) { // how a 401 to a POST shows itself
      String why = String.valueOf(api.failure(e.responseCode(), "").getMessage());
      return isAnswered ? error(id, INTERNAL, why) : null;
    } catch (IOException e) {
      return isAnswered ? error(id, INTERNAL, unanswered(object)) : null;
    } catch (JsonException e) {
      return isAnswered ? error(id, INTERNAL, "what answers is no member of mnemogrid") : null;
    } catch (CommandFailure e) {
      return isAnswered ? error(id, INTERNAL, String.valueOf(e.getMessage())) : null;
    }
  }

  private static String unanswered(Json.Obj message) {
    return "no member answered: start ./mnemogrid run, or name another with --url"
        + (Json.of("tools/call").equals(message.get("method"))
            ? ". Whether this call was done is unknown; a write that is sent again with the same"
                + " update_id is done once"
            : "");
  }

  private static String error(Json id, int code, String text) {
    return Json.object(
            Map.of(
                "error", Json.object(Map.of("code", Json.of(code), "message", Json.of(text))),
                "id", id,
                "jsonrpc", Json.of("2.0")))
        .canonical();
  }

  private String path() {
    StringJoiner query = new StringJoiner("&", "/mcp?", "").setEmptyValue("/mcp");
    if (tools != null) {
      query.add("tools=" + ApiClient.encoded(tools));
    }
    if (space != null) {
      query.add("space=" + ApiClient.encoded(space));
    }
    return query.toString();
  }

  /** Over HTTP a message says in headers too what it is. */
  private Map<String, String> headers(Json.Obj message) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Accept", "application/json, text/event-stream");
    if (author != null) {
      headers.put("Mnemogrid-Author", author);
    }
    if (client != null) {
      headers.put("Mnemogrid-Client", client);
    }
    Json.Obj params = message.get("params") instanceof Json.Obj some ? some : Json.EMPTY_OBJECT;
    String own =
        params.get("_meta") instanceof Json.Obj meta ? ApiClient.text(meta, META_VERSION) : "";
    String version = own.isEmpty() ? negotiated : own;
    if (version != null) {
      headers.put("MCP-Protocol-Version", version);
    }
    if (!own.isEmpty()) {
      headers.put("Mcp-Method", encoded(ApiClient.text(message, "method")));
      String name = ApiClient.text(params, "name") + ApiClient.text(params, "uri");
      if (!name.isEmpty()) {
        headers.put("Mcp-Name", encoded(name));
      }
    }
    return headers;
  }

  /** A text that a header cannot hold travels as Base64 between marks. */
  private static String encoded(String text) {
    boolean isPlain = text.chars().allMatch(c -> c > ' ' && c < 127);
    return isPlain
        ? text
        : "=?base64?"
            + java.util.Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))
            + "?=";
  }

  /** The revision that the two agreed on holds for what follows, and so does the client's name. */
  private void note(Json.Obj message, Json answer) {
    if (!Json.of("initialize").equals(message.get("method"))
        || !(answer instanceof Json.Obj object)
        || !(object.get("result") instanceof Json.Obj result)) {
      return;
    }
    negotiated = ApiClient.text(result, "protocolVersion");
    if (message.get("params") instanceof Json.Obj params
        && params.get("clientInfo") instanceof Json.Obj info) {
      client = Author.spelled(ApiClient.text(info, "name"), "mcp").name();
    }
  }
}
