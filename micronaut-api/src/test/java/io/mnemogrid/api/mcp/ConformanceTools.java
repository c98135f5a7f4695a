package io.mnemogrid.api.mcp;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.http.HttpStatus;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.state.Json;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * The tools that scenarios of the conformance suite call by name, for what our layer does with any
 * tool: {@code conformance}.
 */
@Factory
final class ConformanceTools {
  private static final int MISSING_CAPABILITY = -32021;

  @Bean
  @Singleton
  ToolSet set() {
    ToolResult text = ToolResult.ofText("This is a simple text response for testing.");
    return ToolSet.read(
        "conformance",
        Map.of(
            "test_simple_text", _ -> text,
            "test_streaming_elicitation", _ -> text,
            "test_logging_tool", _ -> text,
            "json_schema_2020_12_tool", _ -> text,
            "test_error_handling",
                _ -> {
                  throw new ProblemException(
                      Problem.of(
                          HttpStatus.CONFLICT,
                          "always",
                          "This tool intentionally returns an error for testing",
                          "call another one"));
                },
            "test_missing_capability",
                _ -> {
                  throw new RpcException(
                      MISSING_CAPABILITY,
                      HttpStatus.BAD_REQUEST,
                      "the client cannot sample",
                      Json.object(
                          Map.of(
                              "requiredCapabilities",
                              Json.object(Map.of("sampling", Json.EMPTY_OBJECT)))));
                }));
  }
}
