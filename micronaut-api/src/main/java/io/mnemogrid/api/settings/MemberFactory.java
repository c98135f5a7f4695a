package io.mnemogrid.api.settings;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.tls.Tls;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Starts the member with the context, so before the HTTP port opens. */
@Factory
public final class MemberFactory {
  /**
   * The rights of a folder for its owner alone; empty where the file system knows no such rights.
   */
  private static final FileAttribute<?>[] OWNER_ALONE =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
          ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
          }
          : new FileAttribute<?>[0];

  /**
   * The member of this process.
   *
   * @param tls is read first: no member joins a grid whose HTTP port could not open
   */
  @Context
  @Bean(preDestroy = "close")
  Mnemogrid member(Values settings, Tls tls) {
    makeFolder(settings.value(Settings.DATA).toAbsolutePath().normalize());
    return Mnemogrid.start(GridConfig.of(settings));
  }

  /**
   * Makes the data folder, for its owner alone.
   *
   * @throws IllegalStateException in one sentence, when it cannot be made
   */
  public static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder, OWNER_ALONE);
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot write to " + folder + ": set MNEMOGRID_DATA to another folder", e);
    }
  }
}
