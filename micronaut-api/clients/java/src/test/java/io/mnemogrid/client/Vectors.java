package io.mnemogrid.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The vectors of FORMATS, which a second implementation made; all modules read the same files. */
final class Vectors {
  private static final Path FOLDER =
      Path.of(
          System.getProperty(
              "mnemogrid.vectors", "../../../grid-plugin/src/test/resources/vectors"));

  private Vectors() {}

  static Shape read(String name) {
    try {
      return Shape.of(Json.parse(Files.readAllBytes(FOLDER.resolve(name))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
