package io.mnemogrid.api.mcp;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.policy.Right;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The route of the Model Context Protocol. An address names what it offers: {@code
 * /mcp?tools=graph&space=notes}. There is no session and no stream, so any member answers any
 * message, and GET and DELETE are a 405.
 */
@Controller("/mcp")
@ExecuteOn(TaskExecutors.BLOCKING)
final class McpController {
  /** A list of messages, which one revision knows, has at most so many. */
  private static final int MOST_MESSAGES = 50;

  private static final Set<String> WORK = Set.of("tools/call", "resources/read", "prompts/get");

  private final Memory memory;
  private final ToolSets sets;
  private final Resources resources;
  private final Labour labour;
  private final String usualSpace;
  private final String version;

  McpController(Memory memory, ToolSets sets, Resources resources, Labour labour, Values settings) {
    this.memory = memory;
    this.sets = sets;
    this.resources = resources;
    this.labour = labour;
    this.usualSpace = settings.value(Settings.MCP_SPACE);
    String built = McpController.class.getPackage().getImplementationVersion();
    this.version = built == null ? "0.1.0-SNAPSHOT" : built;
  }

  /** Answers a message, or a list of them. */
  @Post
  @Needs(Right.SEE)
  HttpResponse<byte[]> post(
      HttpRequest<byte[]> request,
      @QueryValue @Nullable String tools,
      @QueryValue @Nullable String space) {
    Notes.of(request).readsAlone();
    return answer(request, tools, space);
  }

  private HttpResponse<byte[]> answer(
      HttpRequest<byte[]> request, @Nullable String tools, @Nullable String space) {
    SpaceName usual = Params.space(space == null ? usualSpace : space);
    Exchange.Offer offer =
        new Exchange.Offer(memory, sets.chosen(tools), resources, version, usual.text());
    Json body;
    try {
      body = labour.read(request, () -> Json.parse(Gzip.body(request)));
    } catch (JsonException e) {
      return json(
          HttpStatus.BAD_REQUEST,
          Exchange.answer(
              Json.NULL,
              "error",
              new RpcException(
                      RpcException.PARSE_ERROR,
                      HttpStatus.BAD_REQUEST,
                      String.valueOf(e.getMessage()),
                      null)
                  .toJson()));
    }
    if (body instanceof Json.Arr list) {
      return answer(request, offer, list.items());
    }
    Exchange.Reply reply = new Exchange(offer, request).reply(body);
    Json.Obj text = reply.body();
    return text == null ? HttpResponse.status(reply.status()) : json(reply.status(), text);
  }

  /** A list of messages, as revision 2025-03-26 has it; one at most uses the memory. */
  private static HttpResponse<byte[]> answer(
      HttpRequest<byte[]> request, Exchange.Offer offer, List<Json> messages) {
    long calls = messages.stream().filter(McpController::isWork).count();
    String version = request.getHeaders().get(Exchange.VERSION_HEADER);
    if (version != null && !version.strip().equals(Revision.UNNAMED)) {
      return json(
          HttpStatus.BAD_REQUEST,
          Exchange.answer(
              Json.NULL,
              "error",
              RpcException.invalidRequest("a message is an object in revision " + version)
                  .toJson()));
    }
    if (messages.isEmpty() || messages.size() > MOST_MESSAGES || calls > 1) {
      return json(
          HttpStatus.BAD_REQUEST,
          Exchange.answer(
              Json.NULL,
              "error",
              RpcException.invalidRequest(
                      "a list has 1 to "
                          + MOST_MESSAGES
                          + " messages, of which one at most calls a tool, reads a resource"
                          + " or gets a prompt")
                  .toJson()));
    }
    List<Json> replies = new ArrayList<>();
    for (Json message : messages) {
      Json.Obj reply = new Exchange(offer, request).reply(message).body();
      if (reply != null) {
        replies.add(reply);
      }
    }
    return replies.isEmpty()
        ? HttpResponse.status(HttpStatus.ACCEPTED)
        : json(HttpStatus.OK, new Json.Arr(replies));
  }

  /** A request has one entry in the trail and one turn, so one message alone may use the memory. */
  private static boolean isWork(Json message) {
    return message instanceof Json.Obj object
        && object.get("method") instanceof Json.Str method
        && WORK.contains(method.value());
  }

  private static HttpResponse<byte[]> json(HttpStatus status, Json body) {
    return Answers.json(HttpResponse.status(status), body.canonicalBytes())
        .header("Cache-Control", "no-store");
  }
}
