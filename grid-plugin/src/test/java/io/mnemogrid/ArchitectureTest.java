package io.mnemogrid;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.mnemogrid.checkpoint.BundleVerifier;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The package table of the design: a package imports only what its row names, and the core knows no
 * grid, database, chain, clock, randomness or thread, so that it runs in a simulation.
 */
class ArchitectureTest {
  private static final String ROOT = "io.mnemogrid";

  /** How the root package is called in the table. */
  private static final String API = "(root)";

  /** Who may import whom. */
  private static final Map<String, List<String>> ROWS =
      Map.ofEntries(
          Map.entry("state", List.of()),
          Map.entry("command", List.of()),
          Map.entry("proof", List.of("state")),
          Map.entry("secret", List.of("state")),
          Map.entry("merge", List.of("state", "secret")),
          Map.entry("signature", List.of("state")),
          Map.entry("memory", List.of("state", "signature")),
          Map.entry("policy", List.of("state", "signature", "merge")),
          Map.entry("trail", List.of("state")),
          Map.entry("log", List.of("state", "proof", "signature", "memory")),
          Map.entry("checkpoint", List.of("state", "proof", "signature", "log")),
          Map.entry(
              "commit",
              List.of("state", "proof", "signature", "merge", "policy", "log", "checkpoint")),
          Map.entry("store", List.of("state", "policy", "trail", "log", "checkpoint")),
          Map.entry("chain", List.of("state", "checkpoint")),
          Map.entry("audit", List.of("state", "proof", "trail", "log", "checkpoint", "store")),
          Map.entry("replica", List.of("state", "proof", "merge", "policy", "log", "commit")),
          Map.entry(
              "grid", List.of("state", "proof", "merge", "policy", "log", "commit", "replica")),
          Map.entry("job", List.of("state", "log", "checkpoint", "audit", "grid")),
          Map.entry("setting", List.of("checkpoint")),
          Map.entry(
              API,
              List.of(
                  "state",
                  "secret",
                  "signature",
                  "merge",
                  "policy",
                  "trail",
                  "log",
                  "checkpoint",
                  "setting")),
          Map.entry(
              "member",
              List.of(
                  API,
                  "state",
                  "proof",
                  "secret",
                  "signature",
                  "merge",
                  "policy",
                  "trail",
                  "log",
                  "checkpoint",
                  "commit",
                  "setting",
                  "store",
                  "chain",
                  "audit",
                  "replica",
                  "grid",
                  "job")),
          Map.entry(
              "tool",
              List.of(
                  API,
                  "command",
                  "state",
                  "proof",
                  "signature",
                  "merge",
                  "policy",
                  "trail",
                  "log",
                  "checkpoint",
                  "store",
                  "chain",
                  "audit",
                  "member")));

  static final List<String> PACKAGES = ROWS.keySet().stream().sorted().toList();
  static final List<String> CORE =
      List.of(
          "state",
          "proof",
          "secret",
          "merge",
          "memory",
          "policy",
          "trail",
          "log",
          "checkpoint",
          "commit");

  /** What lies beside this class is a test, wherever a build puts it. */
  private static final String TESTS =
      ArchitectureTest.class.getProtectionDomain().getCodeSource().getLocation().getPath();

  static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains(TESTS))
          .importPackages(ROOT);

  @ParameterizedTest
  @FieldSource("PACKAGES")
  void hasClassesToLookAt(String name) {
    assertThat(CLASSES.stream().filter(type -> isIn(type, name)).map(JavaClass::getSimpleName))
        .as("classes of %s", name)
        .anyMatch(type -> !type.equals("package-info"));
  }

  private static boolean isIn(JavaClass type, String name) {
    return packageOf(type).equals(name);
  }

  /** The name of its row. */
  private static String packageOf(JavaClass type) {
    String below = type.getPackageName().substring(ROOT.length());
    return below.isEmpty() ? API : below.substring(1).split("\\.")[0];
  }

  /** As ArchUnit spells it. */
  private static String pattern(String name) {
    return name.equals(API) ? ROOT : ROOT + "." + name + "..";
  }

  @Test
  void knowsEveryPackage() {
    Set<String> found = new TreeSet<>();
    CLASSES.forEach(type -> found.add(packageOf(type)));
    assertThat(found).containsExactlyElementsOf(PACKAGES);
  }

  @ParameterizedTest
  @FieldSource("PACKAGES")
  void importsOnlyWhatItsRowNames(String name) {
    row(name).check(CLASSES);
  }

  private static ArchRule row(String name) {
    List<String> allowed = ROWS.getOrDefault(name, List.of());
    String[] packages =
        java.util.stream.Stream.concat(allowed.stream(), java.util.stream.Stream.of(name))
            .map(ArchitectureTest::pattern)
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(pattern(name))
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.not(resideInAPackage(ROOT + ".."))
                .or(resideInAnyPackage(packages))
                .as("lie outside, or in " + allowed))
        .allowEmptyShould(false);
  }

  @Test
  void hasNoCycles() {
    slices()
        .assignedFrom(new Rows())
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(false)
        .check(CLASSES);
  }

  /** The root package is a row like any other. */
  private static final class Rows implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return type.getPackageName().startsWith(ROOT)
          ? SliceIdentifier.of(packageOf(type))
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "the packages of the table";
    }
  }

  @ParameterizedTest
  @FieldSource("CORE")
  void theCoreKnowsNoGridDatabaseOrChain(String name) {
    noTechnology(ROOT + "." + name + "..").check(CLASSES);
  }

  /** So that the core is a module of its own on the day that somebody moves its folders. */
  @ParameterizedTest
  @FieldSource("CORE")
  void theCoreUsesThreeSmallLibraries(String name) {
    fewLibraries(ROOT + "." + name + "..").check(CLASSES);
  }

  private static ArchRule fewLibraries(String packages) {
    return classes()
        .that()
        .resideInAPackage(packages)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            ROOT + "..",
            "java..",
            "com.fasterxml.jackson.core..",
            "org.pcollections..",
            "org.jspecify.annotations..")
        .allowEmptyShould(false);
  }

  @ParameterizedTest
  @FieldSource("CORE")
  void theCoreHasNoThreads(String name) {
    noThreads(ROOT + "." + name + "..").check(CLASSES);
  }

  @ParameterizedTest
  @FieldSource("CORE")
  void theCoreHasNoClockAndNoRandomness(String name) {
    noClock(ROOT + "." + name + "..").check(CLASSES);
  }

  /**
   * Whoever checks a proof needs four packages of this jar, and of others the JSON parser and the
   * maps.
   */
  @Test
  void theVerifierOfBundlesStandsOnItsOwn() {
    Set<JavaClass> ours = new HashSet<>();
    Set<String> others = new TreeSet<>();
    Deque<JavaClass> open = new ArrayDeque<>();
    open.add(CLASSES.get(BundleVerifier.class));
    while (!open.isEmpty()) {
      JavaClass type = open.remove();
      if (ours.add(type)) {
        type.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .filter(target -> !target.isPrimitive())
            .forEach(target -> {
              if (target.getPackageName().startsWith(ROOT)) {
                open.add(target);
              } else {
                others.add(target.getPackageName());
              }
            });
      }
    }
    assertThat(ours.stream().map(type -> type.getPackageName().substring(ROOT.length())))
        .hasSizeGreaterThan(20)
        .isSubsetOf(".state", ".proof", ".signature", ".log", ".checkpoint");
    assertThat(others)
        .allMatch(name ->
            name.matches("java\\.(lang|util|io|math|nio|security|time)(\\..*)?")
                || name.matches(
                    "org\\.bouncycastle\\.math\\.ec\\.rfc(7748|8032)|org\\.pcollections|org\\.jspecify\\.annotations|com\\.fasterxml\\.jackson\\.core(\\..*)?"));
  }

  private static ArchRule noTechnology(String packages) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.hazelcast..",
            "java.sql..",
            "javax.sql..",
            "org.sqlite..",
            "org.postgresql..",
            "org.flywaydb..",
            "com.zaxxer..",
            "org.web3j..",
            "org.bouncycastle..",
            "io.micronaut..",
            "java.net..",
            "java.nio.file..",
            "java.nio.channels..")
        .allowEmptyShould(false);
  }

  /** Nothing of java.util.concurrent at all; a ThreadLocal as scratch space of a pure function. */
  private static ArchRule noThreads(String packages) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.util.concurrent..")
                .or(
                    named(
                        "java.lang.Thread",
                        "java.lang.Runtime",
                        "java.util.Timer",
                        "java.util.TimerTask")))
        .allowEmptyShould(false);
  }

  private static ArchRule noClock(String packages) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .dependOnClassesThat(
            named(
                    "java.time.Clock",
                    "java.time.InstantSource",
                    "java.util.Date",
                    "java.util.Random",
                    "java.util.SplittableRandom",
                    "java.security.SecureRandom")
                .or(resideInAPackage("java.util.random..")))
        .orShould()
        .accessTargetWhere(
            DescribedPredicate.describe(
                "it asks a clock or for randomness", ArchitectureTest::asksTheWorld))
        .allowEmptyShould(false);
  }

  private static boolean asksTheWorld(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getFullName();
    String name = access.getTarget().getName();
    return owner.startsWith("java.time.") && name.equals("now")
        || owner.equals("java.lang.System")
            && Set.of("currentTimeMillis", "nanoTime", "getenv", "getProperty").contains(name)
        || owner.equals("java.lang.Math") && name.equals("random")
        || owner.equals("java.util.UUID") && name.equals("randomUUID");
  }

  /**
   * What follows a future may be the code of a bot, and block. So a class that makes named threads
   * completes none in place; the commit loop forks each answer that it gives.
   */
  @Test
  void noNamedThreadCompletesAFuture() {
    noCompletionInPlace().check(CLASSES);
  }

  private static ArchRule noCompletionInPlace() {
    return noClasses()
        .that(
            DescribedPredicate.describe(
                "make named threads and do not fork what they complete",
                ArchitectureTest::makesThreads))
        .should()
        .callMethod(CompletableFuture.class, "complete", Object.class)
        .orShould()
        .callMethod(CompletableFuture.class, "completeExceptionally", Throwable.class)
        .allowEmptyShould(false);
  }

  private static boolean makesThreads(JavaClass type) {
    return !type.getFullName().equals(ROOT + ".replica.CommitLoop")
        && type.getMethodCallsFromSelf().stream()
            .anyMatch(call ->
                call.getTargetOwner().getFullName().equals("java.lang.Thread")
                    && call.getName().equals("ofPlatform"));
  }

  private static DescribedPredicate<JavaClass> named(String... names) {
    Set<String> set = Set.of(names);
    return DescribedPredicate.describe(
        "are one of " + set, type -> set.contains(type.getFullName()));
  }

  /** What each rule is there to catch; a rule that lets it through proves nothing. */
  @SuppressWarnings("unused") // only its bytecode is looked at
  private static final class KnownBad {
    private final ReentrantLock lock = new ReentrantLock();

    Object clock() {
      return Instant.now();
    }

    org.slf4j.Logger log() {
      throw new UnsupportedOperationException();
    }

    java.sql.Connection database() {
      throw new UnsupportedOperationException();
    }

    double chance() {
      return Math.random();
    }

    void sleep() throws InterruptedException {
      Thread.sleep(1);
    }
  }

  /** A thread that others wait for, and on it what a bot does with a result. */
  @SuppressWarnings("unused") // only its bytecode is looked at
  private static final class KnownBadThread {
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    void start() {
      Thread.ofPlatform().name("mnemogrid-bad").start(() -> answer.complete("now"));
    }
  }

  @Test
  void theRulesCatchAThreadThatCompletesAFuture() {
    JavaClasses bad = new ClassFileImporter().importClasses(KnownBadThread.class);
    assertThat(noCompletionInPlace().evaluate(bad).hasViolation()).isTrue();
  }

  @Test
  void theRulesCatchAKnownBadClass() {
    JavaClasses bad = new ClassFileImporter().importClasses(KnownBad.class);
    assertThat(noTechnology(ROOT).evaluate(bad).hasViolation()).isTrue();
    EvaluationResult libraries = fewLibraries(ROOT).evaluate(bad);
    assertThat(libraries.getFailureReport().toString()).contains("org.slf4j.Logger");
    EvaluationResult threads = noThreads(ROOT).evaluate(bad);
    assertThat(threads.getFailureReport().toString()).contains("ReentrantLock", "Thread.sleep");
    EvaluationResult clock = noClock(ROOT).evaluate(bad);
    assertThat(clock.getFailureReport().toString()).contains("Instant.now", "Math.random");
  }

  @Test
  void theTableCatchesAnImportAgainstIt() {
    // the log reads the state, so were the log's row the state's, this would fail
    assertThat(
            classes()
                .that()
                .resideInAPackage(ROOT + ".log..")
                .should()
                .onlyDependOnClassesThat(
                    DescribedPredicate.not(resideInAPackage(ROOT + ".."))
                        .or(resideInAPackage(ROOT + ".log..")))
                .evaluate(CLASSES)
                .hasViolation())
        .isTrue();
  }
}
