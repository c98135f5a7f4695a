package io.mnemogrid.fault;

import java.util.Optional;

/** The chain is killed and comes back empty, or says nothing and goes on. */
record ChainGone() implements Fault {
  @Override
  public String text() {
    return "chain-gone";
  }

  @Override
  public Span span() {
    return Span.seconds(4, 20);
  }

  @Override
  public Optional<Missing> missing(Place place) {
    return place.anvil() == null
        ? Optional.of(new Missing.Tool("anvil is missing: npm ci --ignore-scripts in contracts/"))
        : Optional.empty();
  }

  @Override
  public void play(Stage stage, Planned planned) {
    stage.chain().gone(planned.lasts(), planned.variant());
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    stage.chain().back();
  }
}
