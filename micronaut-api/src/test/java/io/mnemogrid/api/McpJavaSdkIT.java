package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.modern.client.transport.HttpClientMcpTransport;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/**
 * The SDK of MCP for Java uses a memory as {@code mcp-clients/clients.mjs} does with those for
 * JavaScript: over HTTP, over the standard streams of {@code mnemogrid mcp}, and without a session.
 */
class McpJavaSdkIT {
  private static final Implementation INFO = Implementation.builder("java-sdk", "1").build();
  private static final int CORE_TOOLS = 12;

  private static String url() {
    return "http://localhost:" + RunningServer.shared().server().getPort();
  }

  private static Map<String, Object> write(String space) {
    return Map.of(
        "space",
        space,
        "set",
        List.of(Map.of("path", "facts.hello", "value", "world")),
        "update_id",
        "id-1");
  }

  private static void play(String space, McpClientTransport transport) {
    try (McpSyncClient client = McpClient.sync(transport).clientInfo(INFO).build()) {
      assertThat(client.initialize().protocolVersion()).isEqualTo("2025-11-25");
      assertThat(client.listTools().tools()).hasSize(CORE_TOOLS);
      assertThat(client.listTools().tools()).extracting(Tool::name).contains("write_memory");

      CallToolResult written = call(client, "write_memory", write(space));
      assertThat(written.isError()).as("%s", written).isNotEqualTo(true);
      assertThat(written.structuredContent())
          .asInstanceOf(InstanceOfAssertFactories.MAP)
          .containsEntry("version", 1);
      CallToolResult read =
          call(client, "read_memory", Map.of("space", space, "path", "facts.hello"));
      assertThat(text(read)).contains("world");
      CallToolResult refused = call(client, "read_memory", Map.of("space", space, "path", "none"));
      assertThat(refused.isError()).isTrue();
      assertThat(text(refused)).startsWith("error nothing-there");
      assertThatThrownBy(() -> call(client, "no_such_tool", Map.of())).isInstanceOf(McpError.class);

      assertThat(client.listResources().resources()).isNotEmpty();
      String uri = "mnemogrid://" + space + "/state/facts/hello";
      assertThat(client.readResource(ReadResourceRequest.builder(uri).build()).contents())
          .singleElement()
          .isInstanceOfSatisfying(
              TextResourceContents.class, told -> assertThat(told.text()).isEqualTo("\"world\""));
      assertThat(client.listPrompts().prompts()).extracting("name").containsExactly("recall");
      assertThat(
              client.getPrompt(
                  GetPromptRequest.builder("recall")
                      .arguments(Map.of("space", space, "query", "hello"))
                      .build()))
          .asString()
          .contains("world");
    }
  }

  private static CallToolResult call(
      McpSyncClient client, String tool, Map<String, Object> arguments) {
    return client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
  }

  private static String text(CallToolResult result) {
    return ((TextContent) result.content().getFirst()).text();
  }

  @Test
  void usesAMemoryOverHttp() {
    play("java-sdk-http", HttpClientStreamableHttpTransport.builder(url()).build());
  }

  @Test
  void usesAMemoryOverStandardStreams() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ServerParameters process =
        ServerParameters.builder(java)
            .args(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.mnemogrid.command.Main",
                "mcp",
                "--url",
                url())
            .build();

    play("java-sdk-stdio", new StdioClientTransport(process, McpJsonDefaults.getMapper()));
  }

  @Test
  void usesAMemoryWithoutASession() {
    io.modelcontextprotocol.modern.client.McpSyncClient client =
        io.modelcontextprotocol.modern.client.McpClient.sync(
                HttpClientMcpTransport.builder(url() + "/mcp").build())
            .build();
    String space = "java-sdk-stateless";

    assertThat(client.discover().supportedVersions()).contains("2026-07-28");
    assertThat(client.listTools().list().tools()).hasSize(CORE_TOOLS);
    var written = client.tool("write_memory").arguments(write(space)).call();
    assertThat(written.isError()).as("%s", written).isNotEqualTo(true);
    var refused =
        client.tool("read_memory").arguments(Map.of("space", space, "path", "none")).call();
    assertThat(refused.isError()).isTrue();
    assertThat(client.resource("mnemogrid://" + space + "/state/facts/hello").read().toString())
        .contains("world");
    assertThat(client.prompt("recall").arguments(Map.of("space", space, "query", "hello")).get())
        .asString()
        .contains("world");
  }
}
