package io.mnemogrid.fault;

/** The database answers nobody. If the store is a SQLite file, nobody gets its write lock. */
record StoreGone() implements Fault {
  @Override
  public String text() {
    return "store-gone";
  }

  @Override
  public Span span() {
    return Span.seconds(5, 20);
  }

  @Override
  public void play(Stage stage, Planned planned) {
    stage.store().gone(planned.lasts(), planned.variant());
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.giveStoreBack();
  }
}
