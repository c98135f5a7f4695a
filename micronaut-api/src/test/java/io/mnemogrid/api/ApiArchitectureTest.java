package io.mnemogrid.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.micronaut.http.annotation.Controller;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.operations.LivenessController;
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

  /** What blocks runs on threads of its own, never on the event loop; liveness reads one flag. */
  @Test
  void handlesNoRequestOnTheEventLoop() {
    classes()
        .that()
        .areAnnotatedWith(Controller.class)
        .and()
        .doNotHaveFullyQualifiedName(LivenessController.class.getName())
        .should()
        .beAnnotatedWith(
            new DescribedPredicate<>("ExecuteOn(BLOCKING)") {
              @Override
              public boolean test(JavaAnnotation<?> annotation) {
                return annotation.getRawType().isEquivalentTo(ExecuteOn.class)
                    && annotation.get("value").stream().allMatch(TaskExecutors.BLOCKING::equals);
              }
            })
        .check(api);
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
