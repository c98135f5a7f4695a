package io.mnemogrid.bench;

import io.mnemogrid.process.Launch;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The packaged server with routes of {@code io.mnemogrid.api.peer} besides. Their classes are among
 * those of this program, which itself has no Micronaut to run them: they are copied to a folder
 * that stands behind the server's jar in its class path, with the entries by which Micronaut finds
 * them.
 */
final class EmptyRoutes {
  /** Where the empty routes are, below a space. */
  static final String ROUTE = HttpPeer.SPACE + "/empty";

  private static final String SERVER = "io.mnemogrid.api.Server";
  private static final String CLASSES = "io/mnemogrid/api/peer";
  private static final String ENTRIES = "META-INF/micronaut";

  private EmptyRoutes() {}

  /** A start of the server in that jar, with the routes. */
  static Launch launch(Path jar, Path folder) throws IOException {
    copy(folder);
    String classPath = jar + File.pathSeparator + folder;
    return new Launch(List.of(), Map.of(), List.of("-cp", classPath, SERVER));
  }

  private static void copy(Path folder) throws IOException {
    Path own;
    try {
      own = Path.of(EmptyRoutes.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("where is this class?", e);
    }
    if (Files.isDirectory(own)) {
      copy(own, folder);
      return;
    }
    try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + own.toUri()), Map.of())) {
      copy(jar.getPath("/"), folder);
    }
  }

  private static void copy(Path from, Path folder) throws IOException {
    for (String part : List.of(CLASSES, ENTRIES)) {
      try (Stream<Path> files = Files.walk(from.resolve(part))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Path to = folder.resolve(from.relativize(file).toString());
          Files.createDirectories(to.getParent());
          Files.copy(file, to);
        }
      }
    }
  }
}
