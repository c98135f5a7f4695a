package io.mnemogrid.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The server stands on the library's root package and the values that it shows, on nothing else.
 */
class ArchitectureTest {
  private final JavaClasses api =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.mnemogrid.api");

  @Test
  void sawTheServer() {
    assertThat(api.contain(Server.class)).isTrue();
    assertThat(api.size()).isGreaterThan(20);
  }

  @Test
  void importsOnlyTheFacadeAndItsValues() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.mnemogrid",
            "io.mnemogrid.state",
            "io.mnemogrid.log",
            "io.mnemogrid.merge",
            "io.mnemogrid.checkpoint",
            "io.mnemogrid.api",
            "java..",
            "jakarta..",
            "org.jspecify..",
            "org.slf4j..",
            "io.micronaut..",
            "io.micrometer..",
            "com.github.benmanes.caffeine..")
        .check(api);
  }

  @Test
  void knowsNoStoreAndNoLease() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveSimpleName("UpdateLog")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("CheckpointStore")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("Lease")
        .check(api);
  }
}
