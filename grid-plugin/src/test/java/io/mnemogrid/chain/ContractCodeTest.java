package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ContractCodeTest {
  private final ContractCode code = ContractCode.committed();

  @Test
  void classPathHoldsTheCommittedContract() throws Exception {
    String committed = Files.readString(Anvil.contracts().resolve("abi/MnemogridCheckpoints.json"));
    try (InputStream in = ContractCode.class.getResourceAsStream(ContractCode.RESOURCE)) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      assertThat(new String(bytes, StandardCharsets.UTF_8).equals(committed))
          .as("the class path holds contracts/abi as it is now")
          .isTrue();
    }
    assertThat(code.bytecode())
        .isEqualTo(new ObjectMapper().readTree(committed).path("bytecode").asText())
        .matches("0x[0-9a-f]{1000,}");
  }

  // Selectors and data as ethers and cast print them.
  @Test
  void namesErrorsBySelector() {
    String two = "0".repeat(63) + "2";
    String three = "0".repeat(63) + "3";
    String selector =
        org.web3j.crypto.Hash.sha3String("VersionNotNext(uint256,uint256)").substring(0, 10);
    assertThat(code.reason(selector + two + three)).isEqualTo("VersionNotNext(2, 3)");
    assertThat(code.reason("\"" + selector + two + three + "\"")).isEqualTo("VersionNotNext(2, 3)");
    assertThat(code.reason(selector + two)).startsWith("VersionNotNext(");
    assertThat(code.reason("0x4e487b71" + "0".repeat(62) + "11")).isEqualTo("Panic(17)");
    assertThat(code.reason("0xdeadbeef")).isEqualTo("reverted with the unknown error 0xdeadbeef");
    assertThat(code.reason("0x")).isEqualTo("reverted without a reason");
    assertThat(code.reason("")).isEqualTo("reverted without a reason");
  }

  @Test
  void textOfAnErrorIsSafeToPrint() {
    String text = "1b5b324a00"; // ESC [2J, which clears a terminal, and a zero
    String data =
        "0x08c379a0" + "0".repeat(62) + "20" + "0".repeat(63) + "5" + text + "0".repeat(54);
    assertThat(code.reason(data)).isEqualTo("Error(?[2J?)");
    assertThat(ContractCode.printable("x".repeat(10_000))).hasSizeLessThan(400);
  }
}
