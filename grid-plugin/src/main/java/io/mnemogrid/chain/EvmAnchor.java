package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.state.Hash;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionDecoder;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.crypto.transaction.type.Transaction1559;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/**
 * {@code MnemogridCheckpoints} on an EVM chain.
 *
 * <p>Nothing is remembered between calls: nonces, fees and blocks are read from the chain each
 * time, so a restart, a reorg or another leader finds the same answers. The outbox is the caller's:
 * it keeps what {@link #sign} returned and hands the same to {@link #send} again. A key has one
 * sender only: the nonce is the pending count at signing, so a transaction must be sent before the
 * next one is signed.
 */
public final class EvmAnchor implements Anchor {
  /**
   * At most this many checkpoints go into one transaction, some 1.7 million gas. That is far from
   * any block's limit, and a larger batch saves little more.
   */
  private static final int BATCH_LIMIT = 32;

  /**
   * The gas limit for each checkpoint when the node gives no estimate: about three times what one
   * takes.
   */
  private static final BigInteger FALLBACK_GAS = BigInteger.valueOf(300_000);

  private static final BigInteger DEPLOY_GAS = BigInteger.valueOf(6_000_000);
  private static final Duration DEPLOY_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration DEPLOY_POLL = Duration.ofMillis(100);
  private static final String NO_CHECKPOINT = "NoCheckpoint(";
  private static final String UNKNOWN_VERSION = "UnknownVersion(";

  private final EvmNode node;
  private final ChainKey key;
  private final Address contract;
  private final int finalAfter;
  private final FeePolicy fees;
  private final long chainId;

  private EvmAnchor(
      EvmNode node, ChainKey key, Address contract, int finalAfter, FeePolicy fees, long chainId) {
    this.node = node;
    this.key = key;
    this.contract = contract;
    this.finalAfter = finalAfter;
    this.fees = fees;
    this.chainId = chainId;
  }

  /**
   * The contract at an address, as one key writes to it. Asks the node for its chain id, no more;
   * whether the contract is there is for {@link #hasCode}.
   *
   * @param endpoint JSON-RPC over http or https; user and password in it become basic
   *     authentication
   * @param finalAfter how many blocks, its own counted, make a checkpoint final; at least 1
   * @throws AnchorUnavailable when the node does not answer
   */
  public static EvmAnchor connect(
      URI endpoint, ChainKey key, Address contract, int finalAfter, FeePolicy fees) {
    if (finalAfter < 1) {
      throw new IllegalArgumentException("final after at least 1 block, got " + finalAfter);
    }
    EvmNode node = new EvmNode(endpoint);
    try {
      return new EvmAnchor(node, key, contract, finalAfter, fees, node.chainId());
    } catch (AnchorUnavailable e) {
      node.close();
      throw e;
    }
  }

  /**
   * Deploys the committed contract with the key as admin and checkpointer and waits, up to a
   * minute, until it stands in a block. After a failure it may stand nevertheless, at an address
   * that nobody uses.
   */
  public static Address deploy(URI endpoint, ChainKey key, FeePolicy fees) {
    try (EvmNode node = new EvmNode(endpoint)) {
      Type<?> owner = new org.web3j.abi.datatypes.Address(key.address().text());
      String data =
          ContractCode.committed().bytecode()
              + FunctionEncoder.encodeConstructor(List.of(owner, owner));
      BigInteger gas =
          node.estimateGas(read(key.address(), null, data))
              .map(EvmAnchor::withHeadRoom)
              .orElse(DEPLOY_GAS);
      FeePolicy.Fee fee =
          fees.fee(node.market())
              .orElseThrow(() ->
                  node.nonsense("the deployment", "a base fee above the cap of the fee policy"));
      long nonce = node.pendingNonce(key.address());
      byte[] raw = signed(key, node.chainId(), nonce, fee, gas, "", data);
      Optional<String> refusal = node.sendRaw(Numeric.toHexString(raw), hash(raw));
      if (refusal.isPresent()) {
        throw node.nonsense("the deployment", refusal.get());
      }
      return deployed(node, hash(raw));
    }
  }

  private static Address deployed(EvmNode node, String hash) {
    long deadline = System.nanoTime() + DEPLOY_TIMEOUT.toNanos();
    while (System.nanoTime() - deadline < 0) {
      Optional<TransactionReceipt> receipt = node.receipt(hash);
      if (receipt.isPresent()) {
        if (!receipt.get().isStatusOK() || receipt.get().getContractAddress() == null) {
          throw node.nonsense("the deployment", "a failed transaction, " + hash);
        }
        return new Address(receipt.get().getContractAddress().toLowerCase(Locale.ROOT));
      }
      try {
        Thread.sleep(DEPLOY_POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AnchorUnavailable("interrupted while the deployment " + hash + " waited", e);
      }
    }
    throw node.nonsense("the deployment", "no receipt within a minute, " + hash);
  }

  /** Whether any contract stands at {@code address}. */
  public static boolean hasCode(URI endpoint, Address address) {
    try (EvmNode node = new EvmNode(endpoint)) {
      return node.hasCode(address);
    }
  }

  @Override
  public String identity() {
    return "evm:" + chainId + ":" + contract;
  }

  @Override
  public Address author() {
    return key.address();
  }

  @Override
  public int finalAfter() {
    return finalAfter;
  }

  @Override
  public long height() {
    return node.blockNumber();
  }

  @Override
  public long latest() {
    Function function =
        new Function(
            "getLatestCheckpoint",
            List.of(),
            List.of(
                new TypeReference<Uint256>() {},
                new TypeReference<Bytes32>() {},
                new TypeReference<DynamicBytes>() {}));
    return call(function, NO_CHECKPOINT).map(values -> number(values.get(0))).orElse(0L);
  }

  @Override
  public Optional<Anchored> find(long number) {
    if (number < 1) {
      return Optional.empty();
    }
    Function function =
        new Function(
            "getCheckpoint",
            List.of(new Uint256(number)),
            List.of(
                new TypeReference<Bytes32>() {},
                new TypeReference<DynamicBytes>() {},
                new TypeReference<org.web3j.abi.datatypes.Address>() {},
                new TypeReference<Uint256>() {}));
    return call(function, UNKNOWN_VERSION)
        .map(values ->
            new Anchored(
                number,
                Hash.of((byte[]) values.get(0).getValue()),
                pointer((byte[]) values.get(1).getValue()),
                new Address(String.valueOf(values.get(2).getValue()).toLowerCase(Locale.ROOT)),
                Instant.ofEpochSecond(number(values.get(3)))));
  }

  /** Reads the contract; empty when it reverts with the {@code expected} error. */
  private Optional<List<Type>> call(Function function, String expected) {
    EvmNode.CallResult result =
        node.call(
            read(key.address(), contract.text(), FunctionEncoder.encode(function)),
            DefaultBlockParameterName.LATEST);
    if (result.reverted() != null) {
      String reason = ContractCode.committed().reason(result.reverted());
      if (reason.startsWith(expected)) {
        return Optional.empty();
      }
      throw node.nonsense(function.getName(), reason);
    }
    List<Type> values =
        FunctionReturnDecoder.decode(result.value(), function.getOutputParameters());
    if (values.size() != function.getOutputParameters().size()) {
      throw node.nonsense(
          function.getName(), "nothing: the contract does not stand at " + contract);
    }
    return Optional.of(values);
  }

  private static long number(Type<?> value) {
    return ((BigInteger) value.getValue()).longValueExact();
  }

  /** The pointer as text; in hex if it is not ASCII, which we never write. */
  private static String pointer(byte[] bytes) {
    for (byte b : bytes) {
      if (b < ' ' || b > '~') {
        return Numeric.toHexString(bytes);
      }
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Override
  public long nextNonce() {
    return node.pendingNonce(author());
  }

  @Override
  public int batchLimit() {
    return BATCH_LIMIT;
  }

  @Override
  public Signing sign(List<Checkpoint> checkpoints) {
    requireChain();
    FeePolicy.Market market = node.market();
    return fees.fee(market)
        .<Signing>map(
            fee -> new Signing.Signed(sign(checkpoints, node.pendingNonce(author()), fee)))
        .orElseGet(() -> aboveCap(market, "a transaction"));
  }

  @Override
  public Signing replace(SignedTransaction stuck, List<Checkpoint> checkpoints) {
    requireChain();
    FeePolicy.Market market = node.market();
    return fees.replacement(feeOf(stuck), market)
        .<Signing>map(fee -> new Signing.Signed(sign(checkpoints, stuck.nonce(), fee)))
        .orElseGet(() -> aboveCap(market, "the replacement of " + stuck.hash()));
  }

  private Signing.AboveCap aboveCap(FeePolicy.Market market, String what) {
    return new Signing.AboveCap(
        "%s would be above the cap of %s wei for one gas, the base fee is %s; it waits"
            .formatted(what, fees.maxFeePerGasWei(), market.baseFeePerGasWei()));
  }

  @Override
  public boolean isUnderpriced(SignedTransaction transaction) {
    return fees.fee(node.market())
        .map(fee -> fee.max().compareTo(feeOf(transaction).max()) > 0)
        .orElse(true);
  }

  private static FeePolicy.Fee feeOf(SignedTransaction transaction) {
    Transaction1559 raw =
        (Transaction1559) TransactionDecoder.decode(transaction.raw()).getTransaction();
    return new FeePolicy.Fee(raw.getMaxFeePerGas(), raw.getMaxPriorityFeePerGas());
  }

  private void requireChain() {
    long answered = node.chainId();
    if (answered != chainId) {
      throw node.nonsense("eth_chainId", answered + " where it was " + chainId);
    }
  }

  private SignedTransaction sign(List<Checkpoint> checkpoints, long nonce, FeePolicy.Fee fee) {
    String data = FunctionEncoder.encode(write(checkpoints));
    BigInteger gas =
        node.estimateGas(read(key.address(), contract.text(), data))
            .map(EvmAnchor::withHeadRoom)
            .orElse(FALLBACK_GAS.multiply(BigInteger.valueOf(checkpoints.size())));
    byte[] raw = signed(key, chainId, nonce, fee, gas, contract.text(), data);
    return new SignedTransaction(
        identity(),
        nonce,
        Numeric.toHexString(raw),
        hash(raw),
        checkpoints.getFirst().number(),
        checkpoints.getLast().number(),
        new Cost(gas.longValueExact(), gas.multiply(fee.max())));
  }

  /**
   * The call that writes the checkpoints. It passes no pointers: the contract derives them from the
   * hashes, and stores nothing for them.
   */
  private static Function write(List<Checkpoint> checkpoints) {
    Checkpoint first = checkpoints.getFirst();
    if (checkpoints.size() == 1) {
      return new Function(
          "setCheckpoint",
          List.of(
              new Uint256(first.number()),
              new Bytes32(first.hash().toBytes()),
              new DynamicBytes(new byte[0]),
              author(first)),
          List.of());
    }
    return new Function(
        "setCheckpoints",
        List.of(
            new Uint256(first.number()),
            new DynamicArray<>(
                Bytes32.class,
                checkpoints.stream().map(at -> new Bytes32(at.hash().toBytes())).toList()),
            new DynamicArray<>(DynamicBytes.class, List.of()),
            new DynamicArray<>(
                org.web3j.abi.datatypes.Address.class,
                checkpoints.stream().map(EvmAnchor::author).toList())),
        List.of());
  }

  private static org.web3j.abi.datatypes.Address author(Checkpoint checkpoint) {
    return new org.web3j.abi.datatypes.Address(checkpoint.manifest().author().text());
  }

  private static byte[] signed(
      ChainKey key,
      long chainId,
      long nonce,
      FeePolicy.Fee fee,
      BigInteger gas,
      String to,
      String data) {
    RawTransaction transaction =
        RawTransaction.createTransaction(
            chainId,
            BigInteger.valueOf(nonce),
            gas,
            to,
            BigInteger.ZERO,
            data,
            fee.tip(),
            fee.max());
    return TransactionEncoder.signMessage(transaction, key.credentials());
  }

  private static String hash(byte[] raw) {
    return Numeric.toHexString(org.web3j.crypto.Hash.sha3(raw));
  }

  private static BigInteger withHeadRoom(BigInteger estimate) {
    return estimate.multiply(BigInteger.valueOf(5)).shiftRight(2);
  }

  private static Transaction read(Address from, @Nullable String to, String data) {
    return new Transaction(from.text(), null, null, null, to, null, data);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when it was signed for another chain or contract
   * @throws AnchorUnavailable also when the node refuses it, for want of funds or a fee too low
   */
  @Override
  public void send(SignedTransaction transaction) {
    if (!transaction.anchor().equals(identity())) {
      throw new IllegalArgumentException(
          "signed for " + transaction.anchor() + ", and this is " + identity());
    }
    Optional<String> refusal = node.sendRaw(transaction.raw(), transaction.hash());
    // Nodes word "I have it" and "it is mined" in many ways; a node that knows the hash has the
    // transaction. inclusion() finds a nonce that another transaction used up.
    if (refusal.isPresent()
        && !node.knows(transaction.hash())
        && node.includedNonce(author()) <= transaction.nonce()) {
      throw node.nonsense("the transaction " + transaction.hash(), refusal.get());
    }
  }

  @Override
  public Inclusion inclusion(SignedTransaction transaction) {
    if (!transaction.anchor().equals(identity())) {
      return new Inclusion.Foreign(
          "it was signed for " + ContractCode.printable(transaction.anchor()));
    }
    Optional<TransactionReceipt> receipt = canonicalReceipt(transaction.hash());
    if (receipt.isEmpty()) {
      if (node.knows(transaction.hash())) {
        return new Inclusion.Waiting();
      }
      if (node.includedNonce(author()) <= transaction.nonce()) {
        return unsent(transaction);
      }
      // It may have been included since the first look.
      receipt = canonicalReceipt(transaction.hash());
      if (receipt.isEmpty()) {
        return new Inclusion.Displaced(
            "another transaction has used nonce " + transaction.nonce() + " of " + author());
      }
    }
    Cost cost = cost(receipt.get());
    if (!receipt.get().isStatusOK()) {
      return new Inclusion.Failed(failure(transaction, receipt.get()), cost);
    }
    long block = receipt.get().getBlockNumber().longValueExact();
    return new Inclusion.Included(block, Math.max(1, node.blockNumber() - block + 1), cost);
  }

  private Cost cost(TransactionReceipt receipt) {
    String price = receipt.getEffectiveGasPrice();
    if (price == null) {
      throw node.nonsense("eth_getTransactionReceipt", "no effectiveGasPrice");
    }
    BigInteger gas = receipt.getGasUsed();
    return new Cost(gas.longValueExact(), gas.multiply(Numeric.decodeQuantity(price)));
  }

  /**
   * A transaction that the node does not know. It can be sent again, unless its nonce is higher
   * than the next one: then the chain lost earlier ones too, and it would wait for ever.
   */
  private Inclusion unsent(SignedTransaction transaction) {
    long next = nextNonce();
    return transaction.nonce() <= next
        ? new Inclusion.Missing()
        : new Inclusion.Foreign(
            "nonce " + transaction.nonce() + " of " + author() + " is not the next, " + next);
  }

  /** The receipt, if the block that it names still stands at its number. */
  private Optional<TransactionReceipt> canonicalReceipt(String hash) {
    return node.receipt(hash)
        .filter(receipt ->
            receipt.getBlockNumberRaw() != null
                && receipt.getBlockHash() != null
                && node.blockHash(receipt.getBlockNumber())
                    .filter(receipt.getBlockHash()::equalsIgnoreCase)
                    .isPresent());
  }

  /** Plays the transaction again where it failed, because a receipt has no reason. */
  private String failure(SignedTransaction transaction, TransactionReceipt receipt) {
    RawTransaction raw = TransactionDecoder.decode(transaction.raw());
    if (receipt.getGasUsed().compareTo(raw.getGasLimit()) >= 0) {
      return "out of gas at " + raw.getGasLimit();
    }
    Transaction again = read(author(), raw.getTo(), raw.getData());
    BigInteger block = receipt.getBlockNumber();
    // Before its block first; an earlier transaction of the same block may have been the reason.
    for (BigInteger at : List.of(block.subtract(BigInteger.ONE), block)) {
      EvmNode.CallResult result = node.call(again, DefaultBlockParameter.valueOf(at));
      if (result.reverted() != null) {
        return ContractCode.committed().reason(result.reverted());
      }
    }
    return "reverted, and no longer says why";
  }

  @Override
  public void close() {
    node.close();
  }
}
