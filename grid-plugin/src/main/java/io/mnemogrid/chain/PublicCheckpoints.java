package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.Transaction;

/**
 * Checkpoints as an outsider reads them, without a key and writing nothing: from a chain's node
 * that the reader chose, or from a copy of a notary's file.
 */
public final class PublicCheckpoints {
  private static final Address NOBODY = new Address("0x" + "00".repeat(20));

  private PublicCheckpoints() {}

  /**
   * The hash of a checkpoint on a chain, as of the node's latest block; empty when it has none of
   * that number.
   *
   * @throws AnchorUnavailable when the node does not answer
   * @throws IllegalStateException when the node is of another chain, or nothing stands at {@code
   *     contract}
   */
  public static Optional<Hash> onChain(URI endpoint, long chainId, Address contract, long number) {
    try (EvmNode node = new EvmNode(endpoint)) {
      long answered = node.chainId();
      if (answered != chainId) {
        throw new IllegalStateException(
            "%s is a node of chain %d, not of %d".formatted(node.name(), answered, chainId));
      }
      Function function =
          new Function(
              "getCheckpoint",
              List.of(new Uint256(BigInteger.valueOf(number))),
              List.of(new TypeReference<Bytes32>() {}));
      EvmNode.CallResult result =
          node.call(
              new Transaction(
                  NOBODY.text(),
                  null,
                  null,
                  null,
                  contract.text(),
                  null,
                  FunctionEncoder.encode(function)),
              DefaultBlockParameterName.LATEST);
      if (result.reverted() != null) {
        String reason = ContractCode.committed().reason(result.reverted());
        if (reason.startsWith("UnknownVersion(")) {
          return Optional.empty();
        }
        throw new IllegalStateException(contract + " answers getCheckpoint with " + reason);
      }
      List<Type> values =
          FunctionReturnDecoder.decode(result.value(), function.getOutputParameters());
      if (values.isEmpty()) {
        throw new IllegalStateException("no contract of checkpoints stands at " + contract);
      }
      return Optional.of(Hash.of((byte[]) values.getFirst().getValue()));
    }
  }

  /**
   * The hash of a checkpoint in a notary's file, every line of which is verified up to it; empty
   * when the file ends before.
   *
   * @param publicHex the notary's key, 64 hex digits
   * @throws IllegalStateException when a line is not what that key signed in that order
   * @throws AnchorUnavailable when the file cannot be read
   */
  public static Optional<Hash> inNotaryFile(Path file, String publicHex, long number) {
    NotaryKey key = NotaryKey.ofPublic(publicHex);
    Hash previous = Hash.ZERO;
    long at = 0;
    try (var lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        at++;
        Hash hash = NotaryLine.parse(line, at, previous, key).hash();
        if (at == number) {
          return Optional.of(hash);
        }
        previous = Hash.sha256(line);
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new AnchorUnavailable(file + " cannot be read", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(file + ", line " + at + ": " + e.getMessage(), e);
    }
  }
}
