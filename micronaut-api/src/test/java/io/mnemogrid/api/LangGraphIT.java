package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The store of LangGraph in a space ({@code adapters/langgraph}) passes its tests against a member:
 * it gives what LangGraph's own store in memory gives, and loses nothing of many writers.
 */
class LangGraphIT {
  private static final Path ADAPTER = Path.of("adapters/langgraph").toAbsolutePath();

  @Test
  void theStorePassesItsTestsOfAMember() throws Exception {
    McpClientsIT.demand("node", "npm");
    Path said = Files.createTempFile("langgraph", ".tap");
    ProcessBuilder builder =
        new ProcessBuilder(ADAPTER.resolve("ci").toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder
        .environment()
        .put("TEST_MEMBER_URLS", RunningServer.shared().server().getURL().toString());

    Process tests = builder.start();

    assertThat(tests.waitFor(5, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(tests.exitValue()).as(text).isZero();
    assertThat(text).contains("\nok 1 - ").doesNotContain("# SKIP");
  }
}
