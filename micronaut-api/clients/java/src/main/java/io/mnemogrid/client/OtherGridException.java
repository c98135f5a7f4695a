package io.mnemogrid.client;

/**
 * A member says that it is of another grid than the one that this client signs for. Nothing is
 * signed for it.
 */
public final class OtherGridException extends MnemogridException {
  private static final long serialVersionUID = 1;

  OtherGridException(String said, String grid) {
    super("the member is of grid " + said + ", this client signs for " + grid, null);
  }
}
