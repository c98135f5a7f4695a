package io.mnemogrid.fault;

import java.util.Optional;

/**
 * One kind of harm that is done to a grid, and undone. {@link Faults#ALL} lists all of them. A
 * fault keeps nothing between two plays: what must be remembered is kept by the {@link Stage}.
 */
public interface Fault {
  /** Its name, as the command line and docs/chaos.md have it. */
  String text();

  /** The shortest and the longest time that a schedule gives it. */
  Span span();

  /** Why it cannot be played in a place; empty when it can. */
  default Optional<Missing> missing(Place place) {
    return Optional.empty();
  }

  /**
   * Does the harm and returns after {@link Planned#lasts}.
   *
   * @throws RuntimeException when a part of it fails; the parts before it are done then
   */
  void play(Stage stage, Planned planned);

  /** Undoes the harm, however far {@link #play} came. It is called once after each play. */
  void undo(Stage stage, Planned planned);
}
