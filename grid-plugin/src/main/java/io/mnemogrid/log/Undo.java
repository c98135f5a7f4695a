package io.mnemogrid.log;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.UpdateId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes back when all is undone that still stands because of one author. It is made from one
 * head ({@link History#undo}) and true for that head alone.
 *
 * @param head the version that it is made from
 * @param places what goes back, sorted by path
 * @param kept what does not come back, because something that stays stands at, above or below it;
 *     sorted by path
 * @param readers the first updates of others whose authors had seen the first version that the
 *     author wrote after the one that is named, oldest first
 * @param readersInAll how many such updates there are
 * @param patch makes the document of the head the one without it
 */
public record Undo(
    LogHead head,
    List<Place> places,
    List<Pointer> kept,
    List<Reader> readers,
    long readersInAll,
    Patch patch) {
  /** Most readers that are named. */
  public static final int MOST_READERS = 1000;

  public Undo {
    places = List.copyOf(places);
    kept = List.copyOf(kept);
    readers = List.copyOf(readers);
  }

  /**
   * A leaf that goes back.
   *
   * @param stands what stands there now, null where nothing does
   * @param before what the author found there, null where nothing stood
   * @param version with which the author changed it first, after whom nobody else has
   */
  public record Place(Pointer path, @Nullable Json stands, @Nullable Json before, long version) {}

  /** An update whose author had seen the first of those versions, by its base. */
  public record Reader(long version, Author author, UpdateId id, long base) {}
}
