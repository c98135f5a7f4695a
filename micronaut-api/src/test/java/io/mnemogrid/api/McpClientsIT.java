package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import io.mnemogrid.state.Json;
import jakarta.inject.Inject;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Clients that others wrote use a memory ({@code mcp-clients/clients.mjs}), over HTTP and over the
 * standard streams of {@code mnemogrid mcp}; and the protocol's own suite finds nothing against it
 * ({@code mcp-clients/conformance.mjs}).
 */
@MicronautTest(contextBuilder = OwnServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class McpClientsIT {
  private static final Path SCRIPTS = Path.of("mcp-clients").toAbsolutePath();
  @Inject EmbeddedServer server;

  static void demand(String... tools) {
    for (String tool : tools) {
      boolean isThere =
          Stream.of(System.getenv("PATH").split(File.pathSeparator))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
      if (!isThere) {
        String missing = tool + " is missing, so no client was tried: install it";
        assertThat(System.getenv("CI")).as(missing).isNull();
        Assumptions.abort(missing);
      }
    }
  }

  private String url() {
    return "http://localhost:" + server.getPort();
  }

  private static Json.Obj run(String script, List<String> words) throws Exception {
    demand("node", "npm");
    Path said = Files.createTempFile("mcp-clients", ".json");
    List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("run").toString(), script));
    command.addAll(words);
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(script + " " + text).isZero();
    return Json.parseObject(text);
  }

  @Test
  void clientsOfOthersListCallAndRead() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> stdio =
        List.of(
            url(),
            java,
            "-cp",
            System.getProperty("java.class.path"),
            "io.mnemogrid.command.Main",
            "mcp",
            "--url",
            url());

    Json.Obj seen = run("clients.mjs", stdio);

    assertThat(seen.members())
        .containsOnlyKeys(
            "sdk-http", "client-http", "client-stateless", "sdk-stdio", "client-stdio");
  }

  @Test
  void theConformanceSuiteFindsNothing() throws Exception {
    Json.Obj found = run("conformance.mjs", List.of(url() + "/mcp?tools=core,conformance"));

    assertThat(found.get("passed")).isNotEqualTo(Json.of(0));
  }
}
