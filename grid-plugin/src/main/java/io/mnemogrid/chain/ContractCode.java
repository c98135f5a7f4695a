package io.mnemogrid.chain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Type;
import org.web3j.crypto.Hash;
import org.web3j.utils.Numeric;

/**
 * The committed contract: the bytecode that is deployed, and the custom errors by selector, so that
 * revert data becomes text that is safe to log.
 */
final class ContractCode {
  /** Where the build puts {@code contracts/abi}. */
  static final String RESOURCE = "/contracts/MnemogridCheckpoints.json";

  private static final int SELECTOR_DIGITS = 8;
  private static final int MAX_REASON = 300;
  private static final String ERROR_STRING = "08c379a0"; // Error(string): require with a text
  private static final String PANIC = "4e487b71"; // Panic(uint256): assert, overflow
  private static final ContractCode COMMITTED = load();

  /** A custom error as the ABI names it. */
  private record CustomError(String name, List<String> types) {}

  private final String bytecode;
  private final Map<String, CustomError> errors;

  private ContractCode(String bytecode, Map<String, CustomError> errors) {
    this.bytecode = bytecode;
    this.errors = errors;
  }

  /** The one of this release. */
  static ContractCode committed() {
    return COMMITTED;
  }

  /** What creates the contract, in hex, before the constructor's arguments. */
  String bytecode() {
    return bytecode;
  }

  /** Names the error in revert data (hex, also in JSON quotes as web3j hands it on). */
  String reason(String revertData) {
    String hex = Numeric.cleanHexPrefix(revertData.replace("\"", "").strip());
    if (hex.length() < SELECTOR_DIGITS) {
      return "reverted without a reason";
    }
    String selector = hex.substring(0, SELECTOR_DIGITS);
    CustomError error =
        switch (selector) {
          case ERROR_STRING -> new CustomError("Error", List.of("string"));
          case PANIC -> new CustomError("Panic", List.of("uint256"));
          default -> errors.get(selector);
        };
    if (error == null) {
      return "reverted with the unknown error 0x" + printable(selector);
    }
    try {
      return error.name + "(" + arguments(hex.substring(SELECTOR_DIGITS), error.types) + ")";
    } catch (RuntimeException | ClassNotFoundException e) {
      // The decoder throws all kinds on data that does not fit; the name is known all the same.
      return error.name + "(unreadable)";
    }
  }

  private static String arguments(String hex, List<String> types) throws ClassNotFoundException {
    List<TypeReference<Type>> references = new ArrayList<>();
    for (String type : types) {
      references.add(reference(type));
    }
    return FunctionReturnDecoder.decode(hex, references).stream()
        .map(value -> printable(text(value.getValue())))
        .collect(Collectors.joining(", "));
  }

  // web3j makes a TypeReference<?>, and its decoder wants a TypeReference<Type>.
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static TypeReference<Type> reference(String type) throws ClassNotFoundException {
    return (TypeReference<Type>) (TypeReference) TypeReference.makeTypeReference(type);
  }

  private static String text(Object value) {
    return value instanceof byte[] bytes ? Numeric.toHexString(bytes) : String.valueOf(value);
  }

  /**
   * The text without control characters, which could act on a terminal or a log, and not endless.
   */
  static String printable(String text) {
    String clean = text.replaceAll("[\\p{C}\\u2028\\u2029]", "?");
    return clean.length() <= MAX_REASON ? clean : clean.substring(0, MAX_REASON) + "…";
  }

  private static ContractCode load() {
    try (InputStream in = ContractCode.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the class path");
      }
      JsonNode root = new ObjectMapper().readTree(in);
      Map<String, CustomError> errors = new HashMap<>();
      for (JsonNode entry : root.path("abi")) {
        if (entry.path("type").asText().equals("error")) {
          List<String> types = new ArrayList<>();
          entry.path("inputs").forEach(input -> types.add(input.path("type").asText()));
          String name = entry.path("name").asText();
          String selector =
              Hash.sha3String(name + "(" + String.join(",", types) + ")")
                  .substring(2, 2 + SELECTOR_DIGITS);
          errors.put(selector, new CustomError(name, List.copyOf(types)));
        }
      }
      return new ContractCode(root.path("bytecode").asText(), Collections.unmodifiableMap(errors));
    } catch (IOException e) {
      throw new IllegalStateException(RESOURCE + " cannot be read", e);
    }
  }
}
