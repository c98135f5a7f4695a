package io.mnemogrid.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Files and folders that their owner alone may read and write, since they hold what agents
 * remember. Where the file system knows no such rights, the system's default stands.
 */
public final class Private {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private Private() {}

  private static FileAttribute<?>[] rights(String rights) {
    return POSIX
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))
        }
        : new FileAttribute<?>[0];
  }

  /**
   * Makes a folder and those above it where they are missing, mode 700; others stay as they are.
   */
  public static void folder(Path folder) throws IOException {
    Files.createDirectories(folder, rights("rwx------"));
  }

  /** Makes an empty file where it is missing, mode 600. */
  public static void file(Path file) throws IOException {
    try {
      Files.createFile(file, rights("rw-------"));
    } catch (FileAlreadyExistsException e) {
      // it stays as it is
    }
  }

  /** Opens a file to write, which is made with mode 600 when it is missing. */
  public static FileChannel open(Path file, OpenOption... more) throws IOException {
    Set<OpenOption> options = new HashSet<>(List.of(more));
    options.add(StandardOpenOption.CREATE);
    options.add(StandardOpenOption.WRITE);
    return FileChannel.open(file, options, rights("rw-------"));
  }

  /** The files and folders among these that others may read, write or enter, with their rights. */
  public static List<String> wider(List<Path> files) throws IOException {
    List<String> wider = new ArrayList<>();
    if (!POSIX) {
      return wider;
    }
    for (Path file : files) {
      if (Files.exists(file)) {
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        if (rights.stream().anyMatch(OTHERS::contains)) {
          wider.add(file + " (" + PosixFilePermissions.toString(rights) + ")");
        }
      }
    }
    return wider;
  }
}
