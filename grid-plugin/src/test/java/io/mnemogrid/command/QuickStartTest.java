package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.CommandTable.Section;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.classfile.constantpool.PoolEntry;
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
import java.util.Objects;
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
  private static final Pattern DESCRIBED = Pattern.compile("L([^;]+);");

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
    Deque<String> open = new ArrayDeque<>();
    asking.forEach(name -> open.add(CommandTable.row(name).orElseThrow().type()));
    Set<String> seen = new HashSet<>();
    Set<String> others = new TreeSet<>();
    while (!open.isEmpty()) {
      String type = open.remove();
      if (seen.add(type) && !isForSigning(type)) {
        for (String named : namedBy(type)) {
          (named.startsWith("io.mnemogrid.") ? open : others).add(named);
        }
      }
    }
    assertThat(seen).hasSizeGreaterThan(100);
    Set<String> needed = new TreeSet<>();
    for (String name : others) {
      jar(name).ifPresent(needed::add);
    }
    assertThat(needed)
        .hasSize(jars.size())
        .allMatch(jar -> jars.stream().anyMatch(name -> jar.matches(name + "-[0-9].*")));
  }

  /** The classes that the class file of a class names, but for its annotations. */
  private static Set<String> namedBy(String type) throws IOException {
    Set<String> named = new TreeSet<>();
    String file = "/" + type.replace('.', '/') + ".class";
    try (InputStream in = Objects.requireNonNull(QuickStartTest.class.getResourceAsStream(file))) {
      ClassModel model = ClassFile.of().parse(in.readAllBytes());
      StringBuilder descriptors = new StringBuilder();
      for (PoolEntry entry : model.constantPool()) {
        switch (entry) {
          case ClassEntry other -> descriptors.append(other.asSymbol().descriptorString());
          case NameAndTypeEntry other -> descriptors.append(other.type());
          case MethodTypeEntry other -> descriptors.append(other.descriptor());
          default -> {}
        }
      }
      model.fields().forEach(field -> descriptors.append(field.fieldType()));
      model.methods().forEach(method -> descriptors.append(method.methodType()));
      DESCRIBED
          .matcher(descriptors)
          .results()
          .forEach(match -> named.add(match.group(1).replace('/', '.')));
    }
    return named;
  }

  /** The launcher looks for --sign. */
  private static boolean isForSigning(String type) {
    return type.startsWith("io.mnemogrid.signature.")
        || type.equals("io.mnemogrid.tool.AuthorsCommand");
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
