package io.mnemogrid.api;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.store.Private;
import java.io.IOException;
import java.nio.file.Path;

/** Starts the member with the context, so before the HTTP port opens. */
@Factory
final class MemberFactory {
  /** The member of this process. */
  @Context
  @Bean(preDestroy = "close")
  Mnemogrid member(Values settings) {
    makeFolder(settings.value(Settings.DATA).toAbsolutePath().normalize());
    return Mnemogrid.start(GridConfig.of(settings));
  }

  /**
   * Makes the data folder, for its owner alone.
   *
   * @throws IllegalStateException in one sentence, when it cannot be made
   */
  static void makeFolder(Path folder) {
    try {
      Private.folder(folder);
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot write to " + folder + ": set MNEMOGRID_DATA to another folder", e);
    }
  }
}
