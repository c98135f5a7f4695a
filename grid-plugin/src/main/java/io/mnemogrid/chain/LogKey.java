package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.SignedLog;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;

/**
 * The key that signs logs for existing tooling, kept as the notary keeps its own but in a folder
 * apart, so that neither ever signs the other's texts. Made on first use; safe for all threads.
 */
public final class LogKey {
  private final NotaryKey key;

  private LogKey(NotaryKey key) {
    this.key = key;
  }

  /**
   * The key of a folder, which is made on first use with a pair in it. Processes may share it; one
   * that holds a pair is only read, so it may be a read-only mount.
   *
   * @throws AnchorUnavailable when the folder cannot be read or written
   * @throws IllegalStateException when the key is not what was written
   */
  public static synchronized LogKey open(Path folder) {
    try {
      if (NotaryKey.existsIn(folder)) {
        return new LogKey(NotaryKey.read(folder));
      }
      Path home = Files.createDirectories(folder);
      try (FileChannel channel =
              FileChannel.open(
                  home.resolve("key.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = channel.lock()) {
        return new LogKey(NotaryKey.existsIn(home) ? NotaryKey.read(home) : NotaryKey.create(home));
      }
    } catch (IOException e) {
      throw new AnchorUnavailable("the log key's folder " + folder + " cannot be used", e);
    }
  }

  /** The head's log, signed. */
  public SignedLog sign(Head head) {
    HexFormat hex = HexFormat.of();
    return SignedLog.of(head, hex.parseHex(key.publicHex()), text -> hex.parseHex(key.sign(text)));
  }
}
