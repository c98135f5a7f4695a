package io.mnemogrid.api.limits;

import io.mnemogrid.SharedRates;

/** A share that the test sets. */
final class HandShare implements SharedRates.Rate {
  double share = 1;
  double asked;

  @Override
  public double share() {
    return share;
  }

  @Override
  public void asked(double seconds) {
    asked += seconds;
  }
}
