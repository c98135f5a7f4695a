package io.mnemogrid.drill;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The rooms of the drills and benchmarks, and which of them a room may import. */
class RoomsTest {
  private static final String ROOT = "io.mnemogrid.";

  private static final Map<String, List<String>> ROWS =
      Map.ofEntries(
          entry("api.peer", List.of()),
          entry("client", List.of()),
          entry("process", List.of("client")),
          entry("check", List.of("client", "process")),
          entry("traffic", List.of("client", "process", "check")),
          entry("fault", List.of("client", "process", "check", "traffic")),
          entry("drill", List.of("client", "process", "check", "traffic", "fault")),
          // The Java client has the name of a room.
          entry("bench", List.of("client", "process")),
          entry("laws", List.of()),
          entry("demo", List.of("process")),
          entry("gatling", List.of("client", "process", "check", "traffic")),
          entry("command.load", List.of("process", "drill", "bench", "laws", "demo", "gatling")));

  static final List<String> ROOMS = ROWS.keySet().stream().sorted().toList();

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPath(Path.of("target/classes"));

  @Test
  void knowsEveryRoom() {
    assertThat(
            CLASSES.stream()
                .map(JavaClass::getPackageName)
                .map(RoomsTest::room)
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(ROOMS);
  }

  /** The room of a package; the package itself where it belongs to none. */
  private static String room(String name) {
    return ROOMS.stream()
        .filter(room -> (name + ".").startsWith(ROOT + room + "."))
        .findFirst()
        .orElse(name);
  }

  @ParameterizedTest
  @FieldSource("ROOMS")
  void importsOnlyWhatItsRowNames(String room) {
    row(room, ROWS.getOrDefault(room, List.of())).check(CLASSES);
  }

  private static ArchRule row(String room, List<String> allowed) {
    String[] others =
        ROOMS.stream()
            .filter(other -> !other.equals(room) && !allowed.contains(other))
            .map(other -> ROOT + other + "..")
            .toArray(String[]::new);
    return noClasses()
        .that(resideInAPackage(ROOT + room + ".."))
        .should()
        .dependOnClassesThat(resideInAnyPackage(others))
        .allowEmptyShould(false);
  }

  @Test
  void theTableCatchesAnImportAgainstIt() {
    assertThat(row("drill", List.of()).evaluate(CLASSES).hasViolation()).isTrue();
  }
}
