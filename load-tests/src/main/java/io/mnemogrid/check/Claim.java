package io.mnemogrid.check;

import io.mnemogrid.client.Request;
import io.mnemogrid.state.Hash;
import java.util.List;

/** What must be true of a log because of what a writer was answered. */
public sealed interface Claim {
  /** The request that was sent. */
  Request request();

  /** It was acknowledged: it stands in the log, once, as the answer said. */
  record Stands(Request request, List<Place> places) implements Claim {
    public Stands {
      places = List.copyOf(places);
    }
  }

  /**
   * Where one delta stands.
   *
   * @param leafPrefix the first hex digits of the record's leaf hash, as many as are known
   */
  record Place(long version, Hash root, String leafPrefix) {}

  /** It was refused: nothing of it stands in the log. */
  record Refused(Request request, String code) implements Claim {}

  /** There was no answer: it stands in the log once, or not at all. */
  record Open(Request request) implements Claim {}
}
