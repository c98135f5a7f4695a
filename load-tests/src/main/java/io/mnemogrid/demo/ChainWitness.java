package io.mnemogrid.demo;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Asks the contract by plain JSON-RPC: {@code eth_call} of {@code getCheckpoint(uint256)}. The
 * answer is decoded by hand. In Solidity's ABI it is the hash, the offset of the pointer, the
 * author and the time, then the pointer's length and bytes.
 */
final class ChainWitness implements Witness {
  private static final String GET_CHECKPOINT = "20fc4881";
  private static final int WORD = 32;

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI endpoint;
  private final String contract;

  /** Asks {@code contract} at {@code endpoint}. */
  ChainWitness(URI endpoint, String contract) {
    this.endpoint = endpoint;
    this.contract = contract;
  }

  /** Asks the contract that a transaction went to. */
  static ChainWitness ofTransaction(URI endpoint, String transaction) {
    Json found =
        new ChainWitness(endpoint, "").call("eth_getTransactionByHash", Json.of(transaction));
    if (!(found instanceof Json.Obj object)) {
      throw new IllegalStateException("the chain does not know the transaction " + transaction);
    }
    return new ChainWitness(endpoint, new Fields(object).text("to"));
  }

  @Override
  public String place() {
    long chain = Long.decode(text(call("eth_chainId")));
    return "contract " + contract + " on chain " + chain + " at " + endpoint;
  }

  @Override
  public Testimony find(long number) {
    Json call =
        Json.object(
            Map.of(
                "to", Json.of(contract),
                "data", Json.of("0x%s%064x".formatted(GET_CHECKPOINT, number))));
    String answer = text(call("eth_call", call, Json.of("latest")));
    byte[] bytes = HexFormat.of().parseHex(answer.substring(2));
    if (bytes.length < 5 * WORD) {
      throw new IllegalStateException("getCheckpoint(" + number + ") answered " + answer);
    }
    int pointer = whole(bytes, WORD);
    return new Testimony(
        Hash.at(bytes, 0),
        new String(bytes, pointer + WORD, whole(bytes, pointer), StandardCharsets.US_ASCII),
        "0x" + HexFormat.of().formatHex(bytes, 2 * WORD + 12, 3 * WORD));
  }

  private static int whole(byte[] bytes, int offset) {
    return new BigInteger(1, bytes, offset, WORD).intValueExact();
  }

  private static String text(Json answer) {
    if (answer instanceof Json.Str string) {
      return string.value();
    }
    throw new IllegalStateException("the chain answered " + answer.canonical());
  }

  private Json call(String method, Json... parameters) {
    Json body =
        Json.object(
            Map.of(
                "jsonrpc", Json.of("2.0"),
                "id", Json.of(1),
                "method", Json.of(method),
                "params", new Json.Arr(List.of(parameters))));
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.canonicalBytes()))
            .build();
    try {
      Fields answer = Fields.parse(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
      if (answer.has("error")) {
        throw new IllegalStateException(method + ": " + answer.value("error").canonical());
      }
      return answer.value("result");
    } catch (IOException e) {
      throw new IllegalStateException("the chain at " + endpoint + " has no answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while asking the chain", e);
    }
  }
}
