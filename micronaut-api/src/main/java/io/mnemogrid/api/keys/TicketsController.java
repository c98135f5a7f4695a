package io.mnemogrid.api.keys;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Json;
import java.util.Map;

/** Tickets for pages in browsers. */
@Controller("/v1/tickets")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class TicketsController {
  private final Tickets tickets;

  TicketsController(Tickets tickets) {
    this.tickets = tickets;
  }

  /** A ticket that stands for the key of this request. */
  @Post
  @Needs(Right.READ)
  HttpResponse<byte[]> issue(HttpRequest<?> request) {
    Json.Obj answer =
        Json.object(
            Map.of(
                "expires_in", Json.of(Tickets.LIFE.toSeconds()),
                "ticket", Json.of(tickets.issue(Access.keyOf(request)))));
    return Answers.json(HttpResponse.created(new byte[0]), answer.canonicalBytes())
        .header("Cache-Control", "no-store");
  }
}
