package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.mnemogrid.command.CommandTable.Section;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the launcher gives short commands, so that they start at once. */
class QuickStartTest {
  @TempDir Path folder;

  @Test
  void theJvmChecksEachClassOfPicocliThatWasWrittenAgain() throws Exception {
    Path picocli =
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path newer = folder.resolve("picocli.jar");
    NewerClassFiles.main(new String[] {picocli.toString(), newer.toString()});
    int classes = 0;
    try (ZipFile old = new ZipFile(picocli.toFile());
        ZipFile jar = new ZipFile(newer.toFile());
        URLClassLoader loader =
            new URLClassLoader(
                new URL[] {newer.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        ZipEntry same = old.getEntry(entry.getName());
        assertThat(major(old, same)).as("else it is for nothing: " + entry).isLessThan(50);
        assertThat(major(jar, entry)).isEqualTo(ClassFile.JAVA_8_VERSION);
        String name = entry.getName().replaceFirst("\\.class$", "").replace('/', '.');
        assertThat(Class.forName(name, true, loader).getClassLoader()).isSameAs(loader);
        classes++;
      }
      assertThat(old.stream().filter(entry -> entry.getName().matches("picocli/.*\\.class")))
          .hasSize(classes);
    }
    assertThat(classes).isGreaterThan(200);
  }

  private static int major(ZipFile jar, ZipEntry entry) throws IOException {
    byte[] head = jar.getInputStream(entry).readNBytes(8);
    return head[6] << 8 | head[7];
  }

  /** A jar that the launcher leaves out would be missed when a rare case is met. */
  @Test
  void whatCommandsThatAskCanReachIsOnTheirClassPath() throws Exception {
    String launcher = Files.readString(Path.of("../mnemogrid"));
    List<String> asking = List.of(found(launcher, "ASKING='([a-z ]+)'").split(" "));
    List<String> jars = List.of(found(launcher, "\"\\$LIB\"/\\{([a-z,-]+)}").split(","));
    assertThat(asking)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    CommandTable.of(Section.USE).stream().map(CommandTable.Row::name),
                    Stream.of("prove", "audit"))
                .filter(name -> !name.equals("authors")) // makes keys
                .toList());
    JavaClasses all =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.mnemogrid");
    Deque<JavaClass> open = new ArrayDeque<>();
    asking.forEach(name -> open.add(all.get(CommandTable.row(name).orElseThrow().type())));
    Set<JavaClass> seen = new HashSet<>();
    Set<String> others = new TreeSet<>();
    while (!open.isEmpty()) {
      JavaClass type = open.remove();
      if (!seen.add(type) || isForSigning(type)) {
        continue;
      }
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(target -> !target.isPrimitive())
          .forEach(target -> {
            if (target.getName().startsWith("io.mnemogrid.")) {
              open.add(target);
            } else {
              others.add(target.getName());
            }
          });
    }
    assertThat(seen).hasSizeGreaterThan(100);
    Set<String> needed = new TreeSet<>();
    for (String name : others) {
      jar(name).ifPresent(needed::add);
    }
    needed.removeIf(jar -> jar.startsWith("jspecify")); // annotations
    assertThat(needed)
        .hasSize(jars.size())
        .allMatch(jar -> jars.stream().anyMatch(name -> jar.matches(name + "-[0-9].*")));
  }

  /** The launcher looks for --sign. */
  private static boolean isForSigning(JavaClass type) {
    return type.getName().startsWith("io.mnemogrid.signature.")
        || type.getName().equals("io.mnemogrid.tool.AuthorsCommand");
  }

  private static String found(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  /** The jar that a class stands in; empty for the JDK's. */
  private static Optional<String> jar(String name)
      throws ClassNotFoundException, URISyntaxException {
    CodeSource source =
        Class.forName(name, false, QuickStartTest.class.getClassLoader())
            .getProtectionDomain()
            .getCodeSource();
    return source == null
        ? Optional.empty()
        : Optional.of(Path.of(source.getLocation().toURI()).getFileName().toString());
  }
}
