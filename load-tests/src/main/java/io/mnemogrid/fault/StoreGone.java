package io.mnemogrid.fault;

/** The database answers nobody; of a SQLite file, nobody gets the write lock. */
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
