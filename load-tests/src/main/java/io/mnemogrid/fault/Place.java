package io.mnemogrid.fault;

import io.mnemogrid.process.Isolation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where faults are to be played: what this machine has for them, and which store the grid has.
 *
 * @param isolated whether this process has a network and mounts of its own ({@link Isolation})
 * @param clock the library that gives a process another clock, or null where it is not installed
 * @param anvil the dev chain's binary, or null where it is not installed
 * @param postgres whether the store is PostgreSQL; else it is a SQLite file
 */
public record Place(
    boolean isolated, @Nullable Path clock, @Nullable Path anvil, boolean postgres) {
  private static final Missing NOT_ISOLATED =
      new Missing.Tool(
          "unshare --net --mount is not permitted here, or nft and ip are missing:"
              + " apt-get install iproute2 nftables, and run it as root");

  /** This machine. */
  public static Place here(@Nullable Path anvil, boolean postgres) {
    return new Place(Isolation.isInside(), clockLibrary(), anvil, postgres);
  }

  private static @Nullable Path clockLibrary() {
    try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
      return folders
          .map(folder -> folder.resolve("faketime/libfaketime.so.1"))
          .filter(Files::exists)
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * Why a fault that needs a network or mounts of its own cannot be played here; empty if it can.
   */
  Optional<Missing> withoutIsolation() {
    return isolated ? Optional.empty() : Optional.of(NOT_ISOLATED);
  }
}
