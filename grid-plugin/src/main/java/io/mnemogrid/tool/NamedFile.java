package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** A file that a command line names, looked at before anything is done with it. */
final class NamedFile {
  private NamedFile() {}

  /** Refuses what is not there, is a folder, or may not be read. */
  static void refuseUnreadable(Path file) throws IOException {
    BasicFileAttributes _ =
        Files.readAttributes(file, BasicFileAttributes.class); // or says why not
    refuseFolder(file);
    if (!Files.isReadable(file)) {
      throw new AccessDeniedException(file.toString());
    }
  }

  /** Refuses to write what is a folder, or stands in none. */
  static void refuseUnwritable(Path file) throws FileSystemException {
    refuseFolder(file);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
  }

  private static void refuseFolder(Path file) {
    if (Files.isDirectory(file)) {
      throw new CommandFailure(ExitCode.USAGE, file + " is a folder: name a file");
    }
  }
}
