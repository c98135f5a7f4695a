package io.mnemogrid.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * The description of the API ({@code openapi.yaml}) as a judge of what was really sent and
 * answered. {@link RunningServer} and {@link RawHttp} show it every answer that a test gets.
 *
 * <p>The text of the description leaves answers open, so that a later version may add a member. The
 * judge does not: an object has the members alone that its schema names, unless the schema says
 * {@code additionalProperties} itself. Schemas are compiled once a process. Safe for all threads.
 */
final class Contract {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String COMPONENTS = "#/components/schemas/";
  private static final String PROBLEM = "application/problem+json";
  private static final Set<String> METHODS =
      Set.of("get", "put", "post", "delete", "options", "patch");

  /** A body without a schema of its own that is longer is not read at all. */
  private static final int MOST_OF_ANYTHING = 1 << 20;

  private static final int MOST_SHOWN = 5;

  /** Headers that mean something to a client, so that an answer has none that is not described. */
  private static final List<String> TELLING =
      List.of(
          "ETag",
          "Location",
          "Retry-After",
          "Idempotency-Replayed",
          "Preference-Applied",
          "Accept-Patch",
          "Mnemogrid-Log-Key");

  private final JsonNode root;
  private final List<Operation> operations = new ArrayList<>();
  private final ObjectNode defs = JsonNodeFactory.instance.objectNode();
  private final Map<String, Schema> byPlace = new ConcurrentHashMap<>();
  private final Map<JsonNode, Schema> compiled = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder()
                      .formatAssertionsEnabled(true)
                      .locale(Locale.ROOT)
                      .build()));

  /**
   * What was sent and what came back.
   *
   * @param target path and query as sent, percent-encoded
   * @param sent the body that was sent, null where it is not known
   */
  record Exchange(
      String method,
      String target,
      Map<String, List<String>> asked,
      byte @Nullable [] sent,
      int status,
      Map<String, List<String>> told,
      byte[] got) {
    private String told(String name) {
      return header(told, name);
    }
  }

  /** One method of one path. */
  record Operation(
      String method,
      String path,
      Pattern pattern,
      int variables,
      JsonNode node,
      List<JsonNode> parameters) {
    String id() {
      return node.path("operationId").asText();
    }

    String place() {
      return "paths." + path + "." + method.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** An exchange that the description does not know. */
  static final class Broken extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Broken(String message) {
      super(message);
    }
  }

  private static final class Served {
    static final Contract CONTRACT = of(text());
  }

  /** The description that the server serves. */
  static Contract served() {
    return Served.CONTRACT;
  }

  /** Its text. */
  static String text() {
    try (InputStream in = Contract.class.getResourceAsStream("/openapi.yaml")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The description of that text. */
  static Contract of(String yaml) {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    Map<String, Object> all = new Yaml(strict).load(yaml);
    return new Contract(MAPPER.valueToTree(all));
  }

  private Contract(JsonNode root) {
    this.root = root;
    root.path("components")
        .path("schemas")
        .properties()
        .forEach(schema -> {
          defs.set(schema.getKey(), closed(schema.getValue(), false));
          defs.set(schema.getKey() + ".open", closed(schema.getValue(), true));
        });
    root.path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(call -> {
                  if (METHODS.contains(call.getKey())) {
                    operations.add(operation(path.getKey(), path.getValue(), call.getKey()));
                  }
                }));
  }

  private Operation operation(String path, JsonNode item, String method) {
    List<JsonNode> parameters = new ArrayList<>();
    for (JsonNode list : List.of(item.path("parameters"), item.path(method).path("parameters"))) {
      list.forEach(parameter -> parameters.add(resolved(parameter)));
    }
    return new Operation(
        method.toUpperCase(Locale.ROOT),
        path,
        Pattern.compile(path.replace(".", "\\.").replaceAll("\\{([a-z]+)}", "(?<$1>[^/]+)")),
        path.split("\\{", -1).length - 1,
        item.path(method),
        parameters);
  }

  List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** What stands in the description. */
  JsonNode at(String pointer) {
    return root.at(pointer);
  }

  /** What a reference stands for, or the node itself. */
  JsonNode resolved(JsonNode node) {
    JsonNode at = node;
    while (at.has("$ref")) {
      at = root.at(at.path("$ref").asText().substring(1));
      if (at.isMissingNode()) {
        throw new Broken("openapi.yaml has nothing at " + node.path("$ref").asText());
      }
    }
    return at;
  }

  /**
   * A copy in which references lead to {@code $defs}, and objects have the members alone that they
   * name.
   *
   * @param isPart whether it says something more of an object that is closed further out: a part of
   *     an {@code allOf}, or a case of an object with properties of its own
   */
  private static JsonNode closed(JsonNode schema, boolean isPart) {
    if (!schema.isObject()) {
      return schema;
    }
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    boolean areParts = isPart || schema.has("properties");
    schema
        .properties()
        .forEach(keyword -> copy.set(keyword.getKey(), closed(keyword, isPart, areParts)));
    if (isPart || copy.has("additionalProperties") || copy.has("unevaluatedProperties")) {
      return copy;
    }
    if (copy.has("properties")) {
      return copy.put("additionalProperties", false);
    }
    return copy.has("allOf") ? copy.put("unevaluatedProperties", false) : copy;
  }

  private static JsonNode closed(
      Map.Entry<String, JsonNode> keyword, boolean isPart, boolean areParts) {
    JsonNode value = keyword.getValue();
    return switch (keyword.getKey()) {
      case "$ref" ->
          TextNode.valueOf(
              value.asText().replace(COMPONENTS, "#/$defs/") + (isPart ? ".open" : ""));
      case "properties", "patternProperties" -> {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        value.properties().forEach(each -> copy.set(each.getKey(), closed(each.getValue(), false)));
        yield copy;
      }
      case "items", "additionalProperties" -> closed(value, false);
      case "oneOf", "anyOf", "allOf", "prefixItems" -> {
        ArrayNode copy = JsonNodeFactory.instance.arrayNode();
        boolean isEachAPart =
            keyword.getKey().equals("allOf") || areParts && !keyword.getKey().equals("prefixItems");
        value.forEach(each -> copy.add(closed(each, isEachAPart)));
        yield copy;
      }
      default -> value;
    };
  }

  /** What is written alike in several places is compiled once. */
  private Schema compiled(String place, JsonNode schema) {
    return byPlace.computeIfAbsent(place, _ -> compiled.computeIfAbsent(schema, this::compile));
  }

  private Schema compile(JsonNode schema) {
    ObjectNode document =
        schema.isObject()
            ? (ObjectNode) closed(schema, false)
            : JsonNodeFactory.instance.objectNode();
    document.set("$defs", defs);
    return registry.getSchema(SchemaLocation.of("openapi:/" + numbers.incrementAndGet()), document);
  }

  /**
   * What is wrong with a value, a sentence each.
   *
   * @param what names the value in the sentences
   * @param place where the schema stands, for the reader
   */
  List<String> faults(String what, String place, JsonNode schema, JsonNode value) {
    return compiled(place, schema).validate(value).stream()
        .map(error -> sentence(what, place, error))
        .distinct()
        .limit(MOST_SHOWN)
        .toList();
  }

  private static String sentence(String what, String place, Error error) {
    String at = error.getInstanceLocation().toString();
    String schema = error.getSchemaLocation().toString();
    String fragment = schema.substring(schema.indexOf('#') + 1).replace(".open/", "/");
    String where =
        fragment.startsWith("/$defs/")
            ? fragment.replaceFirst("/\\$defs/", COMPONENTS)
            : place + " at " + (fragment.isEmpty() ? "its root" : fragment);
    return "%s%s: %s (schema: %s)"
        .formatted(what, at.isEmpty() ? "" : ", at " + at, error.getMessage(), where);
  }

  /** The operation that a request is for; of several the one with the fewest variables. */
  Optional<Operation> operation(String method, String target) {
    String path = path(target);
    String of = method.equals("HEAD") ? "GET" : method;
    return operations.stream()
        .filter(each -> each.method.equals(of) && each.pattern.matcher(path).matches())
        .min(Comparator.comparingInt(Operation::variables));
  }

  private static String path(String target) {
    String path = target.replaceFirst("^[a-zA-Z]+://[^/?]*", "");
    int query = path.indexOf('?');
    String bare = query < 0 ? path : path.substring(0, query);
    return bare.length() > 1 && bare.endsWith("/")
        ? bare.substring(0, bare.length() - 1) // as the router reads it
        : bare;
  }

  /**
   * Refuses an exchange that is not as described.
   *
   * @throws Broken with all that is wrong: operation, status, pointer into the body, and place of
   *     the schema
   */
  void check(Exchange exchange) {
    List<String> faults = faults(exchange);
    if (!faults.isEmpty()) {
      throw new Broken(
          "openapi.yaml has another answer than "
              + exchange.method
              + " "
              + exchange.target
              + " got, "
              + exchange.status
              + ":\n- "
              + String.join("\n- ", faults));
    }
  }

  /** What is not as described, a sentence each. */
  List<String> faults(Exchange exchange) {
    Operation operation = operation(exchange.method, exchange.target).orElse(null);
    if (operation == null) {
      return ofNoOperation(exchange);
    }
    List<String> faults = new ArrayList<>();
    String status = Integer.toString(exchange.status);
    JsonNode own = operation.node.path("responses").path(status);
    boolean isOwn = !own.isMissingNode();
    JsonNode named = isOwn ? own : operation.node.path("responses").path("default");
    if (named.isMissingNode()) {
      return List.of(operation + " (" + operation.id() + ") has no answer " + status);
    }
    JsonNode response = resolved(named);
    String what = operation + " (" + operation.id() + "), " + status;
    String place = place(named, operation.place() + ".responses." + (isOwn ? status : "default"));
    String code = body(exchange, what, place, response, faults);
    if (!isOwn && !mayAlways(operation, status, code, exchange)) {
      faults.add(
          what
              + (code == null ? "" : " " + code)
              + " is neither among its answers nor in x-every-operation");
    }
    headers(exchange, what, response, isOwn, faults);
    if (exchange.status >= 200 && exchange.status < 300) {
      request(exchange, operation, faults);
    }
    return faults;
  }

  /** Where something stands in the description: at what it refers to, or where it is itself. */
  static String place(JsonNode named, String otherwise) {
    return named.has("$ref") ? named.path("$ref").asText() : otherwise;
  }

  /** What no operation is asked for: the door and the router answer. */
  private List<String> ofNoOperation(Exchange exchange) {
    List<String> faults = new ArrayList<>();
    String status = Integer.toString(exchange.status);
    String what = exchange.method + " " + path(exchange.target) + " (no operation), " + status;
    JsonNode response = root.path("components").path("responses").path("Problem");
    String code = body(exchange, what, "#/components/responses/Problem", response, faults);
    boolean isBare = exchange.method.equals("HEAD");
    if (!isListed("door", status, code, isBare) && !isListed("router", status, code, isBare)) {
      faults.add(what + (code == null ? "" : " " + code) + " is not in x-every-operation");
    }
    return faults;
  }

  /** Whether every operation may answer that. */
  private boolean mayAlways(
      Operation operation, String status, @Nullable String code, Exchange exchange) {
    JsonNode security = operation.node.path("security");
    boolean isOpen = security.isArray() && security.isEmpty();
    boolean isBare = exchange.method.equals("HEAD");
    return isListed("door", status, code, isBare)
        || isListed("any", status, code, isBare)
        || !isOpen && isListed("key", status, code, isBare)
        || operation.path.contains("{space}") && isListed("space", status, code, isBare);
  }

  private boolean isListed(String group, String status, @Nullable String code, boolean isBare) {
    JsonNode codes = root.path("x-every-operation").path(group).path(status);
    if (isBare) {
      return !codes.isMissingNode();
    }
    for (JsonNode each : codes) {
      if (each.asText().equals(code)) {
        return true;
      }
    }
    return false;
  }

  /** Judges type and body of an answer; the code of a problem, null where it is none. */
  private @Nullable String body(
      Exchange exchange, String what, String place, JsonNode response, List<String> faults) {
    JsonNode content = response.path("content");
    boolean isBare =
        exchange.method.equals("HEAD") || exchange.status == 304 || exchange.status == 204;
    if (isBare) {
      return null;
    }
    if (content.isEmpty()) {
      if (exchange.got.length > 0) {
        faults.add(what + " has a body, and " + place + " has none");
      }
      return null;
    }
    String type = type(exchange.told("Content-Type"));
    JsonNode media = content.path(type);
    if (media.isMissingNode()) {
      List<String> listed = new ArrayList<>();
      content.fieldNames().forEachRemaining(listed::add);
      faults.add(what + " has the Content-Type '" + type + "', and " + place + " lists " + listed);
      return null;
    }
    byte[] bytes = unpacked(exchange);
    String at = place + ".content." + type;
    if (media.has("x-line-schema")) {
      String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
      for (int i = 0; i < lines.length && faults.isEmpty(); i++) {
        if (!lines[i].isEmpty()) {
          faults.addAll(
              json(
                  what + ", line " + (i + 1),
                  at + ".x-line-schema",
                  media.path("x-line-schema"),
                  lines[i].getBytes(StandardCharsets.UTF_8)));
        }
      }
      return null;
    }
    JsonNode schema = media.path("schema");
    if (!type.endsWith("json") || schema.isEmpty() && bytes.length > MOST_OF_ANYTHING) {
      return null;
    }
    faults.addAll(json(what, at, schema, bytes));
    return type.equals(PROBLEM) ? tree(bytes).path("code").asText() : null;
  }

  private List<String> json(String what, String place, JsonNode schema, byte[] bytes) {
    JsonNode value = tree(bytes);
    return value.isMissingNode()
        ? List.of(what + " has a body that is no JSON (schema: " + place + ")")
        : faults(what, place, schema, value);
  }

  /** The JSON of those bytes; a missing node where they are none. */
  static JsonNode tree(byte[] bytes) {
    try {
      return MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      return MAPPER.missingNode();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] unpacked(Exchange exchange) {
    if (!exchange.told("Content-Encoding").equals("gzip")) {
      return exchange.got;
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(exchange.got))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void headers(
      Exchange exchange, String what, JsonNode response, boolean isOwn, List<String> faults) {
    Set<String> described = ConcurrentHashMap.newKeySet();
    response
        .path("headers")
        .properties()
        .forEach(named -> {
          String name = named.getKey();
          JsonNode header = resolved(named.getValue());
          String value = exchange.told(name);
          described.add(name);
          if (!value.isEmpty()) {
            faults.addAll(
                faults(
                    what + ", header " + name,
                    "header " + name + " of " + what,
                    header.path("schema"),
                    parsed(value, header.path("schema"))));
          } else if (header.path("required").asBoolean()) {
            faults.add(what + " has no header " + name);
          }
        });
    if (isOwn) {
      TELLING.stream()
          .filter(name -> !described.contains(name) && !exchange.told(name).isEmpty())
          .forEach(name -> faults.add(what + " has the header " + name + ", which is undescribed"));
    }
  }

  /** Judges a request that succeeded: what was taken is what is described. */
  private void request(Exchange exchange, Operation operation, List<String> faults) {
    String what = operation + " (" + operation.id() + ") took";
    Matcher path = operation.pattern.matcher(path(exchange.target));
    boolean isThere = path.matches();
    Map<String, String> query = query(exchange.target);
    Map<String, String> unknown = new LinkedHashMap<>(query);
    for (JsonNode parameter : operation.parameters) {
      String name = parameter.path("name").asText();
      String value =
          switch (parameter.path("in").asText()) {
            case "path" -> isThere ? decoded(path.group(name)) : null;
            case "query" -> unknown.remove(name);
            default -> {
              String header = header(exchange.asked, name);
              yield header.isEmpty() ? null : header;
            }
          };
      if (value != null) {
        faults.addAll(
            faults(
                what + " the parameter " + name,
                operation.place() + ".parameters." + name + "." + parameter.path("in").asText(),
                parameter.path("schema"),
                parsed(value, parameter.path("schema"))));
      } else if (parameter.path("required").asBoolean()) {
        faults.add(what + " no " + name + ", which is required");
      }
    }
    unknown.keySet().forEach(name -> faults.add(what + " the unknown parameter " + name));
    byte[] sent = exchange.sent;
    JsonNode body = operation.node.path("requestBody");
    if (sent == null || !header(exchange.asked, "Content-Encoding").isEmpty()) {
      return;
    }
    if (sent.length == 0) {
      if (body.path("required").asBoolean()) {
        faults.add(what + " no body, which is required");
      }
      return;
    }
    String type = type(header(exchange.asked, "Content-Type"));
    JsonNode media = body.path("content").path(type);
    if (media.isMissingNode()) {
      faults.add(what + " a body of the type '" + type + "', which is not listed");
      return;
    }
    faults.addAll(
        json(
            what + " a body",
            operation.place() + ".requestBody.content." + type,
            media.path("schema"),
            sent));
  }

  /** A number where the schema wants one and the text is one, else the text. */
  private static JsonNode parsed(String text, JsonNode schema) {
    return schema.path("type").asText().equals("integer") && text.matches("-?[0-9]{1,18}")
        ? LongNode.valueOf(Long.parseLong(text))
        : TextNode.valueOf(text);
  }

  private static Map<String, String> query(String target) {
    Map<String, String> all = new LinkedHashMap<>();
    int start = target.indexOf('?');
    for (String pair : start < 0 ? List.<String>of() : split(target.substring(start + 1))) {
      int equals = pair.indexOf('=');
      if (!pair.isEmpty()) {
        all.put(
            decoded(equals < 0 ? pair : pair.substring(0, equals)),
            equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
    }
    return all;
  }

  private static List<String> split(String query) {
    return List.of(query.split("&", -1));
  }

  /** A + stays one, as the server reads it. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String type(String header) {
    return header.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
  }

  private static String header(Map<String, List<String>> headers, String name) {
    return headers.entrySet().stream()
        .filter(each -> each.getKey().equalsIgnoreCase(name) && !each.getValue().isEmpty())
        .map(each -> each.getValue().getFirst())
        .findFirst()
        .orElse("");
  }
}
