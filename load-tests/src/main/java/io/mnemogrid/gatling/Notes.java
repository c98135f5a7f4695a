package io.mnemogrid.gatling;

import io.mnemogrid.check.Claim;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.traffic.BotJournal;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The journal of all bots: what they sent, what they were answered and what they read, in the lines
 * of {@link BotJournal}. Safe for all threads; a line is in the file at the latest when this is
 * closed.
 */
final class Notes implements AutoCloseable {
  private final BufferedWriter out;

  Notes(Path file) {
    try {
      this.out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void sent(SpaceName space, Delta delta) {
    line(BotJournal.sent(space, delta));
  }

  void stands(SpaceName space, UpdateId id, Claim.Place place) {
    line(BotJournal.stands(space, id, place));
  }

  void refused(SpaceName space, UpdateId id, String code) {
    line(BotJournal.refused(space, id, code));
  }

  /** A read of an agent, which names its member too; of a version with such a leaf hash. */
  void read(SpaceName space, String agent, long began, long version, String leafPrefix, long own) {
    line(BotJournal.read(space, agent, began, version, leafPrefix, own));
  }

  void surprise(String sentence) {
    line(BotJournal.surprise(sentence));
  }

  private synchronized void line(String text) {
    try {
      out.write(text);
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
