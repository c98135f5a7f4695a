package io.mnemogrid.tool;

import io.mnemogrid.command.LocalKey;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyChanges;
import io.mnemogrid.policy.KeyText;
import io.mnemogrid.store.Private;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;

/**
 * Makes an operator's key in the data folder, of mode 600, by which the commands of the same user
 * ask the member that runs on the folder ({@link LocalKey}). Who may read the folder may read the
 * store itself, so it gives nobody more than they have.
 */
final class LocalKeyFile {
  private LocalKeyFile() {}

  /**
   * Writes one, unless a valid one stands there. Returns a sentence about it, empty where there was
   * nothing to do.
   */
  static Optional<String> make(Store store, Path data) throws IOException {
    if (!Files.isDirectory(data)) {
      return Optional.of(
          "There is no data folder "
              + data
              + " for a key of the local commands: give them one as MNEMOGRID_KEY.");
    }
    Path file = data.resolve(LocalKey.FILE);
    Instant now = store.log().now();
    if (read(file).flatMap(text -> store.keys().all().authenticate(text, now)).isPresent()) {
      return Optional.empty();
    }
    ApiKey.Issued issued =
        new KeyChanges(store.keys(), new SecureRandom()::nextBytes)
            .create("local commands", Grant.ALL, null, now);
    Path draft = data.resolve(LocalKey.FILE + ".new");
    Files.deleteIfExists(draft);
    try (FileChannel channel = Private.open(draft)) {
      Channels.newOutputStream(channel)
          .write((issued.text().whole() + "\n").getBytes(StandardCharsets.US_ASCII));
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    KeysCommand.record(store, "create", issued.key().id(), now);
    return Optional.of(
        "The commands of this user find an operator's key in "
            + file
            + " (key "
            + issued.key().id()
            + ").");
  }

  /** The text of the key there; empty where there is no file, or it holds no key. */
  private static Optional<String> read(Path file) {
    try {
      String line = Files.readString(file, StandardCharsets.US_ASCII).strip();
      return KeyText.parse(line).map(KeyText::whole);
    } catch (IOException e) {
      return Optional.empty(); // the file is missing, or is another user's: a new key is made
    }
  }
}
