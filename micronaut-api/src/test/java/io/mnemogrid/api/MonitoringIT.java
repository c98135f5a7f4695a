package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The alerts and the dashboard of config/ ask for what a member really serves. */
class MonitoringIT {
  private static final Path CONFIG = Path.of("../config").toAbsolutePath().normalize();
  private static final Path RULES = CONFIG.resolve("prometheus/mnemogrid.rules.yml");
  private static final Path DASHBOARD = CONFIG.resolve("grafana/mnemogrid.json");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "le");

  /** Prometheus' own. */
  private static final Set<String> NOT_OURS = Set.of("up");

  private final RunningServer api = RunningServer.shared();

  /** A metric that an expression reads, and what its labels must be. */
  private record Asked(String metric, Map<String, List<String>> labels) {}

  @Test
  void everyMetricOfTheAlertsIsServed() throws IOException {
    List<String> expressions = expressions(yaml(RULES));
    assertThat(expressions).hasSizeGreaterThan(10);
    makeACheckpoint();
    api.awaitMetrics(served -> assertThat(missing(expressions, served)).isEmpty());
  }

  @Test
  void everyMetricOfTheDashboardIsServed() throws IOException {
    List<String> expressions = expressions(yaml(DASHBOARD));
    assertThat(expressions).hasSizeGreaterThan(20);
    makeACheckpoint();
    api.awaitMetrics(served -> assertThat(missing(expressions, served)).isEmpty());
  }

  @Test
  void noticesAMetricOrALabelThatIsNot() {
    assertThat(
            missing(
                List.of(
                    "sum(rate(mnemogrid_commits_total{outcome=\"lost\"}[5m])) by (outcome)",
                    "max by (space) (mnemogrid_no_such_thing) > 0 and up == 1"),
                api.get("/prometheus").text()))
        .containsExactly("mnemogrid_commits_total{outcome=lost}", "mnemogrid_no_such_thing");
  }

  /** Each alert says how bad it is and what it is; names and panels are told apart. */
  @Test
  void alertsAreWhole() throws IOException {
    List<Map<?, ?>> alerts = new ArrayList<>();
    for (Object group : (List<?>) member(yaml(RULES), "groups")) {
      for (Object rule : (List<?>) member(group, "rules")) {
        alerts.add((Map<?, ?>) rule);
      }
    }
    assertThat(alerts.stream().map(alert -> member(alert, "alert"))).doesNotHaveDuplicates();
    for (Map<?, ?> alert : alerts) {
      assertThat(member(alert, "alert")).asString().matches("Mnemogrid[A-Za-z]+");
      assertThat(member(member(alert, "labels"), "severity"))
          .as("%s", alert)
          .isIn("info", "warning", "critical");
      assertThat(member(member(alert, "annotations"), "summary")).asString().isNotEmpty();
    }
  }

  private static Object member(Object object, String name) {
    return Objects.requireNonNull(((Map<?, ?>) object).get(name), name);
  }

  /** Prometheus' own tool reads the rules, and plays them. */
  @Test
  void promtoolTakesTheRules() throws Exception {
    boolean there =
        Stream.of(Objects.requireNonNull(System.getenv("PATH")).split(":", -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(there, "promtool is missing: apt-get install prometheus");
    }
    promtool("check", "rules", RULES.toString());
    promtool("test", "rules", CONFIG.resolve("prometheus/mnemogrid.rules.test.yml").toString());
    promtool("check", "config", CONFIG.resolve("prometheus/prometheus.yml").toString());
  }

  private static void promtool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  // What they ask for.

  private static Map<String, Object> yaml(Path file) throws IOException {
    return new Yaml().load(Files.readString(file)); // JSON is YAML
  }

  /** Every {@code expr} at any depth. */
  private static List<String> expressions(Object node) {
    List<String> found = new ArrayList<>();
    switch (node) {
      case Map<?, ?> map ->
          map.forEach((name, value) -> {
            if (name.equals("expr")) {
              found.add((String) value);
            } else if (value != null) {
              found.addAll(expressions(value));
            }
          });
      case List<?> list -> list.forEach(item -> found.addAll(expressions(item)));
      default -> {}
    }
    return found;
  }

  private static List<Asked> asked(String expression) {
    String rest =
        expression
            .replaceAll("\\b(by|without)\\s*\\([^)]*\\)", " ")
            .replaceAll("\\[[^]]*]", " ")
            .replaceAll("(?<![A-Za-z_])[0-9.]+(e[0-9]+)?", " ");
    Matcher word =
        Pattern.compile("([A-Za-z_:][A-Za-z0-9_:]*)\\s*(\\(|\\{([^}]*)})?").matcher(rest);
    List<Asked> asked = new ArrayList<>();
    while (word.find()) {
      String name = Objects.requireNonNull(word.group(1));
      boolean isFunction = "(".equals(word.group(2));
      if (!isFunction && !WORDS.contains(name) && !NOT_OURS.contains(name)) {
        asked.add(new Asked(name, labels(word.group(3))));
      }
    }
    return asked;
  }

  private static Map<String, List<String>> labels(@Nullable String text) {
    return Pattern.compile("([a-z_]+)=~?\"([^\"]*)\"")
        .matcher(text == null ? "" : text)
        .results()
        .collect(
            Collectors.toMap(
                label -> label.group(1), label -> List.of(label.group(2).split("\\|", -1))));
  }

  /** What the expressions ask for and a member does not serve that shows this. */
  private static Set<String> missing(List<String> expressions, String served) {
    Set<String> missing = new TreeSet<>();
    for (Asked asked : expressions.stream().flatMap(one -> asked(one).stream()).toList()) {
      List<String> series =
          served
              .lines()
              .filter(line -> line.matches(Pattern.quote(asked.metric) + "[{ ].*"))
              .toList();
      if (series.isEmpty()) {
        missing.add(asked.metric);
        continue;
      }
      asked.labels.forEach((name, values) -> {
        for (String value : values) {
          if (series.stream().noneMatch(line -> line.contains(name + "=\"" + value + "\""))) {
            missing.add(asked.metric + "{" + name + "=" + value + "}");
          }
        }
      });
    }
    return missing;
  }

  /** Some metrics are there from the first checkpoint, or the first read, on. */
  private void makeACheckpoint() {
    String space = api.newSpace();
    api.commit(space, delta("monitored", 0, "/a", "1"));
    api.get("/v1/spaces/" + space + "/state");
    api.makeFinal(space, 1);
  }
}
