package io.mnemogrid.command;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Writes a jar's classes again, as class files that a cache of classes takes in. The classes of
 * picocli are made for Java 5, whose class files have no stack maps. The JVM can check such a class
 * only when it is loaded, so it leaves it out of the cache, along with whatever is built on it, and
 * each command would read and check some 200 of them. Nothing else about a class changes.
 */
public final class NewerClassFiles {
  private static final int VERSION = ClassFile.JAVA_8_VERSION;

  private NewerClassFiles() {}

  /** Reads the jar of the first name, which is on the class path, and writes that of the second. */
  public static void main(String[] args) throws IOException {
    Path to = Path.of(args[1]);
    Path part = to.resolveSibling(to.getFileName() + ".new");
    try (ZipFile jar = new ZipFile(args[0]);
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(part))) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF/")) {
          try (InputStream in = jar.getInputStream(entry)) {
            out.putNextEntry(new ZipEntry(entry.getName()));
            out.write(newer(in.readAllBytes()));
          }
        }
      }
    }
    Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The same class, with stack maps. One that has them already is returned as it is. */
  static byte[] newer(byte[] old) {
    ClassFile files = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS);
    var parsed = files.parse(old);
    if (parsed.majorVersion() >= VERSION) {
      return old;
    }
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    // A method whose code passes through a transform is written anew, with its stack map.
    return files.transformClass(
        parsed, ClassTransform.transformingMethodBodies(CodeBuilder::with).andThen(version));
  }
}
