package io.mnemogrid.traffic;

import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Evidence;
import io.mnemogrid.client.Request;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What writers were answered and what readers saw, noted as it happens. Safe for all threads. */
public final class Journal {
  private final Queue<Claim> claims = new ConcurrentLinkedQueue<>();
  private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
  private final Map<SpaceName, Queue<Evidence.Ack>> acks = new ConcurrentHashMap<>();
  private final Map<SpaceName, Queue<Evidence.Read>> reads = new ConcurrentHashMap<>();
  private final LongAdder answers = new LongAdder();
  private final LongAdder refusals = new LongAdder();

  /**
   * Keeps a claim. Only a claim whose outcome is open keeps the body of its request, since it is
   * sent again.
   */
  public void note(Claim claim) {
    switch (claim) {
      case Claim.Stands stands -> {
        claims.add(new Claim.Stands(stands.request().withoutBody(), stands.places()));
        answers.increment();
      }
      case Claim.Refused refused -> {
        claims.add(new Claim.Refused(refused.request().withoutBody(), refused.code()));
        refusals.increment();
      }
      case Claim.Open _ -> claims.add(claim);
    }
  }

  /** Keeps when a version was acknowledged. */
  void ack(SpaceName space, Evidence.Ack ack) {
    acks.computeIfAbsent(space, _ -> new ConcurrentLinkedQueue<>()).add(ack);
  }

  /** Keeps what was read. */
  void read(SpaceName space, Evidence.Read read) {
    reads.computeIfAbsent(space, _ -> new ConcurrentLinkedQueue<>()).add(read);
  }

  /** An answer that no writer should ever get. */
  public void surprise(String sentence) {
    surprises.add(sentence);
  }

  /** How many commits were acknowledged. */
  public long answers() {
    return answers.sum();
  }

  /** How many were refused. */
  public long refusals() {
    return refusals.sum();
  }

  public List<Claim> claims() {
    return new ArrayList<>(claims);
  }

  public List<Evidence.Ack> acks(SpaceName space) {
    return List.copyOf(acks.getOrDefault(space, new ConcurrentLinkedQueue<>()));
  }

  public List<Evidence.Read> reads(SpaceName space) {
    return List.copyOf(reads.getOrDefault(space, new ConcurrentLinkedQueue<>()));
  }

  public List<String> surprises() {
    return new ArrayList<>(surprises);
  }

  /** The requests that got no answer. */
  public List<Request> open() {
    return claims.stream().filter(Claim.Open.class::isInstance).map(Claim::request).toList();
  }
}
