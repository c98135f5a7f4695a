package io.mnemogrid.check;

import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.client.Answered;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The checkpoint contract as the chain shows it to anybody: its getter and its events. */
public final class Contract {
  private static final String GET_CHECKPOINT = "20fc4881";
  private static final String CREATED =
      org.web3j.crypto.Hash.sha3String("CheckpointCreated(uint256,bytes32,bytes,address)");
  private static final int WORD = 64;

  private final AnvilProcess chain;
  private final String address;

  /** What {@code getCheckpoint} answers. */
  public record Checkpoint(long number, Hash hash, String pointer, String author) {}

  Contract(AnvilProcess chain, String address) {
    this.chain = chain;
    this.address = address;
  }

  /** The contract that a transaction was sent to. */
  public static Contract of(AnvilProcess chain, String transaction) {
    Json found = chain.call("eth_getTransactionByHash", Json.of(transaction));
    return new Contract(chain, new Answered((Json.Obj) found).text("to"));
  }

  /** The contract that the transactions of these checkpoints were sent to. */
  public static Contract of(AnvilProcess chain, List<StoredCheckpoint> stored) {
    return stored.stream()
        .map(StoredCheckpoint::transaction)
        .flatMap(Stream::ofNullable)
        .findFirst()
        .map(transaction -> of(chain, transaction.hash()))
        .orElseThrow(() -> new IllegalStateException("no checkpoint was ever sent"));
  }

  public String address() {
    return address;
  }

  /** The checkpoint of that number. */
  public Checkpoint find(long number) {
    Json call =
        Json.object(
            Map.of(
                "to", Json.of(address),
                "data", Json.of("0x%s%064x".formatted(GET_CHECKPOINT, number))));
    String words = ((Json.Str) chain.call("eth_call", call, Json.of("latest"))).value();
    int pointer = 2 * Integer.parseInt(word(words, 1), 16);
    int length = 2 * Integer.parseInt(word(words, pointer / WORD), 16);
    int from = 2 + pointer + WORD;
    return new Checkpoint(
        number,
        Hash.parse("0x" + word(words, 0)),
        new String(
            HexFormat.of().parseHex(words.substring(from, from + length)),
            StandardCharsets.US_ASCII),
        "0x" + word(words, 2).substring(WORD - 40));
  }

  private static String word(String hex, int index) {
    return hex.substring(2 + index * WORD, 2 + (index + 1) * WORD);
  }

  /** The numbers in the events, in the chain's order. */
  public List<Long> created() {
    Json filter =
        Json.object(
            Map.of(
                "address", Json.of(address),
                "fromBlock", Json.of("0x0"),
                "toBlock", Json.of("latest"),
                "topics", Json.ofStrings(List.of(CREATED))));
    return ((Json.Arr) chain.call("eth_getLogs", filter))
        .items().stream()
            .map(event -> (Json.Arr) Objects.requireNonNull(((Json.Obj) event).get("topics")))
            .map(topics -> ((Json.Str) topics.items().get(1)).value())
            .map(number -> Long.parseLong(number.substring(2), 16))
            .toList();
  }

  /**
   * Where chain and store differ, in sentences. The chain must have the numbers 1, 2, 3, …, with
   * one event each; all that the store has must be final and have the chain's hash.
   */
  public List<String> differences(List<StoredCheckpoint> stored) {
    List<String> differences = new ArrayList<>();
    List<Long> created = created();
    for (int i = 0; i < Math.max(created.size(), stored.size()); i++) {
      long number = i + 1;
      if (i >= created.size() || created.get(i) != number) {
        differences.add("the chain's event " + number + " is not that of this number: " + created);
        break;
      }
      if (i >= stored.size() || stored.get(i).number() != number) {
        differences.add("the chain has checkpoint " + number + ", the store has not");
        break;
      }
      StoredCheckpoint ours = stored.get(i);
      if (!find(number).hash().equals(ours.checkpoint().hash())) {
        differences.add("the chain has another header for checkpoint " + number);
      }
      if (ours.status() != StoredCheckpoint.Status.FINALIZED) {
        differences.add("checkpoint " + number + " is only " + ours.status().text());
      }
    }
    return differences;
  }
}
