package io.mnemogrid.tool;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.tool.ApiClient.Answer;
import io.mnemogrid.tool.UseCommand.Shown;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who writes, under which id and on which head: what all commands that write have in common. */
final class WriteOptions {
  @Option(
      names = "--as",
      paramLabel = "AUTHOR",
      description = "who writes (default the name of this user)")
  private @Nullable String author;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "the id of the new version (default a fresh one); the same again is done once")
  private @Nullable String id;

  @Option(
      names = "--if-version",
      paramLabel = "V",
      description = "refuse it when the head is another version; 0 is a space that nobody wrote")
  private @Nullable Long ifVersion;

  private @Nullable String made;

  String author() {
    if (author != null) {
      return author;
    }
    return Author.spelled(System.getProperty("user.name", ""), "cli").name();
  }

  String id() {
    if (id != null) {
      return id;
    }
    if (made == null) {
      made = DeltaBuilder.newId().text();
    }
    return made;
  }

  /** Whether the user chose the id, and so may have sent the same before. */
  boolean isIdNamed() {
    return id != null;
  }

  /** The version that the writer says to have seen; null where it named none. */
  @Nullable Long ifVersion() {
    return ifVersion;
  }

  /** The headers that name the head, and who writes what where no body says it. */
  Map<String, String> headers(ApiClient api, String space) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    headers.put("Prefer", "return=minimal");
    if (ifVersion == null) {
      return headers;
    }
    if (ifVersion == 0) {
      headers.put("If-None-Match", "*");
      return headers;
    }
    String path = UseCommand.at(space) + "/state?at=" + ifVersion;
    Answer then = api.call("HEAD", path, Map.of(), new byte[0]);
    if (then.status() != 200) {
      api.get(path); // which says why
    }
    headers.put("If-Match", then.etag());
    return headers;
  }

  /** What became of a change; one that lost is no success, though the log has it. */
  static Shown shown(String space, Json.Obj answer) {
    String version = UseCommand.plain(answer, "version");
    String outcome = UseCommand.plain(answer, "outcome");
    String again = answer.get("duplicate") != null ? ", by an earlier sending" : "";
    CommandFailure but = null;
    if (outcome.equals("superseded")
        && answer.get("superseded") instanceof Json.Arr lost
        && !lost.items().isEmpty()
        && lost.items().getFirst() instanceof Json.Obj first) {
      String detail =
          "version %s lost at %s to %s, who wrote version %s"
              .formatted(
                  version,
                  Table.safe(UseCommand.plain(first, "key")),
                  UseCommand.plain(first, "by"),
                  UseCommand.plain(first, "by_version"));
      String hint = "./mnemogrid conflicts " + space + " has both; write again having seen it";
      but =
          new CommandFailure(
              ExitCode.CONFLICT, detail + " (" + hint + ")", "superseded", detail, hint);
    }
    return new Shown(
        answer, out -> out.println("version " + version + ": " + outcome + again), but);
  }
}
