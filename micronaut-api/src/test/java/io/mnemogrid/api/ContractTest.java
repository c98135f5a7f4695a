package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mnemogrid.api.Contract.Exchange;
import io.mnemogrid.api.Contract.Operation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the description is whole, and that its judge finds what is not as described. */
class ContractTest {
  private static final String HASH = "0x" + "a".repeat(64);
  private static final String HEAD =
      """
      {"audited_version":1,"finalized_version":0,"grid":"00112233445566778899aabbccddeeff","leaves":1,"log_root":"%s","root":"%s",\
      "space":"daryl","version":1}\
      """
          .formatted(HASH, HASH);
  private static final String PROBLEM =
      """
      {"code":"unknown-space","detail":"there is no space x","errors":[],\
      "hint":"PUT /v1/spaces/x creates it","request_id":"0123456789abcdef","status":404,\
      "title":"Unknown space","type":"urn:mnemogrid:problem:unknown-space"}\
      """;
  private static final String JSON = "application/json";
  private static final String OF_PROBLEM = "application/problem+json";

  /** Where a document of somebody stands, which may be anything. */
  private static final Set<String> FREE =
      Set.of("value", "new_value", "old_value", "policies", "summary", "hints", "schema");

  /** Of the examples, what an answer may also be without. */
  private static final Set<String> OPTIONAL =
      Set.of(
          "/claim/value",
          "/fact/payload",
          "/hints",
          "/items/0/address",
          "/items/0/key",
          "/items/0/member",
          "/items/0/outcome",
          "/items/0/request_id",
          "/items/0/route",
          "/items/0/spaces/daryl",
          "/items/0/status",
          "/items/0/subject",
          "/missed",
          "/0/missed",
          "/1/missed",
          "/parts",
          "/spaces/daryl");

  private final Contract contract = Contract.served();

  private List<String> head(String body, int status, String type, String... headers) {
    Map<String, List<String>> told = new TreeMap<>();
    told.put("content-type", List.of(type));
    for (int i = 0; i < headers.length; i += 2) {
      told.put(headers[i], List.of(headers[i + 1]));
    }
    return contract.faults(
        new Exchange(
            "GET",
            "/v1/spaces/daryl",
            Map.of(),
            new byte[0],
            status,
            told,
            body.getBytes(StandardCharsets.UTF_8)));
  }

  private List<String> head(String body) {
    return head(body, 200, JSON, "etag", "\"1.0123456789abcdef\"");
  }

  @Test
  void findsNothingInWhatIsAsDescribed() {
    assertThat(head(HEAD)).isEmpty();
    assertThat(head(PROBLEM, 404, OF_PROBLEM)).isEmpty();
    assertThat(head("", 304, "", "ETag", "\"1.0123456789abcdef\"")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "one member more       | \"leaves\":1,        | \"leaves\":1,\"mood\":2,",
        "one member less       | \"leaves\":1,        | ",
        "another type          | \"leaves\":1,        | \"leaves\":\"1\",",
        "a number below bounds | \"leaves\":1,        | \"leaves\":-1,",
        "a hash without 0x     | \"root\":\"0x        | \"root\":\"",
        "a name of no space    | \"daryl\"            | \"Daryl\"",
        "no JSON               | \"version\":1}       | \"version\":1",
      })
  void flagsABodyWith(String what, String part, String other) {
    assertThat(HEAD).contains(part);
    List<String> faults = head(HEAD.replace(part, other == null ? "" : other));
    assertThat(faults).as(what).isNotEmpty();
    assertThat(faults.getFirst()).startsWith("GET /v1/spaces/{space} (getHead), 200");
  }

  @Test
  void namesOperationStatusPointerAndPlaceOfTheSchema() {
    assertThat(head(HEAD.replace("\"leaves\":1", "\"leaves\":\"1\"")))
        .containsExactly(
            "GET /v1/spaces/{space} (getHead), 200, at /leaves: string found, integer expected"
                + " (schema: #/components/schemas/Head/properties/leaves/type)");
    Exchange another =
        new Exchange(
            "GET",
            "/v1/keys?x=1",
            Map.of(),
            null,
            200,
            Map.of("content-type", List.of(JSON)),
            "{\"items\":[],\"next\":3}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> contract.check(another))
        .isInstanceOf(Contract.Broken.class)
        .hasMessageContaining("GET /v1/keys?x=1 got, 200")
        .hasMessageContaining("at /next")
        .hasMessageContaining("paths./v1/keys.get.responses.200")
        .hasMessageContaining("unknown parameter x");
  }

  @Test
  void flagsWhatStandsAroundABody() {
    String tag = "\"1.0123456789abcdef\"";
    assertThat(head(HEAD, 200, JSON)).singleElement().asString().endsWith("has no header ETag");
    assertThat(head(HEAD, 200, JSON, "ETag", "\"1\"")).singleElement().asString().contains("ETag");
    assertThat(head(HEAD, 200, "text/plain", "ETag", tag))
        .singleElement()
        .asString()
        .contains("Content-Type 'text/plain'");
    assertThat(head(HEAD, 200, JSON, "ETag", tag, "Retry-After", "1"))
        .singleElement()
        .asString()
        .contains("Retry-After, which is undescribed");
    assertThat(head(HEAD, 203, JSON)).isNotEmpty();
    assertThat(head(PROBLEM, 404, JSON)).isNotEmpty();
  }

  /** A code has one status, what it tells besides, and operations that it belongs to. */
  @Test
  void flagsAProblemOfAnotherKind() {
    assertThat(head(PROBLEM.replace("\"status\":404", "\"status\":409"), 404, OF_PROBLEM))
        .isNotEmpty();
    String stranger = PROBLEM.replace("unknown-space", "nobody-home");
    assertThat(head(stranger, 404, OF_PROBLEM)).isNotEmpty();
    String blob = PROBLEM.replace("unknown-space", "unknown-blob");
    assertThat(head(blob, 404, OF_PROBLEM))
        .singleElement()
        .asString()
        .endsWith("404 unknown-blob is neither among its answers nor in x-every-operation");
    String quota = PROBLEM.replace("unknown-space", "quota").replace("404", "507");
    assertThat(contract.faults("quota", "#/components/schemas/Problem", problem(), tree(quota)))
        .isNotEmpty()
        .allMatch(fault -> fault.contains("required"));
    String whole =
        quota.replace("\"errors\"", "\"limit\":3,\"of\":\"leaves\",\"used\":3,\"errors\"");
    assertThat(contract.faults("quota", "#/components/schemas/Problem", problem(), tree(whole)))
        .isEmpty();
  }

  private static JsonNode tree(String json) {
    return Contract.tree(json.getBytes(StandardCharsets.UTF_8));
  }

  private JsonNode problem() {
    return contract.at("/components/schemas/Problem");
  }

  private List<String> commit(String target, String body, String... headers) {
    Map<String, List<String>> asked = new TreeMap<>();
    asked.put("Content-Type", List.of(JSON));
    for (int i = 0; i < headers.length; i += 2) {
      asked.put(headers[i], List.of(headers[i + 1]));
    }
    String answer =
        """
        {"applied":["/a"],"outcome":"applied","overrode":[],"root":"%s","space":"daryl",\
        "superseded":[],"update_id":"a","version":1}\
        """
            .formatted(HASH);
    return contract.faults(
        new Exchange(
            "POST",
            target,
            asked,
            body.getBytes(StandardCharsets.UTF_8),
            201,
            Map.of(
                "content-type",
                List.of(JSON),
                "etag",
                List.of("\"1.0123456789abcdef\""),
                "location",
                List.of("/v1/spaces/daryl/updates/1")),
            answer.getBytes(StandardCharsets.UTF_8)));
  }

  /** What was taken is held against the description too. */
  @Test
  void flagsARequestThatWasTakenAndIsNotDescribed() {
    String path = "/v1/spaces/daryl/updates";
    String delta = RunningServer.delta("a", 0, "/a", "1");
    assertThat(commit(path, delta)).isEmpty();
    assertThat(commit(path, "[" + delta + "]")).isEmpty();
    assertThat(commit(path, delta.replace("\"base\"", "\"bases\""))).isNotEmpty();
    assertThat(commit(path, delta.replace("bot-a", "bot a"))).isNotEmpty();
    assertThat(commit(path, "[]")).isNotEmpty();
    assertThat(commit(path, "")).singleElement().asString().contains("no body");
    assertThat(commit(path + "?mood=1", delta)).singleElement().asString().contains("mood");
    assertThat(commit("/v1/spaces/Daryl/updates", delta)).isNotEmpty();
    assertThat(commit(path, delta, "If-None-Match", "\"1.0\"")).isNotEmpty();
    assertThat(commit(path, delta, "Content-Type", "text/plain")).isNotEmpty();
  }

  /** A description that is wrong is found by the answer that is right. */
  @Test
  void flagsADescriptionThatWasSpoilt() {
    String text = Contract.text();
    String right = "leaves: {type: integer, minimum: 0}";
    assertThat(text).contains(right);
    Contract spoilt = Contract.of(text.replace(right, "leaves: {type: string}"));
    Exchange exchange =
        new Exchange(
            "GET",
            "/v1/spaces/daryl",
            Map.of(),
            null,
            200,
            Map.of("Content-Type", List.of(JSON), "ETag", List.of("\"1.0123456789abcdef\"")),
            HEAD.getBytes(StandardCharsets.UTF_8));
    assertThat(contract.faults(exchange)).isEmpty();
    assertThat(spoilt.faults(exchange)).singleElement().asString().contains("at /leaves");
  }

  @Test
  void everyOperationHasAnAnswerForWhatEveryOperationMayAnswer() {
    for (Operation operation : contract.operations()) {
      assertThat(operation.node().path("responses").has("default")).as(operation + "").isTrue();
    }
    assertThat(contract.operations()).hasSizeGreaterThan(35);
  }

  /** Each reference leads somewhere, and each component is used. */
  @Test
  void referencesAndComponentsFitEachOther() {
    Set<String> named = new TreeSet<>();
    references(contract.at(""), named);
    Set<String> there = new TreeSet<>();
    for (String kind : List.of("parameters", "headers", "schemas", "responses")) {
      contract
          .at("/components/" + kind)
          .fieldNames()
          .forEachRemaining(name -> there.add("#/components/" + kind + "/" + name));
    }
    assertThat(there).isEqualTo(named);
  }

  /**
   * In YAML a comma ends an unquoted description, and the rest of it is members without a value.
   */
  @Test
  void noMemberIsWithoutAValue() {
    List<String> empty = new ArrayList<>();
    empty(contract.at(""), "", empty);
    assertThat(empty).isEmpty();
  }

  private static void empty(JsonNode node, String at, List<String> found) {
    node.properties()
        .forEach(member -> {
          String below = at + "/" + member.getKey();
          if (member.getValue().isNull()) {
            found.add(below);
          }
          if (!member.getKey().contains("example")) { // there null is a value
            empty(member.getValue(), below, found);
          }
        });
    node.forEach(item -> {
      if (!node.isObject()) {
        empty(item, at + "/-", found);
      }
    });
  }

  private static void references(JsonNode node, Set<String> found) {
    if (node.has("$ref")) {
      found.add(node.path("$ref").asText());
    }
    node.forEach(child -> references(child, found));
  }

  /** A schema that cannot be read would fail only the test that meets it first. */
  @Test
  void everySchemaCanBeRead() {
    int read = 0;
    for (Operation operation : contract.operations()) {
      List<JsonNode> contents = new ArrayList<>();
      contents.add(operation.node().path("requestBody").path("content"));
      operation
          .node()
          .path("responses")
          .forEach(response -> contents.add(contract.resolved(response).path("content")));
      for (JsonNode content : contents) {
        for (JsonNode media : content) {
          read++;
          String place = "schema " + read;
          contract.faults(place, place, media.path("schema"), tree("{\"code\":[{}]}"));
        }
      }
    }
    assertThat(read).isGreaterThan(200);
    for (Map.Entry<String, JsonNode> named : contract.at("/components/schemas").properties()) {
      contract.faults(named.getKey(), named.getKey(), named.getValue(), tree("{}"));
    }
  }

  /** One example of a body, with its schema. */
  private record Example(String place, JsonNode schema, JsonNode value) {}

  /** All of them; those that several operations share are there once. */
  private List<Example> examples() {
    Map<String, JsonNode> contents = new TreeMap<>();
    for (Operation operation : contract.operations()) {
      JsonNode body = operation.node().path("requestBody");
      contents.put(operation.place() + ".requestBody", body.path("content"));
      operation
          .node()
          .path("responses")
          .properties()
          .forEach(response ->
              contents.put(
                  Contract.place(
                      response.getValue(), operation.place() + ".responses." + response.getKey()),
                  contract.resolved(response.getValue()).path("content")));
    }
    List<Example> examples = new ArrayList<>();
    contents.forEach((place, content) -> examples(place, content, examples));
    return examples;
  }

  private static void examples(String place, JsonNode content, List<Example> examples) {
    content
        .properties()
        .forEach(media ->
            media
                .getValue()
                .path("examples")
                .properties()
                .forEach(example ->
                    examples.add(
                        new Example(
                            place + ".content." + media.getKey(),
                            media.getValue().path("schema"),
                            example.getValue().path("value")))));
  }

  @Test
  void everyExampleIsAsItsSchemaSays() {
    List<Example> examples = examples();
    assertThat(examples).hasSizeGreaterThan(40);
    for (Example example : examples) {
      assertThat(contract.faults("the example", example.place, example.schema, example.value))
          .as(example.place)
          .isEmpty();
    }
  }

  @Test
  void everyExampleOfAParameterIsAsItsSchemaSays() {
    int examples = 0;
    for (Operation operation : contract.operations()) {
      for (JsonNode parameter : operation.parameters()) {
        for (String kind : List.of("example", "x-example")) {
          if (parameter.has(kind)) {
            examples++;
            String place = operation.place() + " " + parameter.path("name").asText();
            assertThat(
                    contract.faults(place, place, parameter.path("schema"), parameter.path(kind)))
                .isEmpty();
          }
        }
      }
    }
    assertThat(examples).isGreaterThan(40);
  }

  /**
   * The known-bad twins: each example with a member more, with a member less and with a value of
   * another type, at each place of it that is not somebody's own document.
   */
  @Test
  void everySpoiltExampleIsFlagged() {
    int spoilt = 0;
    Set<String> unseen = new TreeSet<>();
    for (Example example : examples()) {
      if (example.schema.isEmpty() || example.value.isTextual()) {
        continue; // may be anything
      }
      for (Spoilt bad : spoilt(example)) {
        spoilt++;
        if (contract.faults("", example.place, example.schema, bad.value).isEmpty()) {
          unseen.add(bad.how);
        }
      }
    }
    Set<String> expected = new TreeSet<>();
    OPTIONAL.forEach(at -> expected.add("nothing at " + at));
    assertThat(unseen).isEqualTo(expected);
    assertThat(spoilt).isGreaterThan(500);
  }

  /** A value that is wrong in one place. */
  private record Spoilt(String how, JsonNode value) {}

  private static List<Spoilt> spoilt(Example example) {
    List<Spoilt> all = new ArrayList<>();
    boolean isAnswer = example.place.contains("responses");
    spoil(example.value, example.value.deepCopy(), "", isAnswer, all);
    return all;
  }

  /**
   * Spoils each place of a value.
   *
   * @param whole a copy of the whole value, which is spoilt and mended again
   */
  private static void spoil(
      JsonNode original, JsonNode whole, String at, boolean isAnswer, List<Spoilt> all) {
    JsonNode node = whole.at(at);
    if (node instanceof ObjectNode object) {
      object.put("mood", 1);
      all.add(new Spoilt("mood at " + at, whole.deepCopy()));
      object.remove("mood");
      for (Map.Entry<String, JsonNode> member : List.copyOf(original.at(at).properties())) {
        String name = member.getKey();
        String below = at + "/" + name.replace("~", "~0").replace("/", "~1");
        JsonNode value = object.get(name);
        if (isAnswer) {
          object.remove(name);
          all.add(new Spoilt("nothing at " + below, whole.deepCopy()));
        }
        if (!FREE.contains(name)) {
          object.set(name, otherType(value));
          all.add(new Spoilt("another type at " + below, whole.deepCopy()));
          object.set(name, value);
          spoil(original, whole, below, isAnswer, all);
        }
        object.set(name, value);
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        JsonNode value = array.get(i);
        array.set(i, otherType(value));
        all.add(new Spoilt("another type at " + at + "/" + i, whole.deepCopy()));
        array.set(i, value);
        spoil(original, whole, at + "/" + i, isAnswer, all);
      }
    }
  }

  private static JsonNode otherType(JsonNode value) {
    return tree(value.isBoolean() ? "7.5" : "false");
  }
}
