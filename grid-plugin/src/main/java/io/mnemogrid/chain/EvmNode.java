package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.core.methods.response.EthFeeHistory;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.http.HttpService;

/**
 * One JSON-RPC endpoint. Every call is one HTTP request with a deadline of a few seconds; nothing
 * polls, nothing is cached, no thread of its own runs. What goes wrong on the way is an {@link
 * AnchorUnavailable} that names scheme, host and port only: a path or query may hold a key.
 */
final class EvmNode implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
  private static final int FEE_BLOCKS = 5;
  private static final double MIDDLE = 50;

  private final String name;
  private final OkHttpClient http;
  private final Web3j web3j;

  EvmNode(URI endpoint) {
    String scheme = endpoint.getScheme();
    if (scheme == null
        || !(scheme.equals("http") || scheme.equals("https"))
        || endpoint.getHost() == null) {
      throw new IllegalArgumentException("an endpoint is an http or https URL with a host");
    }
    name =
        scheme
            + "://"
            + endpoint.getHost()
            + (endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort());
    http =
        new OkHttpClient.Builder()
            .connectTimeout(CONNECT_TIMEOUT)
            .readTimeout(CALL_TIMEOUT)
            .writeTimeout(CALL_TIMEOUT)
            .callTimeout(CALL_TIMEOUT)
            .followRedirects(false)
            .connectionPool(new ConnectionPool())
            .build();
    HttpService service = new HttpService(withoutUserInfo(endpoint), http);
    String user = endpoint.getUserInfo();
    if (user != null) {
      String token = Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
      service.addHeaders(Map.of("Authorization", "Basic " + token));
    }
    // Without subscriptions the scheduler never starts a thread.
    web3j = Web3j.build(service, CALL_TIMEOUT.toMillis(), Executors.newScheduledThreadPool(0));
  }

  private String withoutUserInfo(URI endpoint) {
    String path = endpoint.getRawPath() == null ? "" : endpoint.getRawPath();
    String query = endpoint.getRawQuery() == null ? "" : "?" + endpoint.getRawQuery();
    return name + path + query;
  }

  /** Scheme, host and port. */
  String name() {
    return name;
  }

  long chainId() {
    return ask("eth_chainId", web3j.ethChainId()).getChainId().longValueExact();
  }

  long blockNumber() {
    return ask("eth_blockNumber", web3j.ethBlockNumber()).getBlockNumber().longValueExact();
  }

  /** The next nonce of {@code account}, counting what waits in the pool too. */
  long pendingNonce(Address account) {
    return nonce(account, DefaultBlockParameterName.PENDING);
  }

  /** The next nonce of {@code account}, counting what is in blocks only. */
  long includedNonce(Address account) {
    return nonce(account, DefaultBlockParameterName.LATEST);
  }

  private long nonce(Address account, DefaultBlockParameter block) {
    return ask("eth_getTransactionCount", web3j.ethGetTransactionCount(account.text(), block))
        .getTransactionCount()
        .longValueExact();
  }

  /** What the last blocks say about fees. */
  FeePolicy.Market market() {
    EthFeeHistory.FeeHistory history =
        ask(
                "eth_feeHistory",
                web3j.ethFeeHistory(FEE_BLOCKS, DefaultBlockParameterName.LATEST, List.of(MIDDLE)))
            .getFeeHistory();
    List<BigInteger> base = history.getBaseFeePerGas();
    if (base == null || base.isEmpty()) {
      throw nonsense("eth_feeHistory", "no base fee");
    }
    List<List<BigInteger>> rewards = history.getReward();
    List<BigInteger> tips =
        rewards == null
            ? List.of()
            : rewards.stream().filter(r -> !r.isEmpty()).map(List::getFirst).toList();
    return new FeePolicy.Market(base.getLast(), tips);
  }

  /** The estimate of the node, empty when the call would revert or the node does not say. */
  Optional<BigInteger> estimateGas(Transaction transaction) {
    var response = send("eth_estimateGas", web3j.ethEstimateGas(transaction));
    return response.hasError() ? Optional.empty() : Optional.of(response.getAmountUsed());
  }

  /** What a read of the chain answers: exactly one of the two is there. */
  record CallResult(@Nullable String value, @Nullable String reverted) {}

  CallResult call(Transaction transaction, DefaultBlockParameter block) {
    var response = send("eth_call", web3j.ethCall(transaction, block));
    if (!response.hasError()) {
      return new CallResult(response.getValue(), null);
    }
    // A revert carries data, or is named so by nodes that send none; all else is the node's fault.
    String data = response.getError().getData();
    String message = String.valueOf(response.getError().getMessage());
    if (data != null && data.contains("0x")) {
      return new CallResult(null, data);
    }
    if (message.contains("revert")) {
      return new CallResult(null, "");
    }
    throw refused("eth_call", response);
  }

  /** Hands over a raw transaction; the node's refusal is returned, empty when it took it. */
  Optional<String> sendRaw(String raw, String hash) {
    var response = send("eth_sendRawTransaction", web3j.ethSendRawTransaction(raw));
    if (response.hasError()) {
      return Optional.of(ContractCode.printable(String.valueOf(response.getError().getMessage())));
    }
    if (!hash.equalsIgnoreCase(response.getTransactionHash())) {
      throw nonsense("eth_sendRawTransaction", "the hash of another transaction");
    }
    return Optional.empty();
  }

  Optional<TransactionReceipt> receipt(String hash) {
    Optional<TransactionReceipt> receipt =
        ask("eth_getTransactionReceipt", web3j.ethGetTransactionReceipt(hash))
            .getTransactionReceipt();
    if (receipt.isPresent() && !hash.equalsIgnoreCase(receipt.get().getTransactionHash())) {
      throw nonsense("eth_getTransactionReceipt", "the receipt of another transaction");
    }
    return receipt;
  }

  /** Whether the node knows the transaction, in a block or in its pool. */
  boolean knows(String hash) {
    return ask("eth_getTransactionByHash", web3j.ethGetTransactionByHash(hash))
        .getTransaction()
        .isPresent();
  }

  /** The hash of the block that stands at {@code number} now, empty beyond the head. */
  Optional<String> blockHash(BigInteger number) {
    EthBlock.Block block =
        ask(
                "eth_getBlockByNumber",
                web3j.ethGetBlockByNumber(DefaultBlockParameter.valueOf(number), false))
            .getBlock();
    return Optional.ofNullable(block).map(EthBlock.Block::getHash);
  }

  boolean hasCode(Address address) {
    String code =
        ask("eth_getCode", web3j.ethGetCode(address.text(), DefaultBlockParameterName.LATEST))
            .getCode();
    return code != null && code.length() > "0x".length();
  }

  private <T extends Response<?>> T ask(String what, Request<?, T> request) {
    T response = send(what, request);
    if (response.hasError()) {
      throw refused(what, response);
    }
    return response;
  }

  private <T extends Response<?>> T send(String what, Request<?, T> request) {
    try {
      return request.send();
    } catch (IOException | RuntimeException e) {
      // web3j throws unchecked ones for an HTTP status that is not 200 and for JSON it cannot read.
      throw new AnchorUnavailable(
          name
              + " did not answer "
              + what
              + ": "
              + ContractCode.printable(String.valueOf(e.getMessage())),
          e);
    }
  }

  private AnchorUnavailable refused(String what, Response<?> response) {
    return nonsense(
        what,
        "error "
            + response.getError().getCode()
            + ", "
            + ContractCode.printable(String.valueOf(response.getError().getMessage())));
  }

  AnchorUnavailable nonsense(String what, String answer) {
    return new AnchorUnavailable(name + " answered " + what + " with " + answer);
  }

  @Override
  public void close() {
    web3j.shutdown();
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
