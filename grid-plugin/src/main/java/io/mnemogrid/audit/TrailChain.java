package io.mnemogrid.audit;

import static io.mnemogrid.audit.Mismatched.equal;
import static io.mnemogrid.audit.Mismatched.reading;
import static io.mnemogrid.audit.Mismatched.table;

import io.mnemogrid.log.Update;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.store.StoreRows.LogRow;
import io.mnemogrid.store.StoreRows.SpaceRow;
import io.mnemogrid.trail.TrailEntry;
import io.mnemogrid.trail.TrailHead;
import io.mnemogrid.trail.TrailSheet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Compares the audit trail as a chain: numbers, hashes and entries of its sheets, the row that says
 * where it ends, and every head of it that the space {@link SpaceName#TRAIL} has ever named. Only
 * the last of these shows a trail that was rewritten as a whole, and one whose end was cut off. The
 * log of that space is taken as it is, so it is compared before. Used by one thread.
 */
final class TrailChain {
  private static final Pointer HEAD = Pointer.parse("/head");

  private final StoreRows rows;
  private final Progress progress;
  private long sheets;
  private long entries;
  private Hash hash = Hash.ZERO;
  private long lastGone; // the last sheet without entries
  private long forgotten; // up to which sheet the trail itself says that entries are forgotten

  TrailChain(StoreRows rows, Progress progress) {
    this.rows = rows;
    this.progress = progress;
  }

  /** How many sheets were compared. */
  long sheets() {
    return sheets;
  }

  /** Compares all that there is now with the heads that the space was seen to name before. */
  void compare(List<SpaceRow> spaces) {
    TrailHead head = head();
    follow(head);
    if (lastGone > forgotten) {
      follow(head()); // some may have been forgotten meanwhile, which stands on a sheet since then
    }
    if (lastGone > forgotten) {
      throw new Mismatched(
          where(lastGone),
          "its entries are gone, and the trail says that only those of the sheets up to "
              + forgotten
              + " are forgotten");
    }
    spaces.stream()
        .filter(space -> space.head().space().equals(SpaceName.TRAIL))
        .forEach(this::heads);
  }

  private TrailHead head() {
    return table("trail_head", rows::trailHead)
        .orElseThrow(() -> new Mismatched("the table trail_head", "its row is missing"));
  }

  private static String where(long sheet) {
    return "audit trail, sheet " + sheet;
  }

  private static String where(TrailSheet sheet) {
    return "%s (entries %d to %d)".formatted(where(sheet.number()), sheet.first(), sheet.last());
  }

  /** Follows the chain from where it was left to a head. */
  private void follow(TrailHead head) {
    while (sheets < head.sheets()) {
      List<TrailSheet> page = table("audit_trail", () -> rows.trail(sheets));
      if (page.isEmpty()) {
        throw new Mismatched(
            where(sheets + 1),
            "it is missing, with all behind it: the trail ended at entry " + head.entries());
      }
      for (TrailSheet sheet : page) {
        if (sheet.number() <= head.sheets()) {
          next(sheet);
        }
      }
      progress.at("the audit trail", sheets, head.sheets());
    }
    String where = "the table trail_head";
    equal(where, "the number of sheets", head.sheets(), sheets);
    equal(where, "the number of entries", head.entries(), entries);
    equal(where, "the hash", head.hash(), hash);
  }

  private void next(TrailSheet sheet) {
    if (sheet.number() != sheets + 1) {
      throw new Mismatched(
          "%s (entries %d to %d)".formatted(where(sheets + 1), entries + 1, sheet.first() - 1),
          "it is missing, the next is sheet " + sheet.number());
    }
    String where = where(sheet);
    equal(where, "the number of its first entry", sheet.first(), entries + 1);
    switch (sheet.read()) {
      case TrailSheet.Reading.Whole whole -> whole.entries().forEach(this::noteForgotten);
      case TrailSheet.Reading.Forgotten _ -> {
        if (lastGone != sheets) {
          throw new Mismatched(where, "its entries are gone, though older ones are kept");
        }
        lastGone = sheet.number();
      }
      case TrailSheet.Reading.Altered altered ->
          throw new Mismatched(
              altered.entry() == 0
                  ? where
                  : "audit trail, entry %d (sheet %d)".formatted(altered.entry(), sheet.number()),
              altered.what());
    }
    equal(where, "its hash behind the sheet before it", sheet.hash(), sheet.hashAfter(hash));
    sheets = sheet.number();
    entries = sheet.last();
    hash = sheet.hash();
  }

  private void noteForgotten(TrailEntry entry) {
    if (entry.members().get(TrailEntry.FORGOTTEN) instanceof Json.Num upTo) {
      forgotten = Math.max(forgotten, (long) upTo.value());
    }
  }

  /** Compares every head that the space has named, in any version. */
  private void heads(SpaceRow space) {
    long last = space.head().version();
    long since = 0;
    while (since < last) {
      List<LogRow> page = rows.log(space.id(), since, last);
      if (page.isEmpty()) {
        return; // its replay says so
      }
      for (LogRow row : page) {
        since = row.version();
        String where = "space " + SpaceName.TRAIL + ", version " + since;
        Update update = reading(where, () -> Update.parse(row.record()));
        set(update.fields().changes()).forEach(leaf -> head(where, leaf));
      }
    }
  }

  /** What the head was set to: one value, or none. */
  private static List<Json> set(Changes changes) {
    return Stream.concat(
            changes.added().stream()
                .filter(change -> change.path().equals(HEAD))
                .map(Changes.Added::value),
            changes.modified().stream()
                .filter(change -> change.path().equals(HEAD))
                .map(Changes.Modified::newValue))
        .toList();
  }

  private void head(String where, Json leaf) {
    TrailHead.Said said =
        TrailHead.Said.read(leaf)
            .orElseThrow(() -> new Mismatched(where, "/head is no head of the audit trail"));
    if (said.sheets() > sheets) {
      throw new Mismatched(
          where(sheets + 1),
          "it is missing: the trail ends at entry %d, and %s names entry %d of sheet %d"
              .formatted(entries, where, said.entries(), said.sheets()));
    }
    Optional<TrailHead.Said> there = rows.trailAt(said.sheets());
    if (!there.equals(Optional.of(said))) {
      throw new Mismatched(
          where(said.sheets()),
          "it is not the one that %s names: the trail was rewritten at or before it"
              .formatted(where));
    }
  }
}
