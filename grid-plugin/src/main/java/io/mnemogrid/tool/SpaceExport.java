package io.mnemogrid.tool;

import io.mnemogrid.audit.Progress;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.LogFold;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A space as JSON Lines: a header, then its records byte for byte. */
final class SpaceExport {
  static final String FORMAT = "mnemogrid-export-1";

  private SpaceExport() {}

  /**
   * Writes the space as it is now; what is committed meanwhile is not in it. The header has the
   * policy that an older version kept beside the log, as long as no record has it.
   *
   * @return how many records were written
   * @throws IllegalArgumentException when the space was never created
   * @throws BrokenHistory when a record does not follow
   */
  static long write(UpdateLog log, SpaceName space, OutputStream out, Progress progress)
      throws IOException {
    LogHead head =
        log.head(space)
            .orElseThrow(() -> new IllegalArgumentException("there is no space " + space));
    LogFold tree = new LogFold(Frontier.EMPTY);
    log.forEachLeafHash(space, 0, head.version(), tree);
    boolean isMoved = !log.find(space, List.of(FirstVersion.ID)).updates().isEmpty();
    String policy = isMoved ? "{}" : log.policy(space).orElse("{}");
    Json.Obj header =
        Json.object(
            Map.of(
                "format", Json.of(FORMAT),
                "log_root", Json.of(tree.frontier().root().toString()),
                "policy", Json.parseCanonical(policy),
                "root", Json.of(head.root().toString()),
                "space", Json.of(space.text()),
                "version", Json.of(head.version())));
    line(out, header.canonical());
    long at = 0;
    Hash previous = Hash.ZERO;
    while (at < head.version()) {
      List<Update> page = log.read(space, at, (int) Math.min(LogReader.PAGE, head.version() - at));
      if (page.isEmpty()) {
        throw new BrokenHistory(space, at + 1, "is missing");
      }
      for (Update update : page) {
        if (!update.previous().equals(previous)) {
          throw new BrokenHistory(space, update.version(), "names another record before it");
        }
        line(out, update.text());
        previous = update.leafHash();
      }
      at = page.getLast().version();
      progress.at("exporting " + space, at, head.version());
    }
    if (!previous.equals(head.leafHash())) {
      throw new BrokenHistory(space, at, "is not the record that the head row names");
    }
    out.flush();
    return at;
  }

  private static void line(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }
}
