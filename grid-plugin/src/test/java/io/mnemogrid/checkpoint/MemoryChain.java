package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A chain of one sender in memory, and anchors on it: blocks when told, reorgs that drop what they
 * undo, a pool that forgets, a base fee, and the contract's rule that numbers are dense.
 */
final class MemoryChain {
  private static final Address AUTHOR = new Address("0x" + "ab".repeat(20));
  private static final Instant START = Instant.parse("2026-02-05T19:00:00Z");

  /** What one checkpoint takes; a price of one a gas is the base fee of the block. */
  static final long GAS = 100;

  static final int BATCH_LIMIT = 3;

  private record Transaction(long nonce, long fee, String id, List<Checkpoint> checkpoints) {
    long first() {
      return checkpoints.getFirst().number();
    }

    long gas() {
      return GAS * checkpoints.size();
    }
  }

  private record Block(Instant time, long baseFee, List<Transaction> transactions) {}

  private final List<Block> blocks = new ArrayList<>();
  private final Map<String, Transaction> signed = new HashMap<>();
  private final Map<Long, Transaction> pool = new LinkedHashMap<>();
  private final Map<Long, Set<Hash>> everWritten = new HashMap<>();
  private int contracts = 1;
  private int ticks;
  private long baseFee = 10;
  private long cap = Long.MAX_VALUE;
  private boolean automine;

  /** With {@code automine} every transaction gets a block of its own at once. */
  MemoryChain(boolean automine) {
    this.automine = automine;
  }

  /** A handle as one process has it. */
  Anchor open(int finalAfter) {
    return new Handle(finalAfter);
  }

  /** One more block, with what waits and pays enough. */
  void mine() {
    List<Transaction> included = new ArrayList<>();
    for (long nonce = used(); ; nonce++) {
      Transaction next = pool.get(nonce);
      if (next == null || next.fee < baseFee) {
        break;
      }
      pool.remove(nonce);
      included.add(next);
    }
    blocks.add(new Block(START.plusSeconds(ticks++), baseFee, included));
    standing()
        .forEach(anchored ->
            everWritten
                .computeIfAbsent(anchored.number(), _ -> new HashSet<>())
                .add(anchored.hash()));
  }

  /** Undoes blocks and puts one more, all empty, in their place; what they held is lost. */
  void reorg(int depth) {
    int undone = Math.min(depth, blocks.size());
    blocks.subList(blocks.size() - undone, blocks.size()).clear();
    pool.clear();
    for (int i = 0; i <= undone; i++) {
      mine();
    }
  }

  /** Forgets what waits. */
  void losePool() {
    pool.clear();
  }

  /** Forgets everything, as a dev chain that was started anew. */
  void wipe() {
    blocks.clear();
    pool.clear();
  }

  /** Another contract, and nothing in it. */
  void deployAnew() {
    contracts++;
  }

  void setBaseFee(long fee) {
    baseFee = fee;
  }

  /** What senders may pay for one gas. */
  void setCap(long fee) {
    cap = fee;
  }

  /** Coin that the transactions for this contract have cost, written or not. */
  long spent() {
    return blocks.stream()
        .mapToLong(block ->
            block.baseFee
                * block.transactions.stream()
                    .filter(this::isOfThisContract)
                    .mapToLong(Transaction::gas)
                    .sum())
        .sum();
  }

  /** Transactions in blocks that wrote nothing. */
  long wasted() {
    long sent =
        blocks.stream()
            .flatMap(block -> block.transactions.stream())
            .filter(this::isOfThisContract)
            .mapToLong(transaction -> transaction.checkpoints.size())
            .sum();
    return sent - standing().size();
  }

  /** How many transactions wait. */
  int waiting() {
    return pool.size();
  }

  /** Every hash that ever stood for a number, on whatever branch. */
  Map<Long, Set<Hash>> everWritten() {
    return everWritten;
  }

  /** How many blocks a number is deep, its own counted; 0 when it does not stand. */
  long depth(long number) {
    long written = 0;
    for (int i = 0; i < blocks.size(); i++) {
      for (Transaction transaction : blocks.get(i).transactions) {
        if (writes(transaction, written)) {
          written += transaction.checkpoints.size();
          if (written >= number) {
            return blocks.size() - i;
          }
        }
      }
    }
    return 0;
  }

  private String identity() {
    return "memory:" + contracts;
  }

  private boolean isOfThisContract(Transaction transaction) {
    return transaction.id.startsWith(identity() + ":");
  }

  private boolean writes(Transaction transaction, long written) {
    return isOfThisContract(transaction) && transaction.first() == written + 1;
  }

  private List<Anchor.Anchored> standing() {
    List<Anchor.Anchored> standing = new ArrayList<>();
    for (Block block : blocks) {
      for (Transaction transaction : block.transactions) {
        if (writes(transaction, standing.size())) {
          for (Checkpoint checkpoint : transaction.checkpoints) {
            standing.add(
                new Anchor.Anchored(
                    checkpoint.number(),
                    checkpoint.hash(),
                    checkpoint.pointer().toString(),
                    checkpoint.manifest().author(),
                    block.time));
          }
        }
      }
    }
    return standing;
  }

  /** Nonces that blocks used up. */
  private long used() {
    return blocks.stream().mapToLong(block -> block.transactions.size()).sum();
  }

  private long next() {
    long nonce = used();
    while (pool.containsKey(nonce)) {
      nonce++;
    }
    return nonce;
  }

  private final class Handle implements Anchor {
    private final int finalAfter;

    Handle(int finalAfter) {
      this.finalAfter = finalAfter;
    }

    @Override
    public String identity() {
      return MemoryChain.this.identity();
    }

    @Override
    public Address author() {
      return AUTHOR;
    }

    @Override
    public int finalAfter() {
      return finalAfter;
    }

    @Override
    public long height() {
      return blocks.size();
    }

    @Override
    public long latest() {
      return standing().size();
    }

    @Override
    public Optional<Anchored> find(long number) {
      return standing().stream().filter(anchored -> anchored.number() == number).findFirst();
    }

    @Override
    public long nextNonce() {
      return next();
    }

    @Override
    public int batchLimit() {
      return BATCH_LIMIT;
    }

    @Override
    public Signing sign(List<Checkpoint> checkpoints) {
      return sign(checkpoints, next(), Math.min(2 * baseFee, cap));
    }

    @Override
    public Signing replace(SignedTransaction stuck, List<Checkpoint> checkpoints) {
      long fee = Math.max(Math.min(2 * baseFee, cap), (read(stuck).fee * 6 + 4) / 5);
      return sign(checkpoints, stuck.nonce(), fee);
    }

    private Signing sign(List<Checkpoint> checkpoints, long nonce, long fee) {
      if (baseFee > cap || fee > cap) {
        return new Signing.AboveCap("it would be " + fee + ", the cap is " + cap);
      }
      String id = identity() + ":" + signed.size();
      Transaction transaction = new Transaction(nonce, fee, id, List.copyOf(checkpoints));
      signed.put(id, transaction);
      return new Signing.Signed(
          new SignedTransaction(
              identity(),
              nonce,
              id,
              id,
              transaction.first(),
              checkpoints.getLast().number(),
              cost(transaction, fee)));
    }

    private static Cost cost(Transaction transaction, long price) {
      return new Cost(transaction.gas(), BigInteger.valueOf(transaction.gas() * price));
    }

    @Override
    public boolean isUnderpriced(SignedTransaction transaction) {
      return read(transaction).fee < Math.min(2 * baseFee, cap);
    }

    private Transaction read(SignedTransaction transaction) {
      return java.util.Objects.requireNonNull(signed.get(transaction.raw()));
    }

    @Override
    public void send(SignedTransaction transaction) {
      if (!transaction.anchor().equals(identity())) {
        throw new IllegalArgumentException(
            "signed for " + transaction.anchor() + ", and this is " + identity());
      }
      Transaction sent = read(transaction);
      if (sent.nonce < used() || pool.containsValue(sent)) {
        return;
      }
      Transaction rival = pool.get(sent.nonce);
      if (sent.fee < baseFee || rival != null && rival.fee * 11 / 10 >= sent.fee) {
        throw new AnchorUnavailable("the fee of " + sent.fee + " is too low");
      }
      pool.put(sent.nonce, sent);
      if (automine) {
        mine();
      }
    }

    @Override
    public Inclusion inclusion(SignedTransaction transaction) {
      if (!transaction.anchor().equals(identity())) {
        return new Inclusion.Foreign("it was signed for " + transaction.anchor());
      }
      Transaction sent = read(transaction);
      long written = 0;
      for (int i = 0; i < blocks.size(); i++) {
        for (Transaction included : blocks.get(i).transactions) {
          boolean writes = writes(included, written);
          if (included.equals(sent)) {
            Cost cost = cost(sent, blocks.get(i).baseFee);
            return writes
                ? new Inclusion.Included(i + 1, blocks.size() - i, cost)
                : new Inclusion.Failed("number " + sent.first() + " is not " + (written + 1), cost);
          }
          written += writes ? included.checkpoints.size() : 0;
        }
      }
      if (pool.containsValue(sent)) {
        return new Inclusion.Waiting();
      }
      if (sent.nonce < used()) {
        return new Inclusion.Displaced("another transaction has used nonce " + sent.nonce);
      }
      return sent.nonce <= next()
          ? new Inclusion.Missing()
          : new Inclusion.Foreign("nonce " + sent.nonce + " is not the next, " + next());
    }

    @Override
    public void close() {}
  }
}
