package io.mnemogrid.audit;

/** Is called with how far a long job has come; must return quickly. */
public interface Progress {
  /** {@code done} of {@code total} pieces of what is named are done. */
  void at(String what, long done, long total);
}
