package io.mnemogrid.api.mcp;

import java.util.List;

/**
 * The revisions of the protocol that are spoken here. Those until 2025-11-25 begin with {@code
 * initialize}; that of 2026-07-28 has no beginning, each of its requests says all about itself.
 */
final class Revision {
  /** The one without {@code initialize}. */
  static final String STATELESS = "2026-07-28";

  /** What a request is taken for that names none, as its revision wants. */
  static final String UNNAMED = "2025-03-26";

  /** Those with {@code initialize}, newest first. The last one is spoken over standard streams. */
  static final List<String> WITH_INITIALIZE =
      List.of("2025-11-25", "2025-06-18", UNNAMED, "2024-11-05");

  /** All of them, newest first. */
  static final List<String> ALL =
      List.of(STATELESS, "2025-11-25", "2025-06-18", UNNAMED, "2024-11-05");

  private Revision() {}

  /** What {@code initialize} is answered with: what the client wants, or else the newest one. */
  static String negotiated(String wanted) {
    return WITH_INITIALIZE.contains(wanted) ? wanted : WITH_INITIALIZE.getFirst();
  }
}
