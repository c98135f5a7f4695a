package io.mnemogrid.api.run;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A chain for developers, kept alive: when it ends, it is started again. It is given up when five
 * restarts in a row came less than a minute after the one before. While it runs, copies of its
 * state are kept.
 */
final class DevChain {
  private static final int MOST_RESTARTS = 5;
  private static final Duration RESTARTS_ARE_RELATED = Duration.ofSeconds(60);
  private static final Duration COPY_EVERY = Duration.ofSeconds(2);
  private static final int START_TRIES = 150;
  private static final String QUESTION =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";

  private final DataFolder data;
  private final Path anvil;
  private final Port port;
  private final Ending ending;
  private final PrintStream err;
  private final ChainState state;
  private @Nullable Child child;
  private int restarts;
  private long lastRestart;
  private long lastCopy;

  DevChain(DataFolder data, Path anvil, Port port, Ending ending, PrintStream err) {
    this.ending = ending;
    this.data = data;
    this.anvil = anvil;
    this.port = port;
    this.err = err;
    this.state = new ChainState(data.path().resolve("chain"), err);
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Starts it and waits until it answers. */
  boolean start() throws IOException, InterruptedException {
    state.restore();
    // States of old blocks that an earlier chain wrote to the disk: no other chain reads them.
    Path cache = data.path().resolve("chain/cache");
    delete(cache);
    // Without --no-cors anvil answers the pages of every origin, and with them its cheats.
    Child started =
        Child.start(
            data.path(),
            "chain",
            List.of(
                anvil.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                port.toString(),
                "--no-cors",
                "--state",
                state.file().toString(),
                "--state-interval",
                "1",
                "--cache-path",
                cache.toString(),
                "--quiet"));
    child = started;
    for (int i = 0; i < START_TRIES && started.isAlive(); i++) {
      if (Http.post(url(), QUESTION) == 200) {
        return true;
      }
      ending.pause(100);
    }
    return false;
  }

  /** Looks after it once. */
  void tend() throws IOException, InterruptedException {
    if (child == null || !child.isAlive()) {
      restart();
    } else if (isOlder(lastCopy, COPY_EVERY)) {
      lastCopy = System.nanoTime();
      state.keep();
    }
  }

  private static boolean isOlder(long nanos, Duration age) {
    return System.nanoTime() - nanos >= age.toNanos();
  }

  private void restart() throws IOException, InterruptedException {
    if (isOlder(lastRestart, RESTARTS_ARE_RELATED)) {
      restarts = 0;
    }
    if (++restarts > MOST_RESTARTS) {
      data.showLog("chain");
      throw new CommandFailure(ExitCode.UNAVAILABLE, "the chain ends again and again");
    }
    lastRestart = System.nanoTime();
    err.println("mnemogrid: the chain ended, starting it again");
    if (!start()) {
      err.println("mnemogrid: the chain does not start");
      data.showLog("chain");
      ending.pause(1000);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
