package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The file of the reference memory server of MCP ({@code memory.jsonl}), brought into the graph of
 * a running grid by the tools of {@code graph}. An entity that is there gets the observations that
 * it lacks; so the same file twice changes nothing, and a broken-off import is begun again.
 */
final class GraphImport {
  private static final String PATH = "/mcp?tools=graph&space=";

  /** So many are sent at once; their observations are counted too. */
  private static final int AT_ONCE = 200;

  private static final long MOST_BYTES = 1 << 20;

  private final ApiClient api;
  private final SpaceName space;
  private final ProgressLine bar;

  GraphImport(ApiClient api, SpaceName space, ProgressLine bar) {
    this.api = api;
    this.space = space;
    this.bar = bar;
  }

  private record Entity(String name, String type, Set<String> observations) {}

  /** Whether the first line of a file is one of that server's. */
  static boolean is(Path file) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      String first = lines.readLine();
      return first != null
          && Json.parse(first) instanceof Json.Obj object
          && (Json.of("entity").equals(object.get("type"))
              || Json.of("relation").equals(object.get("type")));
    } catch (JsonException | java.nio.charset.CharacterCodingException e) {
      return false;
    }
  }

  /** Reads all of the file before anything is written, then writes it. */
  ExitCode run(Path file, PrintStream out) throws IOException {
    List<Entity> entities = new ArrayList<>();
    List<Json> relations = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        Json.Obj object = Json.parseObject(line);
        switch (object.text("type")) {
          case "entity" -> entities.add(entity(object));
          case "relation" ->
              relations.add(
                  Json.object(
                      Map.of(
                          "from", Json.of(object.text("from")),
                          "relationType", Json.of(object.text("relationType")),
                          "to", Json.of(object.text("to")))));
          default -> throw new JsonException("/type", "is entity or relation");
        }
      } catch (JsonException e) {
        throw new CommandFailure(
            ExitCode.USAGE,
            file + ", line " + number + ": " + e.getMessage() + "; nothing was written",
            e);
      }
    }
    long observed = entities.stream().mapToLong(one -> one.observations.size()).sum();
    write(entities);
    for (int i = 0; i < relations.size(); i += AT_ONCE) {
      call(
          "create_relations",
          "relations",
          relations.subList(i, Math.min(relations.size(), i + AT_ONCE)));
      bar.at("relations", i, relations.size());
    }
    bar.end();
    out.printf(
        "%s has the graph: %d entities, %d observations, %d relations%n",
        space, entities.size(), observed, relations.size());
    return ExitCode.OK;
  }

  private static Entity entity(Json.Obj object) {
    Set<String> observations = new LinkedHashSet<>();
    if (!(object.get("observations") instanceof Json.Arr all)) {
      throw new JsonException("/observations", "is a list of texts");
    }
    for (Json one : all.items()) {
      if (!(one instanceof Json.Str text)) {
        throw new JsonException("/observations", "is a list of texts");
      }
      observations.add(text.value());
    }
    return new Entity(object.text("name"), object.text("entityType"), observations);
  }

  /** Entities first, without observations, which are then added in parts. */
  private void write(List<Entity> entities) {
    List<Json> created = new ArrayList<>();
    List<Json> observed = new ArrayList<>();
    int count = 0;
    for (int i = 0; i < entities.size(); i++) {
      Entity entity = entities.get(i);
      created.add(
          Json.object(
              Map.of(
                  "entityType", Json.of(entity.type),
                  "name", Json.of(entity.name),
                  "observations", new Json.Arr(List.of()))));
      List<String> texts = new ArrayList<>(entity.observations);
      for (int from = 0; from < texts.size(); from += AT_ONCE) {
        List<String> part = texts.subList(from, Math.min(texts.size(), from + AT_ONCE));
        observed.add(
            Json.object(
                Map.of("contents", Json.ofStrings(part), "entityName", Json.of(entity.name))));
        count += part.size();
      }
      if (created.size() >= AT_ONCE || count >= AT_ONCE || i == entities.size() - 1) {
        call("create_entities", "entities", created);
        observe(observed);
        created.clear();
        observed.clear();
        count = 0;
        bar.at("entities", i, entities.size());
      }
    }
  }

  /** In one call where they fit, else one by one. */
  private void observe(List<Json> observed) {
    if (new Json.Arr(observed).sizeBytes() <= MOST_BYTES) {
      call("add_observations", "observations", observed);
    } else {
      observed.forEach(one -> call("add_observations", "observations", List.of(one)));
    }
  }

  private void call(String tool, String argument, List<Json> items) {
    if (items.isEmpty()) {
      return;
    }
    Json.Obj message =
        Json.object(
            Map.of(
                "id", Json.of(1),
                "jsonrpc", Json.of("2.0"),
                "method", Json.of("tools/call"),
                "params",
                    Json.object(
                        Map.of(
                            "name", Json.of(tool),
                            "arguments", Json.object(Map.of(argument, new Json.Arr(items)))))));
    Json.Obj answer = api.postJson(PATH + space, message);
    if (!(answer.get("result") instanceof Json.Obj result)
        || Json.TRUE.equals(result.get("isError"))) {
      throw new CommandFailure(
          ExitCode.CANNOT_TELL,
          "the member does not take it: "
              + answer.canonical()
              + "; what was written before stays, and the same import goes on from there");
    }
  }
}
