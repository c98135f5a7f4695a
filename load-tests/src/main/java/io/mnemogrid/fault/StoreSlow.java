package io.mnemogrid.fault;

/**
 * The database answers late. If the store is a SQLite file, its write lock is taken again and
 * again.
 */
record StoreSlow() implements Fault {
  @Override
  public String text() {
    return "store-slow";
  }

  @Override
  public Span span() {
    return Span.seconds(5, 20);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    stage.store().slow(planned.lasts());
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.giveStoreBack();
  }
}
