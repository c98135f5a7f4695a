package io.mnemogrid.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.HttpMethodMapping;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.limits.EventLoops;
import io.mnemogrid.api.limits.OffLoop;
import io.mnemogrid.api.operations.LivenessController;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The server stands on the library's root package and the values that it shows, on nothing else.
 */
class ApiArchitectureTest {
  private static final String PACKAGE = "io.mnemogrid.api";

  private final JavaClasses api =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(PACKAGE);

  @Test
  void sawTheServer() {
    assertThat(api.contain(Server.class)).isTrue();
    assertThat(api.size()).isGreaterThan(20);
  }

  @Test
  void importsOnlyTheFacadeAndItsValues() {
    classes()
        .that()
        .resideOutsideOfPackage("io.mnemogrid.api.run")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.mnemogrid",
            "io.mnemogrid.state",
            "io.mnemogrid.log",
            "io.mnemogrid.merge",
            "io.mnemogrid.secret",
            "io.mnemogrid.checkpoint",
            "io.mnemogrid.policy",
            "io.mnemogrid.signature",
            "io.mnemogrid.trail",
            "io.mnemogrid.setting",
            "io.mnemogrid.api..",
            "java..",
            "javax.net.ssl..",
            "jakarta..",
            "org.jspecify..",
            "org.slf4j..",
            "io.micronaut..",
            "io.netty..",
            "io.micrometer..",
            "org.reactivestreams..",
            "reactor.core..",
            "com.github.benmanes.caffeine..",
            "io.github.bucket4j..")
        .check(api);
  }

  /** Each room and the rooms that it may use; what is not named here fails. */
  private static final Map<String, Set<String>> ROOMS =
      Map.ofEntries(
          entry("http", Set.of()),
          entry("tls", Set.of()),
          entry("trail", Set.of("http")),
          entry("door", Set.of("http", "trail")),
          entry("limits", Set.of("http")),
          entry("keys", Set.of("http", "limits", "trail")),
          entry("metrics", Set.of("tls")),
          entry("settings", Set.of("tls")),
          entry("spaces", Set.of("http", "limits", "keys", "metrics", "trail")),
          entry("mcp", Set.of("http", "limits", "keys", "spaces", "trail")),
          entry("proofs", Set.of("http", "limits", "keys", "spaces")),
          entry("events", Set.of("http", "limits", "keys", "spaces")),
          entry("operations", Set.of("http", "limits", "keys", "tls")),
          entry("run", Set.of()));

  @Test
  void roomsUseOnlyTheRoomsOfTheirRow() {
    Set<String> seen = new TreeSet<>();
    List<String> others = new ArrayList<>();
    for (JavaClass type : api) {
      String room = room(type);
      if (!room.isEmpty()) {
        seen.add(room);
        for (Dependency use : type.getDirectDependenciesFromSelf()) {
          JavaClass target = use.getTargetClass();
          if (target.getPackageName().startsWith(PACKAGE)
              && !room(target).equals(room)
              && !ROOMS.getOrDefault(room, Set.of()).contains(room(target))) {
            others.add(use.getDescription());
          }
        }
      }
    }
    assertThat(seen).isEqualTo(ROOMS.keySet());
    assertThat(others).isEmpty();
  }

  /** The name of the package below {@link #PACKAGE}; the package itself is "". */
  private static String room(JavaClass type) {
    String name = type.getPackageName();
    return name.length() == PACKAGE.length() ? "" : name.substring(PACKAGE.length() + 1);
  }

  /** Whoever starts members stands outside of them. */
  @Test
  void theLauncherOfMembersKnowsNoMember() {
    classes()
        .that()
        .resideInAPackage("io.mnemogrid.api.run")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.mnemogrid.api.run",
            "io.mnemogrid.command",
            "java..",
            "javax.net.ssl..",
            "picocli..",
            "org.jspecify..",
            "com.fasterxml.jackson.core..")
        .check(api);
  }

  /**
   * The routes that are handled by the event loop. They read what is in memory, or hand over and
   * answer later; what may block they give to {@link OffLoop}. All others run on virtual threads.
   */
  private static final Set<String> ON_THE_EVENT_LOOP =
      Set.of(
          "LivenessController.liveness",
          "OfController.problem",
          "StateController.read",
          "UpdatesController.commit");

  @Test
  void handlesNoOtherRequestOnTheEventLoop() {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : api) {
      if (type.isAnnotatedWith(Controller.class) && !isOffLoop(type.getAnnotations())) {
        for (JavaMethod method : type.getMethods()) {
          if (method.isMetaAnnotatedWith(HttpMethodMapping.class)
              && !isOffLoop(method.getAnnotations())) {
            found.add(type.getSimpleName() + "." + method.getName());
          }
        }
      }
    }
    assertThat(found).isEqualTo(new TreeSet<>(ON_THE_EVENT_LOOP));
  }

  private static boolean isOffLoop(Set<? extends JavaAnnotation<?>> annotations) {
    return annotations.stream()
        .anyMatch(annotation ->
            annotation.getRawType().isEquivalentTo(ExecuteOn.class)
                && annotation.get("value").stream().allMatch(TaskExecutors.BLOCKING::equals));
  }

  /** What waits for memory, for a thread or for a replica refuses to be called by an event loop. */
  @Test
  void whatWaitsRefusesAnEventLoop() throws InterruptedException {
    List<Throwable> thrown = new ArrayList<>();
    Thread loop =
        new FastThreadLocalThread(() -> thrown.add(catchThrowable(EventLoops::refuse)), "loop");
    loop.start();
    loop.join();
    assertThat(thrown).singleElement().isInstanceOf(IllegalStateException.class);
    assertThatCode(EventLoops::refuse).doesNotThrowAnyException();
    assertThat(callersOf(EventLoops.class, "refuse"))
        .contains("Labour.run", "Work.take", "Spaces.find");
  }

  private Set<String> callersOf(Class<?> type, String method) {
    Set<String> callers = new TreeSet<>();
    for (JavaMethodCall call : api.get(type).getMethodCallsToSelf()) {
      if (call.getTarget().getName().equals(method)) {
        callers.add(call.getOriginOwner().getSimpleName() + "." + call.getOrigin().getName());
      }
    }
    return callers;
  }

  @Test
  void livenessReadsOneFlag() {
    assertThat(
            api.get(LivenessController.class).getMethodCallsFromSelf().stream()
                .filter(call -> call.getTargetOwner().isEquivalentTo(Mnemogrid.class))
                .map(call -> call.getTarget().getName()))
        .containsExactly("isRunning");
  }

  @Test
  void knowsNoStoreAndNoLease() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            ".*\\.(UpdateLog|AuditedHeads|CheckpointStore|BlobStore|SettingStore|Lease)")
        .check(api);
  }
}
