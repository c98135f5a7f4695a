package io.mnemogrid.drill;

import com.hazelcast.core.Hazelcast;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.NullMarked;

/**
 * An agent that ends the grid node of the process that it is loaded into and leaves all else
 * running, as Hazelcast's own handler does after an OutOfMemoryError.
 */
@NullMarked
public final class GridEnder {
  private GridEnder() {}

  /** Called in that process. */
  public static void agentmain(String arguments) {
    Hazelcast.getAllHazelcastInstances().forEach(grid -> grid.getLifecycleService().terminate());
  }

  /** Writes it as a jar that can be loaded, and returns its path. */
  static Path jar(Path file) throws IOException {
    String name = GridEnder.class.getName().replace('.', '/') + ".class";
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Agent-Class", GridEnder.class.getName());
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out, manifest);
        InputStream bytes =
            Objects.requireNonNull(GridEnder.class.getClassLoader().getResourceAsStream(name))) {
      jar.putNextEntry(new ZipEntry(name));
      bytes.transferTo(jar);
    }
    return file;
  }
}
