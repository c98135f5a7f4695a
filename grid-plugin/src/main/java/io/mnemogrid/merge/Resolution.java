package io.mnemogrid.merge;

import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import java.util.List;

/** What became of a delta that met a head. */
public sealed interface Resolution {
  /** Most bytes of one record. */
  int MAX_RECORD_BYTES = Parts.MAX_RECORD_BYTES;

  /**
   * It takes the next version, or the next few.
   *
   * @param next the document of that version
   * @param changes the leaves that really changed
   * @param superseded its changes that lost, by path
   * @param overrode unseen writes that it beat, by path, then version
   * @param before the versions that it takes before this one, oldest first, because it removes or
   *     recovers more than one record holds; they are committed together or not at all
   */
  record Accepted(
      State next,
      Changes changes,
      List<Superseded> superseded,
      List<Overrode> overrode,
      List<Accepted> before)
      implements Resolution {
    /** A delta that takes one version. */
    public Accepted(
        State next, Changes changes, List<Superseded> superseded, List<Overrode> overrode) {
      this(next, changes, superseded, overrode, List.of());
    }

    public Accepted {
      before = List.copyOf(before);
      superseded = List.copyOf(superseded);
      overrode = List.copyOf(overrode);
    }
  }

  /** A patch that changes nothing here: it takes no version and leaves no trace. */
  record Unchanged() implements Resolution {}

  /** It leaves no trace. */
  record Refused(Refusal refusal) implements Resolution {}
}
