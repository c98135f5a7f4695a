package io.mnemogrid.fire;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What writers were told, as it comes in. Safe for all threads. */
final class Journal {
  private final Queue<Claim> claims = new ConcurrentLinkedQueue<>();
  private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
  private final LongAdder answers = new LongAdder();
  private final LongAdder refusals = new LongAdder();

  void note(Claim claim) {
    claims.add(claim);
    switch (claim) {
      case Claim.Stands _ -> answers.increment();
      case Claim.Refused _ -> refusals.increment();
      case Claim.Open _ -> {}
    }
  }

  /** An answer that no writer should ever get. */
  void surprise(String sentence) {
    surprises.add(sentence);
  }

  /** How many commits were acknowledged. */
  long answers() {
    return answers.sum();
  }

  /** How many were refused. */
  long refusals() {
    return refusals.sum();
  }

  List<Claim> claims() {
    return new ArrayList<>(claims);
  }

  List<String> surprises() {
    return new ArrayList<>(surprises);
  }

  /** What got no answer. */
  List<Request> open() {
    return claims.stream().filter(Claim.Open.class::isInstance).map(Claim::request).toList();
  }
}
