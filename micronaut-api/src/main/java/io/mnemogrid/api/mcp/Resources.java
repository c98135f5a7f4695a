package io.mnemogrid.api.mcp;

import io.micronaut.http.HttpStatus;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What clients read by address: {@code mnemogrid://SPACE/state} is a document, {@code
 * mnemogrid://SPACE/state/facts/hello} what stands at a path of it, {@code
 * mnemogrid://SPACE/summary} what an agent should know before it begins.
 */
@Singleton
final class Resources {
  private static final String SCHEME = "mnemogrid://";
  private static final String JSON = "application/json";

  /** The usual space alone: the others are found by {@code list_spaces}. */
  Map<String, Json> list(Function<Json.Obj, ToolCall> calls) {
    SpaceName space = calls.apply(Json.EMPTY_OBJECT).spaceName();
    return listOf(
        "resources",
        resource("uri", SCHEME + space + "/summary", "summary", "Summary and policies of " + space),
        resource("uri", SCHEME + space + "/state", "state", "The whole memory " + space));
  }

  Map<String, Json> templates() {
    return listOf(
        "resourceTemplates",
        resource(
            "uriTemplate",
            SCHEME + "{space}/summary",
            "summary",
            "Summary and policies of a memory"),
        resource(
            "uriTemplate",
            SCHEME + "{space}/state{+path}",
            "state",
            "What stands at a path, a JSON Pointer, of a memory"));
  }

  private static Map<String, Json> listOf(String name, Json... items) {
    Map<String, Json> result = new TreeMap<>();
    result.put(name, new Json.Arr(List.of(items)));
    return result;
  }

  private static Json resource(String key, String uri, String name, String description) {
    return Json.object(
        Map.of(
            key,
            Json.of(uri),
            "name",
            Json.of(name),
            "description",
            Json.of(description),
            "mimeType",
            Json.of(JSON)));
  }

  Map<String, Json> read(String uri, Function<Json.Obj, ToolCall> calls) {
    if (!uri.startsWith(SCHEME)) {
      throw notFound(uri);
    }
    String rest = uri.substring(SCHEME.length());
    int slash = rest.indexOf('/');
    if (slash < 0) {
      throw notFound(uri);
    }
    String what = rest.substring(slash);
    ToolCall call = calls.apply(named(rest.substring(0, slash), calls));
    try {
      Space space = call.spaceIfAny();
      Snapshot head = space == null ? Snapshot.ofNew(call.spaceName()) : space.head();
      Json value;
      if (what.equals("/summary")) {
        value =
            Json.object(
                Map.of(
                    "policies", orNull(head, "policies"),
                    "summary", orNull(head, "summary"),
                    "version", Json.of(head.version())));
      } else if (what.equals("/state") || what.startsWith("/state/")) {
        value = at(head, uri, Pointer.parse(what.substring("/state".length())));
      } else {
        throw notFound(uri);
      }
      return listOf(
          "contents",
          Json.object(
              Map.of(
                  "uri", Json.of(uri),
                  "mimeType", Json.of(JSON),
                  "text", Json.of(value.canonical()))));
    } catch (IllegalArgumentException e) {
      throw notFound(uri);
    } catch (ProblemException e) {
      throw e.problem().status() == HttpStatus.NOT_FOUND ? notFound(uri) : e;
    }
  }

  /** The usual space may be one that nobody has written to yet; then it is empty. */
  private static Json.Obj named(String space, Function<Json.Obj, ToolCall> calls) {
    return calls.apply(Json.EMPTY_OBJECT).spaceName().text().equals(space)
        ? Json.EMPTY_OBJECT
        : Json.object(Map.of("space", Json.of(space)));
  }

  private static Json at(Snapshot head, String uri, Pointer path) {
    long most = 2L * ToolResult.MOST_BYTES;
    if (head.state().sizeBytes(path, most) > most) {
      throw RpcException.invalidParams(
          uri + " has more than " + most + " bytes; read a place below it, or call read_memory");
    }
    Json value = head.state().value(path);
    if (value == null) {
      throw notFound(uri);
    }
    return path.equals(Pointer.ROOT) && value instanceof Json.Obj document
        ? Reserved.without(document)
        : value;
  }

  private static Json orNull(Snapshot head, String member) {
    Pointer path = Pointer.ROOT.child(member);
    if (head.state().sizeBytes(path, ToolResult.MOST_BYTES) > ToolResult.MOST_BYTES) {
      throw RpcException.invalidParams(
          "what stands at " + path + " is too large; call read_memory for its parts");
    }
    Json value = head.state().value(path);
    return value == null ? Json.NULL : value;
  }

  private static RpcException notFound(String uri) {
    return new RpcException(
        RpcException.INVALID_PARAMS,
        HttpStatus.BAD_REQUEST,
        "Resource not found",
        Json.object(Map.of("uri", Json.of(uri))));
  }
}
