package io.mnemogrid.merge;

import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import java.util.List;

/** What became of a delta that met a head. */
public sealed interface Resolution {
  /**
   * It takes the next version.
   *
   * @param next the document of that version
   * @param changes the leaves that really changed
   * @param superseded its changes that lost, by path
   * @param overrode unseen writes that it beat, by path, then version
   */
  record Accepted(State next, Changes changes, List<Superseded> superseded, List<Overrode> overrode)
      implements Resolution {
    public Accepted {
      superseded = List.copyOf(superseded);
      overrode = List.copyOf(overrode);
    }
  }

  /** It leaves no trace. */
  record Refused(Refusal refusal) implements Resolution {}
}
