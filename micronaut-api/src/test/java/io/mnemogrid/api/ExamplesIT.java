package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.Contract.Operation;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.Json;
import jakarta.inject.Inject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Every example of the description is executed: each request is sent, in the order of the text, and
 * each answer that is shown has the members of one that the server gave. That examples are as their
 * schemas say is {@link ContractTest}'s to show.
 */
@MicronautTest(contextBuilder = OwnServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExamplesIT {
  private static final Contract CONTRACT = Contract.served();
  private static final String SPACE = "daryl";

  /** Names of members whose values are somebody's own document. */
  private static final Set<String> FREE =
      Set.of("value", "new_value", "old_value", "policies", "summary");

  /** What was answered, by the place of the answer in the description. */
  private final Map<String, List<JsonNode>> answers = new HashMap<>();

  /** Values of path variables that no example can have, for they are made here. */
  private final Map<String, String> made = new HashMap<>();

  private final Set<String> done = new TreeSet<>();
  @Inject EmbeddedServer server;
  @Inject Mnemogrid grid;
  private RunningServer api;
  private String[] key = {};

  @BeforeAll
  void sendAll() {
    api = RunningServer.of(server);
    List<Operation> all = CONTRACT.operations();
    for (String method : List.of("PUT", "POST", "PATCH")) {
      all.stream()
          .filter(each -> each.method().equals(method) && !isOfKeys(each))
          .forEach(this::send);
    }
    api.makeFinal(SPACE, api.get("/v1/spaces/" + SPACE).number("version"));
    String pointer = api.get("/v1/checkpoints/latest").string("pointer");
    made.put("cid", pointer.substring("ipfs://".length()));
    key =
        new String[] {
          "Authorization",
          "Bearer " + grid.keys().orElseThrow().create("examples", Grant.ALL, null).text().whole()
        };
    all.stream().filter(each -> isOfKeys(each) && isPost(each)).forEach(this::send);
    await() // entries are written after the answers that they are about
        .atMost(Duration.ofSeconds(20))
        .until(() -> !api.get("/v1/audit-trail", key).at("items").equals(new Json.Arr(List.of())));
    await() // an audit that was just asked for has begun with no space yet
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> !api.get("/v1/audits/latest", key).at("items").equals(new Json.Arr(List.of())));
    for (String method : List.of("GET", "OPTIONS", "DELETE")) {
      all.stream().filter(each -> each.method().equals(method)).forEach(this::send);
    }
    Operation head = CONTRACT.operation("GET", "/v1/spaces/nobody-made-it").orElseThrow();
    keep(head, api.get("/v1/spaces/nobody-made-it", key));
  }

  private static boolean isOfKeys(Operation operation) {
    return operation.path().matches("/v1/(keys|authors).*");
  }

  private static boolean isPost(Operation operation) {
    return operation.method().equals("POST");
  }

  /** Its answer has no end: EventsIT reads it. */
  private static boolean isStream(Operation operation) {
    return operation.node().at("/responses/200/content").has("text/event-stream");
  }

  /** Sends each example of an operation; one without a body is sent bare. */
  private void send(Operation operation) {
    if (isStream(operation)) {
      return;
    }
    JsonNode body = operation.node().path("requestBody");
    body.path("content")
        .properties()
        .forEach(media ->
            media
                .getValue()
                .path("examples")
                .properties()
                .forEach(example -> {
                  Answer answer =
                      send(
                          operation,
                          "",
                          media.getKey(),
                          example.getValue().path("value").toString(),
                          example.getValue().path("x-answer").asText(""));
                  if (operation.id().equals("createKey")) {
                    made.put("id", answer.string("id"));
                  }
                }));
    if (!body.path("required").asBoolean()) {
      send(operation, "", "", "", operation + " without a body");
      operation.parameters().stream()
          .filter(
              each -> each.path("in").asText().equals("query") && !example(each).isMissingNode())
          .filter(each -> !each.path("required").asBoolean())
          .forEach(each ->
              send(operation, pair(each), "", "", operation + " with " + each.path("name")));
    }
  }

  /** The example of a parameter, which a page of the API fills in only if it is needed. */
  private static JsonNode example(JsonNode parameter) {
    return parameter.path(parameter.has("example") ? "example" : "x-example");
  }

  private static String pair(JsonNode parameter) {
    return parameter.path("name").asText()
        + "="
        + URLEncoder.encode(example(parameter).asText(), StandardCharsets.UTF_8);
  }

  /**
   * Sends one request.
   *
   * @param wanted status and code of the refusal that the example is about; anything else stands
   *     for a success
   */
  private Answer send(Operation operation, String query, String type, String body, String wanted) {
    List<String> headers = new ArrayList<>(List.of(key));
    if (!type.isEmpty()) {
      headers.addAll(List.of("Content-Type", type));
    }
    List<String> pairs = new ArrayList<>(query.isEmpty() ? List.of() : List.of(query));
    String path = operation.path();
    for (JsonNode parameter : operation.parameters()) {
      String name = parameter.path("name").asText();
      String in = parameter.path("in").asText();
      String example = made.getOrDefault(name, parameter.path("example").asText());
      if (in.equals("path")) {
        assertThat(example).as("%s has no example of %s", operation, name).isNotEmpty();
        path = path.replace("{" + name + "}", example);
      } else if (in.equals("header") && parameter.has("example")) {
        headers.addAll(List.of(name, example));
      } else if (in.equals("query") && parameter.path("required").asBoolean()) {
        pairs.add(pair(parameter));
      }
    }
    String target = path + (pairs.isEmpty() ? "" : "?" + String.join("&", pairs));
    Answer answer = api.send(operation.method(), target, body, headers.toArray(String[]::new));
    if (wanted.matches("[45].*")) {
      answer.isProblem(Integer.parseInt(wanted.substring(0, 3)), wanted.substring(4));
    } else {
      assertThat(answer.status()).as("%s %s %s", operation, target, answer.text()).isLessThan(300);
      done.add(operation.id());
    }
    keep(operation, answer);
    return answer;
  }

  private void keep(Operation operation, Answer answer) {
    if (answer.header("content-type").endsWith("json")) {
      answers
          .computeIfAbsent(place(operation, answer.status() + ""), _ -> new ArrayList<>())
          .add(Contract.tree(answer.response().body()));
    }
  }

  /** Where the answer of an operation stands, which several may share. */
  private static String place(Operation operation, String status) {
    JsonNode responses = operation.node().path("responses");
    return Contract.place(
        responses.path(responses.has(status) ? status : "default"),
        operation.place() + ".responses." + status);
  }

  @Test
  void everyOperationSucceedsAsItsExampleSays() {
    assertThat(CONTRACT.operations())
        .allMatch(operation -> done.contains(operation.id()) || isStream(operation));
  }

  @Test
  void everyBodyHasAnExample() {
    for (Operation operation : CONTRACT.operations()) {
      operation
          .node()
          .path("requestBody")
          .path("content")
          .forEach(media -> assertThat(media.path("examples")).as(operation + "").isNotEmpty());
      operation
          .node()
          .path("responses")
          .properties()
          .forEach(response -> {
            JsonNode content = CONTRACT.resolved(response.getValue()).path("content");
            boolean isAnything = operation.id().equals("getBlob");
            boolean isByChance = Contract.place(response.getValue(), "").endsWith("/Unsettled");
            boolean isJson = content.has("application/json") && !isAnything && !isByChance;
            if (response.getKey().matches("20[012]") && isJson) {
              assertThat(content)
                  .as("%s %s", operation, response.getKey())
                  .anyMatch(media -> media.has("examples"));
            }
          });
    }
  }

  @Test
  void everyAnswerThatIsShownIsLikeOneThatWasGiven() {
    int shown = 0;
    for (Operation operation : CONTRACT.operations()) {
      for (Map.Entry<String, JsonNode> response : operation.node().path("responses").properties()) {
        String place = place(operation, response.getKey());
        for (JsonNode media : CONTRACT.resolved(response.getValue()).path("content")) {
          for (Map.Entry<String, JsonNode> example : media.path("examples").properties()) {
            JsonNode value = example.getValue().path("value");
            List<String> differences = new ArrayList<>();
            for (JsonNode given : answers.getOrDefault(place, List.of())) {
              String difference = difference(value, given, "");
              if (difference == null) {
                differences.clear();
                break;
              }
              differences.add(difference);
            }
            assertThat(answers).as(example.getKey()).containsKey(place);
            assertThat(differences).as("%s, %s", place, example.getKey()).isEmpty();
            shown++;
          }
        }
      }
    }
    assertThat(shown).isGreaterThan(30);
  }

  /** In what an example differs from an answer; null where in nothing but values. */
  private static @Nullable String difference(JsonNode example, JsonNode given, String at) {
    if (example.isNull() || given.isNull()) {
      return null; // which of the two it may be is the schema's to say
    }
    if (example.getNodeType() != given.getNodeType()) {
      return "at " + at + " stands " + given.getNodeType();
    }
    if (example.isArray()) {
      for (JsonNode item : example) {
        String least = "at " + at + " stands nothing";
        for (JsonNode other : given) {
          least = difference(item, other, at + "/-");
          if (least == null) {
            break;
          }
        }
        if (least != null) {
          return least;
        }
      }
      return null;
    }
    Set<String> names = names(example);
    if (!names.equals(names(given))) {
      return "at " + at + " stand " + names(given) + " and not " + names;
    }
    for (String name : names) {
      String below =
          FREE.contains(name)
              ? null
              : difference(example.path(name), given.path(name), at + "/" + name);
      if (below != null) {
        return below;
      }
    }
    return null;
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** The known-bad twin of the comparison. */
  @Test
  void anExampleWithAMemberMoreOrLessOrOfAnotherTypeIsSeen() {
    JsonNode given = tree("{\"items\":[{\"a\":1,\"b\":null}],\"next\":null}");
    assertThat(difference(tree("{\"items\":[{\"a\":2,\"b\":\"x\"}],\"next\":3}"), given, ""))
        .isNull();
    assertThat(difference(tree("{\"items\":[{\"a\":2}],\"next\":3}"), given, ""))
        .contains("/items");
    assertThat(difference(tree("{\"items\":[],\"next\":3,\"c\":1}"), given, "")).isNotNull();
    assertThat(difference(tree("{\"items\":[{\"a\":\"1\",\"b\":1}],\"next\":3}"), given, ""))
        .isNotNull();
    assertThat(difference(tree("[1]"), tree("[]"), "")).isNotNull();
  }

  private static JsonNode tree(String json) {
    return Contract.tree(json.getBytes(StandardCharsets.UTF_8));
  }
}
