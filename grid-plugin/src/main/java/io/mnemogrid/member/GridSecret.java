package io.mnemogrid.member;

import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.Secret;
import io.mnemogrid.GridConfig.StoreConfig;
import io.mnemogrid.grid.GridSettings;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.store.Private;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the secret of a grid, or makes it. */
final class GridSecret {
  static final String VARIABLE = Settings.GRID_SECRET.variable();
  static final String FILE = Secret.FILE;
  private static final Logger LOG = LoggerFactory.getLogger(GridSecret.class);
  private static final int BYTES = 16;

  private GridSecret() {}

  /**
   * The digits: those that the member was given, those of the environment, or those of a file. A
   * member with a store makes the file when it has no others to join.
   *
   * @throws IllegalStateException in one sentence, when there is none
   */
  static String of(GridConfig config, Function<String, @Nullable String> environment) {
    return switch (given(config, environment)) {
      case Secret.Digits digits -> digits.hex();
      case Secret.InFile in -> Files.exists(in.file()) ? read(in.file()) : make(config, in.file());
    };
  }

  private static Secret given(GridConfig config, Function<String, @Nullable String> environment) {
    Secret given = config.network().secret();
    if (given != null) {
      return given;
    }
    String digits = environment.apply(VARIABLE);
    if (digits != null && !digits.isBlank()) {
      try {
        return new Secret.Digits(digits);
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException(VARIABLE + ": " + e.getMessage(), e);
      }
    }
    return switch (config.store()) {
      case StoreConfig.Sqlite sqlite ->
          new Secret.InFile(sqlite.file().toAbsolutePath().resolveSibling(FILE));
      case StoreConfig.Postgres _ -> throw missing();
      case null -> throw missing();
    };
  }

  private static IllegalStateException missing() {
    return new IllegalStateException(
        "this member has no grid secret: give it GridConfig.withSecret(Path.of(\"data/"
            + FILE
            + "\")), the file beside the data of a member with a store, or set "
            + VARIABLE);
  }

  /** The line in a file. */
  static String read(Path file) {
    try {
      String line = Files.readString(file, StandardCharsets.US_ASCII).strip();
      warnIfOthersRead(file);
      return new Secret.Digits(line).hex();
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "the grid secret in %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void warnIfOthersRead(Path file) throws IOException {
    try {
      Set<PosixFilePermission> all = Files.getPosixFilePermissions(file);
      if (all.contains(PosixFilePermission.OTHERS_READ)
          || all.contains(PosixFilePermission.GROUP_READ)) {
        LOG.warn("other users of this host may read the grid's secret: chmod 600 {}", file);
      }
    } catch (UnsupportedOperationException e) {
      LOG.debug("no POSIX permissions here", e);
    }
  }

  private static String make(GridConfig config, Path file) {
    if (config.store() == null) {
      throw new IllegalStateException(
          "there is no grid secret in %s: a member with a store makes it beside its data when it"
                  .formatted(file)
              + " starts for the first time (./mnemogrid run prints the path); give that path, or"
              + " set "
              + VARIABLE);
    }
    List<String> others = others(config);
    if (!others.isEmpty()) {
      throw new IllegalStateException(
          ("this member is to join %s and has no grid secret: copy theirs to %s (mode 600) or set"
                  + " %s; a secret of its own would be another grid")
              .formatted(String.join(", ", others), file, VARIABLE));
    }
    try {
      create(file);
    } catch (IOException e) {
      throw new IllegalStateException("the grid secret cannot be written to " + file, e);
    }
    return read(file);
  }

  /**
   * Writes the file whole or not at all, and never over one that another process made meanwhile.
   */
  private static void create(Path file) throws IOException {
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Private.folder(folder);
    Path draft = Files.createTempFile(folder, FILE, ".new"); // of mode 600
    try {
      Files.writeString(
          draft,
          HexFormat.of().formatHex(secret) + "\n",
          StandardCharsets.US_ASCII,
          StandardOpenOption.SYNC);
      Files.createLink(file, draft);
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    } catch (FileAlreadyExistsException e) {
      LOG.debug("another member of this folder made it first", e);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** The addresses that are not this member's own: its port is one of ten. */
  static List<String> others(GridConfig config) {
    return config.network().members().stream().filter(address -> !isOwn(config, address)).toList();
  }

  /** Whether this member may be bound to that address itself. */
  static boolean isOwn(GridConfig config, String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? address : address.substring(0, colon);
    String own = config.network().host();
    boolean sameHost = host.equals(own) || isLoopback(host) && isLoopback(own);
    if (!sameHost || colon < 0) {
      return sameHost;
    }
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      int first = config.network().port();
      return port >= first && port < first + GridSettings.PORTS;
    } catch (NumberFormatException e) {
      return false; // Hazelcast will say what it is
    }
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.");
  }
}
