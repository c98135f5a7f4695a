package io.mnemogrid.setting;

import java.util.EnumSet;
import java.util.Set;

/** What settings are about: a part of the page that describes them. */
public enum Section {
  /** Where a member keeps what must not be lost. */
  STORE("The store"),
  /** How members find each other. */
  GRID("The grid"),
  /** When checkpoints are made, where they go, what they may cost. */
  CHECKPOINTS("Checkpoints"),
  /** Who did what over HTTP. */
  TRAIL("The audit trail"),
  /** How much there may be, and how long something may take. */
  LIMITS("Limits and times"),
  /** The HTTP server. */
  HTTP("HTTP"),
  /** What the launcher and the drills read; no member looks at it. */
  TOOLS("The launcher and the drills");

  /** What a member of a grid reads, in a program or in the server. */
  public static final Set<Section> OF_MEMBER = Set.copyOf(EnumSet.range(STORE, LIMITS));

  /** What the server reads: the settings of its member, and its own. */
  public static final Set<Section> OF_SERVER = Set.copyOf(EnumSet.range(STORE, HTTP));

  private final String title;

  Section(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
