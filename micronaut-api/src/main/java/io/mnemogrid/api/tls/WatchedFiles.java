package io.mnemogrid.api.tls;

import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Sinks;

/**
 * A key store that is made of files, and made again when they change. What they say is taken once
 * two looks in a row have found the same, so that nobody reads between the writing of one file and
 * of the next. What cannot be used is a warning, and the key store that was last good stays.
 *
 * <p>The files are read again at each look: a name may come to mean another file without any event
 * in its folder, as in a volume of Kubernetes. One thread at a time looks.
 */
public final class WatchedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);
  private static final long MOST_BYTES = 1 << 20;

  private final String what;
  private final List<Path> files;
  private final @Nullable Path secret;
  private final Function<List<byte[]>, KeyStore> reading;
  private final Sinks.Many<KeyStore> good = Sinks.many().replay().latest();
  private volatile KeyStore current;
  private Hash seen;
  private Hash taken;

  /** What stood in the files at a look: their bytes, or why there are none. */
  private record Contents(List<byte[]> bytes, String problem) {
    Hash hash() {
      StringBuilder all = new StringBuilder(problem);
      bytes.forEach(each -> all.append(Hash.sha256(each)));
      return Hash.sha256(all.toString());
    }
  }

  /**
   * Reads the files for the first time.
   *
   * @param what what they are, for sentences
   * @param secret the one of them that other users may not read, or null
   * @param reading throws an IllegalArgumentException, in one sentence, for what cannot be used
   * @throws IllegalStateException in one sentence, when they cannot be used
   */
  WatchedFiles(
      String what,
      List<Path> files,
      @Nullable Path secret,
      Function<List<byte[]>, KeyStore> reading) {
    this.what = what;
    this.files = files;
    this.secret = secret;
    this.reading = reading;
    Contents first = contents();
    this.seen = first.hash();
    this.taken = seen;
    try {
      this.current = read(first);
      good.tryEmitNext(current).orThrow();
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(what + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** The newest good key store, and each that follows. */
  Publisher<KeyStore> keyStore() {
    return good.asFlux();
  }

  /** The newest good key store. */
  KeyStore current() {
    return current;
  }

  /** Looks whether the files have changed. Blocks while they are read. */
  void look() {
    Contents now = contents();
    Hash hash = now.hash();
    if (!hash.equals(seen)) {
      seen = hash; // whoever writes may not have finished
      return;
    }
    if (hash.equals(taken)) {
      return;
    }
    taken = hash;
    try {
      current = read(now);
      good.tryEmitNext(current).orThrow();
      LOG.info("{} changed, and new connections use what stands there now", what);
    } catch (IllegalArgumentException e) {
      LOG.warn("{} cannot be used, and the last good state stays: {}", what, e.getMessage());
    }
  }

  private KeyStore read(Contents contents) {
    if (!contents.problem.isEmpty()) {
      throw new IllegalArgumentException(contents.problem);
    }
    return reading.apply(contents.bytes);
  }

  private Contents contents() {
    List<byte[]> bytes = new ArrayList<>();
    for (Path file : files) {
      try {
        if (file.equals(secret) && isOpenToOthers(file)) {
          return new Contents(
              List.of(), "every user of this machine may read the key: chmod o= " + file);
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) { // a pipe is read for ever
          return new Contents(List.of(), file + " is no file");
        }
        if (Files.size(file) > MOST_BYTES) {
          return new Contents(List.of(), file + " is larger than such a file");
        }
        bytes.add(Files.readAllBytes(file));
      } catch (NoSuchFileException e) {
        return new Contents(List.of(), file + " is missing");
      } catch (IOException e) {
        return new Contents(List.of(), file + " cannot be read");
      }
    }
    return new Contents(bytes, "");
  }

  private static boolean isOpenToOthers(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
  }
}
