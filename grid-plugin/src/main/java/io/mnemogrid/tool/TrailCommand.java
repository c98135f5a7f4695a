package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.store.Store;
import io.mnemogrid.trail.TrailEntry;
import io.mnemogrid.trail.TrailSheet;
import io.mnemogrid.trail.TrailStore;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code trail}: the audit trail of a store, an entry a line as JSON, as {@code GET
 * /v1/audit-trail} shows it. Members may run meanwhile.
 */
@Command(name = "trail")
public final class TrailCommand extends StoreAction {
  private static final long PAGE_BYTES = 4 << 20;

  @Option(
      names = "--since",
      paramLabel = "N|TIME",
      description = "after the entry of that number, or from 2027-01-31T00:00:00Z on (all)")
  private String since = "0";

  @Override
  ExitCode play(PrintStream out, PrintStream err) {
    try (Store opened = store.openToRead()) {
      TrailStore trail = opened.trail();
      long after = after(trail);
      while (true) {
        List<TrailSheet> page = trail.read(after, PAGE_BYTES);
        if (page.isEmpty()) {
          return ExitCode.OK;
        }
        for (TrailSheet sheet : page) {
          print(sheet, after, out);
        }
        after = page.getLast().last();
      }
    }
  }

  private long after(TrailStore trail) {
    try {
      return since.matches("[0-9]{1,15}")
          ? Long.parseLong(since)
          : trail.before(Timestamps.parse(since));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "--since wants the number of an entry, or a time: " + e.getMessage(), e);
    }
  }

  private static void print(TrailSheet sheet, long after, PrintStream out) {
    switch (sheet.read()) {
      case TrailSheet.Reading.Whole whole -> {
        long number = sheet.first();
        for (TrailEntry entry : whole.entries()) {
          if (number > after) {
            out.println(entry.members().with("number", Json.of(number)).canonical());
          }
          number++;
        }
      }
      case TrailSheet.Reading.Forgotten _ -> {}
      case TrailSheet.Reading.Altered altered ->
          throw new CommandFailure(
              ExitCode.DOES_NOT_HOLD,
              "sheet %d of the audit trail was altered, and ./mnemogrid fsck says where: %s"
                  .formatted(sheet.number(), altered.what()));
    }
  }
}
