package io.mnemogrid;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Lines that nothing else misses when they are forgotten: a part of a member in the lists of parts,
 * and the contract test of a port for each class that implements it.
 */
class CompletenessTest {
  private static final JavaClasses WITH_TESTS =
      new ClassFileImporter().importPackages("io.mnemogrid");
  private static final String MEMBER = "io.mnemogrid.member.";
  private static final String CONTRACT = "ContractTest";

  /** What implements a port for each database. */
  private static final String FOR_DATABASES = "Jdbc";

  private static final Set<String> DATABASES =
      Arrays.stream(GridConfig.StoreConfig.class.getPermittedSubclasses())
          .map(Class::getSimpleName)
          .collect(Collectors.toSet());

  @Test
  void everyPartOfAMemberIsInAListOfParts() {
    String part = MEMBER + "Lifecycle$Part";
    String lists = MEMBER + "EmbeddedMember";
    JavaClasses product = ArchitectureTest.CLASSES;
    assertThat(makersOf(part, product)).hasSizeGreaterThan(5);
    assertThat(unlisted(part, lists, product))
        .as("make a part of a member that %s puts in no list", lists)
        .isEmpty();
  }

  /** Methods that answer a part; those of the part itself only go on with it. */
  private static List<JavaMethod> makersOf(String part, JavaClasses classes) {
    return classes.stream()
        .filter(type -> !type.getFullName().equals(part))
        .flatMap(type -> type.getMethods().stream())
        .filter(method -> method.getRawReturnType().getFullName().equals(part))
        .toList();
  }

  /** Those of them that the class with the lists does not call. */
  private static List<String> unlisted(String part, String lists, JavaClasses classes) {
    return makersOf(part, classes).stream()
        .filter(method ->
            method.getCallsOfSelf().stream()
                .noneMatch(call -> call.getOriginOwner().getFullName().equals(lists)))
        .map(JavaMethod::getFullName)
        .toList();
  }

  @Test
  void everyImplementationOfAPortHasItsContractTest() {
    assertThat(contracts()).hasSizeGreaterThan(4);
    assertThat(DATABASES).contains("Sqlite", "Postgres");
    assertThat(withoutContractTest(DATABASES)).as("contract tests that are missing").isEmpty();
  }

  /** The abstract ones, one for each port. */
  private static List<JavaClass> contracts() {
    return WITH_TESTS.stream()
        .filter(type -> type.getSimpleName().endsWith(CONTRACT))
        .filter(type -> type.getModifiers().contains(JavaModifier.ABSTRACT))
        .toList();
  }

  /** A class that is missing, as the beginning of its name and the contract that it extends. */
  private static Set<String> withoutContractTest(Set<String> databases) {
    Set<String> missing = new TreeSet<>();
    for (JavaClass contract : contracts()) {
      for (String tested : whatIsTested(contract, databases)) {
        if (contract.getAllSubclasses().stream()
            .noneMatch(type -> type.getSimpleName().startsWith(tested))) {
          missing.add(tested + "… extends " + contract.getSimpleName());
        }
      }
    }
    return missing;
  }

  /** What implements the port; a contract that is no port's is one of all databases. */
  private static Set<String> whatIsTested(JavaClass contract, Set<String> databases) {
    String name = contract.getSimpleName();
    String port = name.substring(0, name.length() - CONTRACT.length());
    Set<String> implementations =
        WITH_TESTS.stream()
            .filter(type -> type.isInterface() && type.getSimpleName().equals(port))
            .flatMap(type -> type.getAllSubclasses().stream())
            .filter(type -> !type.isAnonymousClass())
            .map(CompletenessTest::outermost)
            .filter(type -> !type.matches(".*(Test|IT)")) // fakes of one test alone
            .collect(Collectors.toSet());
    return implementations.isEmpty()
        ? databases
        : implementations.stream()
            .flatMap(type -> type.startsWith(FOR_DATABASES) ? databases.stream() : Stream.of(type))
            .collect(Collectors.toSet());
  }

  private static String outermost(JavaClass type) {
    return type.getEnclosingClass().map(CompletenessTest::outermost).orElse(type.getSimpleName());
  }

  /** A member that has two parts and lists one. */
  private static final class KnownBad {
    static final class Part {}

    static final class Listed {
      Part part() {
        return new Part();
      }
    }

    @SuppressWarnings("unused") // which is what is wrong
    static final class Forgotten {
      Part part() {
        return new Part();
      }
    }

    List<Part> parts() {
      return List.of(new Listed().part());
    }
  }

  @Test
  void aPartInNoListIsFound() {
    JavaClasses bad =
        new ClassFileImporter()
            .importClasses(KnownBad.class, KnownBad.Listed.class, KnownBad.Forgotten.class);
    assertThat(unlisted(KnownBad.Part.class.getName(), KnownBad.class.getName(), bad))
        .containsExactly(KnownBad.Forgotten.class.getName() + ".part()");
  }

  @Test
  void aDatabaseWithoutContractTestsIsFound() {
    assertThat(withoutContractTest(Set.of("Sqlite", "Postgres", "Oracle")))
        .containsExactly(
            "Oracle… extends ChangesContractTest",
            "Oracle… extends CheckpointStoreContractTest",
            "Oracle… extends DamagedRowsContractTest",
            "Oracle… extends KeyStoreContractTest",
            "Oracle… extends LeaseContractTest",
            "Oracle… extends OldPoliciesContractTest",
            "Oracle… extends RefusingStoreContractTest",
            "Oracle… extends TrailStoreContractTest",
            "Oracle… extends UpdateLogContractTest");
  }

  @Test
  void whatIsNoDatabaseHasAContractTestOfItsOwn() {
    JavaClass anchor =
        contracts().stream()
            .filter(type -> type.getSimpleName().equals("AnchorContractTest"))
            .findFirst()
            .orElseThrow();
    assertThat(whatIsTested(anchor, DATABASES))
        .containsExactlyInAnyOrder("EvmAnchor", "LocalNotary", "MemoryChain");
  }
}
