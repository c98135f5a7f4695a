package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.tool.ApiClient.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends one change until it is known what became of it. All sendings have the same {@code
 * update_id}, so the change is made once however many of them arrive.
 *
 * <p>It ends at once when nobody listens and nothing was sent yet, since then it is known that the
 * change was not made.
 */
final class Sending {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long MOST_PAUSE_MILLIS = 2_000;
  private static final Set<Integer> AGAIN = Set.of(202, 429, 502, 503, 504);

  /** Of these a 503 does not mend itself. */
  private static final Set<String> LASTING = Set.of("log-damaged", "checkpoint-damaged");

  private final ApiClient api;
  private final String space;
  private final String id;
  private final long deadline;
  private long pause = FIRST_PAUSE_MILLIS;
  private boolean isUnknown;

  /** A change of a space with that id. */
  Sending(ApiClient api, String space, String id, Duration patience) {
    this.api = api;
    this.space = space;
    this.id = id;
    this.deadline = System.nanoTime() + patience.toNanos();
  }

  /**
   * What became of it.
   *
   * @throws CommandFailure when it was refused, or nobody knows in time
   */
  Json.Obj settle(String method, String path, Map<String, String> headers, Json body)
      throws InterruptedException {
    byte[] bytes = body.canonicalBytes();
    while (true) {
      long wait;
      CommandFailure why;
      try {
        Answer answer = api.call(method, path, headers, bytes);
        int status = answer.status();
        if (status == 200 || status == 201) {
          return answer
              .object()
              .orElseThrow(() ->
                  new CommandFailure(
                      ExitCode.CANNOT_TELL, "what answers is no member of mnemogrid"));
        }
        why = api.failure(status, answer.text());
        if (!AGAIN.contains(status) || LASTING.contains(why.code())) {
          Optional<Json.Obj> made = isUnknown ? inTheLog() : Optional.empty();
          if (made.isPresent()) {
            return made.get();
          }
          throw why;
        }
        isUnknown |= status != 429 && status != 503;
        wait = answer.retryAfter() * 1_000;
      } catch (ConnectException | UnknownHostException e) { // nothing was sent
        why = api.unanswered(e);
        if (!isUnknown) {
          throw why;
        }
        wait = 0;
      } catch (IOException e) {
        why = api.unanswered(e);
        isUnknown = true;
        wait = 0;
      }
      pause(Math.max(wait, pause), why);
      pause = Math.min(2 * pause, MOST_PAUSE_MILLIS);
    }
  }

  private void pause(long millis, CommandFailure why) throws InterruptedException {
    long left = (deadline - System.nanoTime()) / 1_000_000;
    if (left < millis) {
      throw isUnknown ? unknown(why) : why;
    }
    Thread.sleep(millis);
  }

  private CommandFailure unknown(CommandFailure why) {
    String detail = "nobody knows yet whether it was done: " + why.detail();
    String hint = "the same again with --id " + id + " is done once";
    return new CommandFailure(
        ExitCode.TIMED_OUT, detail + " (" + hint + ")", "outcome-unknown", detail, hint);
  }

  /** An earlier sending may have been taken before a later one was refused. */
  private Optional<Json.Obj> inTheLog() {
    Json.Obj page =
        api.getJson(UseCommand.at(space) + "/updates?update_id=" + ApiClient.encoded(id));
    if (page.get("items") instanceof Json.Arr items
        && !items.items().isEmpty()
        && items.items().getFirst() instanceof Json.Obj record) {
      Map<String, Json> answer = new TreeMap<>();
      for (String name : new String[] {"overrode", "root", "space", "superseded", "version"}) {
        @Nullable Json value = record.get(name);
        answer.put(name, value == null ? Json.NULL : value);
      }
      boolean lost = record.get("superseded") instanceof Json.Arr some && !some.items().isEmpty();
      answer.put("outcome", Json.of(lost ? "superseded" : "applied"));
      answer.put("update_id", Json.of(id));
      answer.put("duplicate", Json.TRUE);
      return Optional.of(new Json.Obj(answer));
    }
    return Optional.empty();
  }
}
