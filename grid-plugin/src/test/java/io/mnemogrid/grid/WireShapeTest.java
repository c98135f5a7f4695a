package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.nio.serialization.DataSerializable;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The classes that members send each other by their names, with the names and types of what stands
 * in them, are those that were recorded for this version of the wire (decision 061). How a class
 * writes itself ({@code writeData}, the texts of updates and snapshots) is not looked at.
 */
class WireShapeTest {
  private static final Path RECORDED = Path.of("src/test/resources/wire-shape.txt");
  private static final Path FOUND = Path.of("target/wire-shape.txt");

  @Test
  void whatTravelsIsWhatWasRecordedForThisVersion() throws IOException {
    List<String> found = new ArrayList<>();
    found.add("WIRE_VERSION " + GridSettings.WIRE_VERSION);
    found.addAll(shape(ours()));
    assertThat(found).hasSizeGreaterThan(50);
    Files.write(FOUND, found);
    assertThat(found)
        .as(
            "what travels between members changed: raise WIRE_VERSION in GridSettings and record the new shape, cp grid-plugin/%s grid-plugin/%s",
            FOUND, RECORDED)
        .isEqualTo(Files.readAllLines(RECORDED));
  }

  /** The classes of this product that a member may name to another. */
  private static List<Class<?>> ours() {
    List<Class<?>> ours = new ArrayList<>();
    for (JavaClass type :
        new ClassFileImporter()
            .importUrl(WireClasses.class.getProtectionDomain().getCodeSource().getLocation())) {
      if (WireClasses.allows(type.getFullName())) {
        ours.add(type.reflect());
      }
    }
    return ours;
  }

  /** A line for each class that travels; an enum does when another one that travels names it. */
  private static List<String> shape(List<Class<?>> classes) {
    Set<String> lines = new TreeSet<>();
    Set<String> named = new HashSet<>();
    for (Class<?> type : classes) {
      if (!type.isEnum() && travels(type)) {
        String line = line(type);
        lines.add(line);
        named.addAll(Arrays.asList(line.split("[^\\w.$]+")));
      }
    }
    classes.stream()
        .filter(type -> type.isEnum() && named.contains(type.getName()))
        .forEach(type -> lines.add(line(type)));
    return List.copyOf(lines);
  }

  private static boolean travels(Class<?> type) {
    return !type.isInterface()
        && !type.isAnonymousClass()
        && (Serializable.class.isAssignableFrom(type)
            || DataSerializable.class.isAssignableFrom(type))
        && Stream.of(type.getDeclaredMethods())
            .noneMatch(method -> method.getName().equals("writeReplace")); // another one does
  }

  /** Its name, what it extends and answers, and what stands in it. */
  private static String line(Class<?> type) {
    List<String> line = new ArrayList<>();
    line.add(type.getName());
    Type above = type.getGenericSuperclass();
    if (above != null && !Set.of(Object.class, Record.class).contains(type.getSuperclass())) {
      line.add("extends " + above.getTypeName());
    }
    for (int i = 0; i < type.getInterfaces().length; i++) {
      if (Serializable.class.isAssignableFrom(type.getInterfaces()[i])
          && type.getInterfaces()[i] != Serializable.class) {
        line.add("is " + type.getGenericInterfaces()[i].getTypeName());
      }
    }
    line.add(type.isEnum() ? constants(type) : fields(type));
    return String.join(" ", line);
  }

  private static String constants(Class<?> type) {
    return Stream.of(type.getFields())
        .filter(Field::isEnumConstant)
        .map(Field::getName)
        .sorted()
        .toList()
        .toString();
  }

  private static String fields(Class<?> type) {
    return Stream.of(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        .filter(field -> !Modifier.isTransient(field.getModifiers()))
        .sorted(Comparator.comparing(Field::getName))
        .map(field -> field.getGenericType().getTypeName() + " " + field.getName())
        .toList()
        .toString();
  }

  private record Asked(long since, ArrayList<String> names) implements Serializable {}

  private record Counted(long since, ArrayList<Long> names, How how) implements Serializable {}

  private enum How {
    SLOWLY,
    AT_ONCE
  }

  private enum Unnamed {
    NEVER
  }

  @SuppressWarnings("unused") // only its shape is looked at
  private static final class Replaced implements Serializable {
    private static final long serialVersionUID = 1;
    private final long here;
    private final transient long kept;

    Replaced(long here) {
      this.here = here;
      this.kept = here;
    }
  }

  @SuppressWarnings("unused") // only its shape is looked at
  private static final class Replacing implements Serializable {
    private static final long serialVersionUID = 1;

    private Object writeReplace() {
      return new Replaced(1);
    }
  }

  @Test
  void seesNamesTypesAndConstants() {
    String here = WireShapeTest.class.getName() + "$";
    assertThat(
            shape(
                List.of(
                    Asked.class,
                    Counted.class,
                    How.class,
                    Unnamed.class,
                    Replaced.class,
                    Replacing.class,
                    WireShapeTest.class)))
        .containsExactly(
            here + "Asked [java.util.ArrayList<java.lang.String> names, long since]",
            here
                + "Counted [%sHow how, java.util.ArrayList<java.lang.Long> names, long since]"
                    .formatted(here),
            here + "How extends java.lang.Enum<%sHow> [AT_ONCE, SLOWLY]".formatted(here),
            here + "Replaced [long here]");
  }
}
