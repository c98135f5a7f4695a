package io.mnemogrid.gatling;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyChanges;
import io.mnemogrid.policy.Role;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that bots send. They go from one process to the other in a file that its owner alone
 * reads, never as an argument, and nothing prints them.
 */
final class Keys {
  private Keys() {}

  /** The keys of a file, one a line. */
  static List<String> read(Path file) {
    List<String> keys;
    try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
      keys = lines.map(String::strip).filter(line -> !line.isEmpty()).toList();
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.USAGE, "the keys in " + file + " cannot be read", e);
    }
    if (keys.isEmpty() || !keys.stream().allMatch(key -> key.matches("mg_[A-Za-z0-9_-]+"))) {
      throw new CommandFailure(
          ExitCode.USAGE, file + " should have a key a line, each of which begins with mg_");
    }
    return keys;
  }

  /** Writes keys into a new file of mode 600. */
  static Path write(Path file, List<String> keys) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    file.toFile().deleteOnExit(); // also after Ctrl-C
    return Files.write(file, keys, StandardCharsets.UTF_8);
  }

  /** Makes keys of writers in a store, for spaces of loads and authors that are bots. */
  static List<String> make(Path store, int count) {
    Grant grant =
        new Grant(Role.of("writer"), List.of(new Glob("load-*")), List.of(new Glob("bot-*")));
    List<String> keys = new ArrayList<>();
    try (Store opened = SqliteStore.open(store)) {
      KeyChanges changes = new KeyChanges(opened.keys(), new SecureRandom()::nextBytes);
      for (int i = 0; i < count; i++) {
        keys.add(changes.create("load-" + i, grant, null, opened.log().now()).text().whole());
      }
    }
    return keys;
  }
}
