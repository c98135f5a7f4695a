package io.mnemogrid.check;

import io.mnemogrid.client.History;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one space after a run, when nobody writes any more.
 *
 * @param records the log, one canonical record each, oldest first; read once
 * @param claims what must be true of the log; claims on other spaces are left out
 * @param replicas what each member showed at the end
 * @param acks when commits were acknowledged
 * @param reads what was read while others wrote
 * @param freshness how old an answer to a read may be
 */
public record Evidence(
    SpaceName space,
    Iterable<String> records,
    Collection<? extends Claim> claims,
    List<Replica> replicas,
    List<Ack> acks,
    List<Read> reads,
    Freshness freshness) {
  public Evidence {
    replicas = List.copyOf(replicas);
    acks = List.copyOf(acks);
    reads = List.copyOf(reads);
  }

  /**
   * What a member showed at the end; what was not asked for is null or empty.
   *
   * @param leafPrefix the first hex digits of the leaf hash
   */
  public record Replica(
      String member,
      long version,
      @Nullable Hash root,
      @Nullable Hash logRoot,
      String leafPrefix,
      Json.@Nullable Obj document) {}

  /** An acknowledgement, on the monotonic clock of the machine. */
  public record Ack(long version, long atNanos) {}

  /**
   * A read of the space at a member.
   *
   * @param beganNanos when it was asked, on the monotonic clock of the machine
   * @param version the version that was answered
   * @param leafPrefix the first hex digits of that version's leaf hash, as many as are known
   * @param own the version that this member had acknowledged to the same agent before, 0 for none
   */
  public record Read(
      String agent, String member, long beganNanos, long version, String leafPrefix, long own) {}

  /**
   * The evidence of a space that nobody writes: what one member shows of it, and the claims on it.
   */
  static Evidence of(History history, Collection<? extends Claim> claims) {
    return new Evidence(
        history.space(),
        history.records(),
        claims,
        List.of(
            new Replica("the head", history.version(), history.root(), history.logRoot(), "", null),
            new Replica(
                "the document", history.documentVersion(), null, null, "", history.document())),
        List.of(),
        List.of(),
        Freshness.NONE);
  }
}
