package io.mnemogrid.client;

/** A proof that does not show what it should; it never leaves the package. */
final class Fails extends Exception {
  private static final long serialVersionUID = 1;

  Fails(String why) {
    super(why, null, false, false);
  }
}
