package io.mnemogrid.traffic;

import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Evidence;
import io.mnemogrid.client.Request;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The lines of a bot's journal: each request ({@code >}), written before it is sent; each answer
 * ({@code <}), written as soon as it came; and each read. So if a bot is killed at any moment, its
 * journal has every request that may have been sent.
 */
public final class BotJournal {
  private BotJournal() {}

  /** The line of a request, written before it is sent. */
  public static String sent(SpaceName space, Delta delta) {
    return "> %s %s %s %s"
        .formatted(space, delta.id(), delta.requestHash(), delta.request().canonical());
  }

  /** The line of a request that is known only by its record in the log. */
  static String sent(SpaceName space, Update update) {
    return "> %s %s %s null".formatted(space, update.id(), update.fields().request());
  }

  static String stands(Update update) {
    return "< %s %s stands %d %d %s %s"
        .formatted(
            update.space(),
            update.id(),
            System.nanoTime(),
            update.version(),
            update.root(),
            update.leafHash());
  }

  /** The line of an acknowledgement that came just now and names a place. */
  public static String stands(SpaceName space, UpdateId id, Claim.Place place) {
    return "< %s %s stands %d %d %s 0x%s"
        .formatted(space, id, System.nanoTime(), place.version(), place.root(), place.leafPrefix());
  }

  /** The line of a refusal. */
  public static String refused(SpaceName space, UpdateId id, String code) {
    return "< %s %s refused %s".formatted(space, id, code);
  }

  static String read(SpaceName space, String agent, long began, LogHead head, long own) {
    return "r %s %s %d %d %s %d"
        .formatted(space, agent, began, head.version(), head.leafHash(), own);
  }

  /**
   * The line of a read that showed a version.
   *
   * @param leafPrefix the first hex digits of that version's leaf hash
   */
  public static String read(
      SpaceName space, String agent, long began, long version, String leafPrefix, long own) {
    return "r %s %s %d %d 0x%s %d".formatted(space, agent, began, version, leafPrefix, own);
  }

  /** The line of something that should not have happened. */
  public static String surprise(String sentence) {
    return "! " + sentence.replace('\n', ' ');
  }

  /** Notes all that a bot wrote down. */
  public static void copy(Path file, String member, Journal journal) {
    Map<String, Request> open = new HashMap<>();
    try (Stream<String> lines = Files.lines(file)) {
      lines.forEach(line -> {
        String[] part = line.split(" ", 5);
        if (part.length < 2) {
          return; // the last line of a bot that was killed
        }
        switch (part[0]) {
          case ">" ->
              open.put(
                  part[1] + " " + part[2],
                  new Request(
                      SpaceName.of(part[1]),
                      Json.parse(part[4]),
                      List.of(new Request.Part(new UpdateId(part[2]), Hash.parse(part[3])))));
          case "<" -> {
            Request request = open.remove(part[1] + " " + part[2]);
            if (request == null) {
              throw new IllegalStateException("nobody sent what was answered: " + line);
            }
            note(request, part[3], part[4].split(" ", -1), journal);
          }
          case "r" -> {
            String[] rest = line.split(" ", -1);
            journal.read(
                SpaceName.of(rest[1]),
                new Evidence.Read(
                    rest[2],
                    member,
                    Long.parseLong(rest[3]),
                    Long.parseLong(rest[4]),
                    rest[4].equals("0") ? "" : rest[5].substring(2),
                    Long.parseLong(rest[6])));
          }
          default -> journal.surprise(line);
        }
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.values().forEach(request -> journal.note(new Claim.Open(request)));
  }

  private static void note(Request request, String answer, String[] part, Journal journal) {
    if (!answer.equals("stands")) {
      journal.note(new Claim.Refused(request, part[0]));
      return;
    }
    long version = Long.parseLong(part[1]);
    journal.ack(request.space(), new Evidence.Ack(version, Long.parseLong(part[0])));
    journal.note(
        new Claim.Stands(
            request, List.of(new Claim.Place(version, Hash.parse(part[2]), part[3].substring(2)))));
  }
}
