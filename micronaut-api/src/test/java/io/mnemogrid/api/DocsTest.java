package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.setting.Section;
import io.mnemogrid.setting.Setting;
import io.mnemogrid.setting.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the pages name is there, and what they must describe is described. Classes are looked up by
 * their simple name, so that a page survives a move.
 */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Pages in which every word that looks like a class of ours is one. */
  private static final Set<String> PAGES_OF_CLASSES =
      Set.of("architecture.md", "conflicts.md", "testing.md", "CONTRIBUTING.md");

  private static final Set<String> FOLDERS =
      Set.of("docs", "config", "contracts", "grid-plugin", "load-tests", "micronaut-api", ".ci");

  /** Names of other people, and of what is no class, that such a page has in code. */
  private static final Set<String> NOT_OURS = Set.of("SecurityException", "IMap", "ServiceLoader");

  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern CLASS = Pattern.compile("[A-Z][a-z0-9]+([A-Z][A-Za-z0-9]*)*");
  private static final Pattern TEST = Pattern.compile("[A-Z][A-Za-z0-9]+(Test|IT)");
  private static final Pattern MEMBER =
      Pattern.compile("([A-Z][A-Za-z0-9]+)\\.([a-z][A-Za-z0-9]*)");

  private static final List<Path> FILES = files();
  private static final Map<String, List<Path>> BY_NAME =
      FILES.stream().collect(Collectors.groupingBy(file -> file.getFileName().toString()));

  /** Every file but those that are built or fetched. */
  private static List<Path> files() {
    Set<String> skipped = Set.of(".git", "target", "node_modules", "dist", "data", "out", "cache");
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          ROOT,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes a) {
              return skipped.contains(folder.getFileName().toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes a) {
              files.add(file);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return files;
  }

  private static List<Path> pages() {
    List<Path> pages =
        FILES.stream().filter(file -> file.toString().endsWith(".md")).sorted().toList();
    assertThat(pages).hasSizeGreaterThan(20).contains(ROOT.resolve("README.md"));
    return pages;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(file.toString(), e);
    }
  }

  /** The text of the one file of that name. */
  private static String source(String name) {
    List<Path> found = BY_NAME.getOrDefault(name, List.of());
    assertThat(found).as(name).hasSize(1);
    return text(found.getFirst());
  }

  private static String doc(String name) {
    return text(ROOT.resolve("docs").resolve(name));
  }

  private static Stream<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }

  private static String group(MatchResult match, int group) {
    return Objects.requireNonNull(match.group(group));
  }

  /** What README shows of Java is a whole program. */
  @Test
  void theProgramOfTheReadmeCompiles(@TempDir Path folder) throws IOException {
    List<String> programs =
        matches(Pattern.compile("(?s)```java\n(.*?)```"), text(ROOT.resolve("README.md")))
            .map(match -> group(match, 1))
            .toList();
    assertThat(programs).hasSize(1);
    assertThat(compile(folder, programs.getFirst())).isEmpty();
    assertThat(compile(folder, programs.getFirst().replace("memory.commit", "memory.comit")))
        .contains("comit");
  }

  /** What the compiler has against the class {@code Notes}. */
  private static String compile(Path folder, String program) throws IOException {
    Path file = Files.writeString(folder.resolve("Notes.java"), program);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ToolProvider.getSystemJavaCompiler()
        .run(
            null,
            said,
            said,
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            folder.toString(),
            file.toString());
    return said.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyLinkLeadsSomewhere() {
    assertThat(pages().stream().flatMap(page -> deadLinks(page, text(page)))).isEmpty();
  }

  private static Stream<String> deadLinks(Path page, String text) {
    return matches(LINK, text)
        .map(match -> group(match, 1))
        .filter(link -> !link.matches("[a-z]+:.*"))
        .filter(link -> {
          String[] parts = link.split("#", 2);
          Path target =
              parts[0].isEmpty()
                  ? page
                  : page.resolveSibling(parts[0]).toAbsolutePath().normalize();
          return !Files.exists(target)
              || (parts.length == 2 && !anchors(text(target)).contains(parts[1]));
        })
        .map(link -> ROOT.relativize(page) + ": " + link);
  }

  /** The names under which GitHub lets a heading be linked to. */
  private static Set<String> anchors(String text) {
    return matches(HEADING, text)
        .map(match ->
            group(match, 1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  @Test
  void everyPathThatIsNamedIsThere() {
    assertThat(pages().stream().flatMap(page -> missingPaths(page, text(page)))).isEmpty();
  }

  private static Stream<String> missingPaths(Path page, String text) {
    return matches(CODE, text)
        .map(match -> group(match, 1))
        .filter(code -> code.matches("[\\w.-]+/[\\w./-]+"))
        .filter(code -> FOLDERS.contains(code.split("/", 2)[0]))
        .filter(code -> Stream.of("/target", "/node_modules").noneMatch(code::contains))
        .filter(code -> !Files.exists(ROOT.resolve(code)))
        .map(code -> ROOT.relativize(page) + ": " + code);
  }

  @Test
  void everyClassAndMethodThatIsNamedIsThere() {
    assertThat(pages().stream().flatMap(page -> missingClasses(page, text(page)))).isEmpty();
  }

  private static Stream<String> missingClasses(Path page, String text) {
    boolean ofClasses = PAGES_OF_CLASSES.contains(page.getFileName().toString());
    return matches(CODE, text)
        .map(match -> group(match, 1))
        .filter(code -> !NOT_OURS.contains(code))
        .filter(code -> {
          if (MEMBER.matcher(code).matches()) {
            String[] parts = code.split("\\.", 2);
            List<Path> classes = BY_NAME.getOrDefault(parts[0] + ".java", List.of());
            boolean isOurs = ofClasses || TEST.matcher(parts[0]).matches() || !classes.isEmpty();
            return isOurs
                && classes.stream().noneMatch(file -> text(file).contains(" " + parts[1] + "("));
          }
          boolean isClass = ofClasses && CLASS.matcher(code).matches();
          return (isClass || TEST.matcher(code).matches())
              && !BY_NAME.containsKey(code + ".java")
              && FILES.stream()
                  .filter(file -> file.toString().endsWith(".java"))
                  .noneMatch(file ->
                      text(file)
                          .matches("(?s).*\\b(class|record|interface|enum) " + code + "\\b.*"));
        })
        .map(code -> ROOT.relativize(page) + ": " + code);
  }

  @Test
  void noticesWhatIsNotThere() {
    Path page = ROOT.resolve("docs/testing.md");
    assertThat(deadLinks(page, "[a](nowhere.md) [b](api.md#no-such-part) [c](api.md#the-door)"))
        .containsExactly("docs/testing.md: nowhere.md", "docs/testing.md: api.md#no-such-part");
    assertThat(missingPaths(page, "`docs/nowhere.md` `docs/api.md` `and/or`"))
        .containsExactly("docs/testing.md: docs/nowhere.md");
    assertThat(
            missingClasses(page, "`NoSuchThing` `DocsTest` `DocsTest.noSuchTest` `DocsTest.doc`"))
        .containsExactly("docs/testing.md: NoSuchThing", "docs/testing.md: DocsTest.noSuchTest");
  }

  private static final Map<String, Setting<?>> SETTINGS =
      Settings.of(EnumSet.allOf(Section.class)).stream()
          .collect(Collectors.toMap(Setting::variable, setting -> setting));

  /** What {@code watch} tells the command that it runs; nobody sets it. */
  private static final Set<String> TOLD =
      Set.of("MNEMOGRID_EVENT", "MNEMOGRID_SPACE", "MNEMOGRID_VERSION");

  @Test
  void everySettingIsDescribed() {
    assertThat(SETTINGS)
        .hasSizeGreaterThan(30)
        .containsKeys("MNEMOGRID_STORE", "MNEMOGRID_CHAIN_KEY");
    assertThat(undescribed(SETTINGS.keySet(), doc("settings.md"))).isEmpty();
  }

  /** In pages, examples and programs, the launcher among them; tests make up names. */
  @Test
  void everyVariableThatIsNamedIsASetting() {
    List<Path> files =
        FILES.stream()
            .filter(file -> !file.toString().contains("/src/test/"))
            .filter(file ->
                file.toString().matches(".*\\.(md|java|yml|yaml|env)|.*/mnemogrid|.*/\\.ci/run"))
            .toList();
    Set<String> named = new TreeSet<>();
    files.forEach(file ->
        matches(Pattern.compile("MNEMOGRID_[A-Z_]*[A-Z]"), text(file))
            .forEach(match -> named.add(group(match, 0))));
    assertThat(files)
        .contains(ROOT.resolve("mnemogrid"), ROOT.resolve("config/cluster/member.env"));
    named.removeAll(TOLD);
    assertThat(named).hasSizeGreaterThan(30).isSubsetOf(SETTINGS.keySet());
  }

  /** The table of settings alone has defaults; what else repeats one is held to it. */
  @Test
  void everyDefaultThatIsRepeatedIsThatOfTheTable() {
    Map<String, String> repeated = new TreeMap<>();
    matches(
            Pattern.compile("`(MNEMOGRID_[A-Z_]+)`, ([0-9][0-9,]*(?: [KMG]iB|s)?) "),
            doc("api.md") + doc("operate.md"))
        .forEach(match -> repeated.put(group(match, 1), plain(group(match, 2))));
    matches(
            Pattern.compile("(?m)^#(MNEMOGRID_CHECKPOINT_[A-Z_]+)=([0-9.]+)$"),
            text(ROOT.resolve("config/cluster/member.env")))
        .forEach(match -> repeated.put(group(match, 1), group(match, 2)));
    assertThat(repeated).hasSizeGreaterThan(12);
    repeated.forEach((variable, value) -> {
      Setting<?> setting = Objects.requireNonNull(SETTINGS.get(variable), variable);
      assertThat((Object) setting.parse(value)).as(variable).isEqualTo(setting.usual());
    });
    assertThat(source("application.yml")).doesNotContain("\nmnemogrid:");
  }

  /** 10,240 and 128 MiB, as a setting takes them. */
  private static String plain(String number) {
    String[] parts = number.replace(",", "").split(" ", 2);
    return parts.length == 1
        ? parts[0]
        : "" + (Long.parseLong(parts[0]) << 10 * (1 + "KMG".indexOf(parts[1].charAt(0))));
  }

  @Test
  void everyMetricIsDescribed() {
    Set<String> metrics = new TreeSet<>();
    FILES.stream()
        .filter(file -> file.toString().contains("micronaut-api/src/main/java/"))
        .forEach(file ->
            matches(
                    Pattern.compile(
                        "(?:builder|counter|gauge|store)\\([^\"()]*\"(mnemogrid\\.[a-z.]+[a-z])\""),
                    text(file))
                .forEach(match -> metrics.add(group(match, 1).replace('.', '_'))));
    assertThat(metrics)
        .hasSizeGreaterThan(20)
        .contains("mnemogrid_commits", "mnemogrid_checkpoint_waiting", "mnemogrid_store_wal");
    Set<String> words = words(doc("api.md") + doc("operate.md"));
    assertThat(metrics) // Prometheus' names end in a unit or in total
        .allMatch(metric -> words.stream().anyMatch(word -> (word + "_").startsWith(metric + "_")));
  }

  @Test
  void everyRouteIsShown() {
    List<String> routes =
        matches(Pattern.compile("(?m)^  (/\\S+):$"), source("openapi.yaml"))
            .map(match -> group(match, 1))
            .toList();
    assertThat(routes).hasSizeGreaterThan(20).contains("/v1/spaces/{space}/updates/{version}");
    assertThat(unshown(routes, doc("api.md"))).isEmpty();
    assertThat(unshown(List.of("/v1/a", "/v1/a/{b}/c"), "GET /v1/a/one/c?d=1"))
        .containsExactly("/v1/a");
  }

  /** The routes that a page has nowhere, with a value in the place of each variable. */
  private static List<String> unshown(List<String> routes, String page) {
    return routes.stream()
        .filter(route -> {
          String call =
              Arrays.stream(route.split("/", -1))
                  .map(part -> part.startsWith("{") ? "[^/\\s\"?`]+" : Pattern.quote(part))
                  .collect(Collectors.joining("/"));
          return !Pattern.compile(call + "(?![\\w/-])").matcher(page).find();
        })
        .toList();
  }

  @Test
  void everyCodeOfAProblemIsDescribed() {
    Set<String> codes = new TreeSet<>();
    matches(Pattern.compile("case \\w+ _ -> \"([a-z-]+)\";"), source("Refusal.java"))
        .forEach(match -> codes.add(group(match, 1)));
    FILES.stream()
        .filter(file -> file.toString().contains("micronaut-api/src/main/java/"))
        .forEach(file ->
            matches(
                    Pattern.compile(
                        "Problem\\.(?:of\\(\\s*[\\w.]+,|notFound\\(|unavailable\\()\\s*\"([a-z-]+[a-z])\""),
                    text(file))
                .forEach(match -> codes.add(group(match, 1))));
    assertThat(codes)
        .hasSizeGreaterThan(30)
        .contains(
            "strict-conflict", "quota", "nothing-there", "misdirected", "busy", "not-applied");
    assertThat(undescribed(codes, doc("api.md"))).isEmpty();
    Set<String> described = new TreeSet<>();
    matches(
            Pattern.compile("code: [{](?:enum: \\[([a-z, -]+)]|const: ([a-z-]+))[}]"),
            source("openapi.yaml"))
        .forEach(match -> {
          String several = match.group(1);
          described.addAll(List.of((several == null ? group(match, 2) : several).split(", ", -1)));
        });
    assertThat(described).containsAll(codes);
    assertThat(undescribed(described, doc("api.md"))).isEmpty();
  }

  @Test
  void everyRuleForSecretsIsDescribed() {
    Set<String> rules =
        matches(Pattern.compile("(?m)^  [A-Z0-9_]+\\(\"([a-z0-9-]+)\""), source("SecretRule.java"))
            .map(match -> group(match, 1))
            .collect(Collectors.toSet());
    assertThat(rules).hasSizeGreaterThan(15).contains("jwt", "hex-private-key");
    assertThat(undescribed(rules, doc("security.md"))).isEmpty();
  }

  @Test
  void everyTwinIsDescribed() {
    Set<String> twins = constants(source("Twin.java")).collect(Collectors.toSet());
    assertThat(twins).contains("NONE", "ANSWERS_BEFORE_COMMIT", "LEAVES_UNKNOWN_OUTCOMES");
    twins.remove("NONE"); // no twin: the real parts
    assertThat(undescribed(twins, doc("testing.md"))).isEmpty();
  }

  private static Stream<String> constants(String enumeration) {
    return matches(Pattern.compile("(?m)^  ([A-Z][A-Z_]+)\\("), enumeration)
        .map(match -> group(match, 1));
  }

  /** Those that no page has as a word in code. */
  private static List<String> undescribed(Set<String> names, String pages) {
    Set<String> words = words(pages);
    return names.stream().filter(name -> !words.contains(name)).sorted().toList();
  }

  private static Set<String> words(String pages) {
    return matches(CODE, pages)
        .flatMap(match -> Arrays.stream(group(match, 1).split("[^\\w-]+", -1)))
        .collect(Collectors.toSet());
  }

  /** Two classes of one name cannot be told apart by a page. */
  @Test
  void noTwoTestsHaveOneName() {
    Map<String, Integer> tests = new TreeMap<>();
    BY_NAME.forEach((name, files) -> {
      if (files.size() > 1 && name.matches("\\w+(Test|IT)\\.java")) {
        tests.put(name, files.size());
      }
    });
    assertThat(tests).isEmpty();
  }
}
