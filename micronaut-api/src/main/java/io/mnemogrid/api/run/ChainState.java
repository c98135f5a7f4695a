package io.mnemogrid.api.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The state of the dev chain. Anvil rewrites its file in place, so a kill can tear it. The newest
 * two good copies are kept beside it; each becomes visible only once it is whole and on the disk.
 */
final class ChainState {
  private static final List<String> COPIES = List.of("good-1.json", "good-2.json");
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final Path folder;
  private final PrintStream err;

  ChainState(Path folder, PrintStream err) {
    this.folder = folder;
    this.err = err;
  }

  Path file() {
    return folder.resolve("state.json");
  }

  /** Takes a copy when the state has changed and is whole. */
  void keep() throws IOException {
    Path copy = folder.resolve("copy.json");
    Path newest = folder.resolve(COPIES.get(0));
    if (!Files.exists(file()) || isSame(file(), newest)) {
      return;
    }
    Files.copy(file(), copy, StandardCopyOption.REPLACE_EXISTING);
    if (!isGood(copy)) {
      return;
    }
    sync(copy);
    if (Files.exists(newest)) {
      move(newest, folder.resolve(COPIES.get(1)));
    }
    move(copy, newest);
    sync(folder);
  }

  private static boolean isSame(Path one, Path other) throws IOException {
    return Files.exists(other)
        && Files.size(one) == Files.size(other)
        && Files.mismatch(one, other) < 0;
  }

  /** Puts the newest good state in place. */
  void restore() throws IOException {
    if (isGood(file()) || !anyIsThere()) {
      return;
    }
    for (String name : COPIES) {
      Path good = folder.resolve(name);
      if (isGood(good)) {
        err.println(
            "mnemogrid: the chain's last state is torn, going back to a copy of " + time(good));
        Path copy = folder.resolve("copy.json");
        Files.copy(good, copy, StandardCopyOption.REPLACE_EXISTING);
        sync(copy);
        move(copy, file());
        return;
      }
    }
    Path aside = Files.createDirectories(folder.resolve("unreadable"));
    err.println(
        "mnemogrid: no state of the dev chain is readable; it starts empty, the old files stand in "
            + aside);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".json")).toList()) {
        move(file, aside.resolve(file.getFileName()));
      }
    }
  }

  private boolean anyIsThere() {
    return Files.exists(file())
        || COPIES.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  private static String time(Path file) throws IOException {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
        .format(
            LocalDateTime.ofInstant(
                Files.getLastModifiedTime(file).toInstant(), ZoneId.systemDefault()));
  }

  /** Good is an object that can be read to its end and has a block. */
  static boolean isGood(Path file) {
    if (!Files.exists(file)) {
      return false;
    }
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      boolean hasBlock = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        hasBlock |= name.equals("block") && value == JsonToken.START_OBJECT;
        parser.skipChildren();
      }
      return hasBlock && parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
