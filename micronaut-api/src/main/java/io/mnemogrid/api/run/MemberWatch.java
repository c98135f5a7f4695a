package io.mnemogrid.api.run;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The member of a run: how it is started, and whether it is well. */
final class MemberWatch {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
  private static final int MOST_BAD_LOOKS = 3;
  private static final int UNAVAILABLE = 503;

  private final DataFolder data;
  private final Port port;
  private final Port gridPort;
  private final PrintStream err;
  private @Nullable Child child;
  private long lastLook = System.nanoTime();
  private int badLooks;
  private String scheme = "http";

  MemberWatch(DataFolder data, Port port, Port gridPort, PrintStream err) {
    this.data = data;
    this.port = port;
    this.gridPort = gridPort;
    this.err = err;
  }

  Port port() {
    return port;
  }

  /** Starts it; its settings stand in its command line, where the demo and others find them. */
  void start(Installation installation, @Nullable String chain) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("env");
    command.add("MNEMOGRID_DATA=" + data.path());
    command.add("MNEMOGRID_HTTP_PORT=" + port);
    command.add("MNEMOGRID_GRID_PORT=" + gridPort);
    command.add(chain == null ? "MNEMOGRID_ANCHOR=notary" : "MNEMOGRID_CHAIN_URL=" + chain);
    command.add(Installation.java().toString());
    command.addAll(installation.jvmFlags());
    command.addAll(List.of("-jar", installation.member().toString()));
    child = Child.start(data.path(), "member", command);
  }

  boolean isAlive() {
    return child != null && child.isAlive();
  }

  boolean isHealthy() {
    return status("/health/readiness") == 200;
  }

  /** Where it answers, of this machine. */
  String url() {
    return scheme + "://127.0.0.1:" + port;
  }

  /**
   * The status of a GET, 0 when it does not answer in time. Files may tell the member to speak TLS
   * that no launcher reads, so until it has answered it is asked both ways.
   */
  private int status(String path) {
    int status = Http.status(url() + path);
    if (status > 0) {
      return status;
    }
    String before = scheme;
    scheme = scheme.equals("http") ? "https" : "http";
    int other = Http.status(url() + path);
    if (other <= 0) {
      scheme = before;
    }
    return other;
  }

  /** Says that it ended; returns its exit code. */
  int died() throws InterruptedException {
    int code = child == null ? ExitCode.NOT_STARTED.code() : child.exitCode();
    err.println("mnemogrid: the member ended with exit code " + code);
    data.showLog("member");
    return code;
  }

  /**
   * Ends a member that answers and says that it has no grid any more: it will not come back by
   * itself. A member that is slow, or does not answer, is left alone.
   */
  void tend() throws IOException, InterruptedException {
    if (System.nanoTime() - lastLook < LOOK_EVERY.toNanos()) {
      return;
    }
    lastLook = System.nanoTime();
    if (status("/health/liveness") != UNAVAILABLE) {
      badLooks = 0;
    } else if (++badLooks == MOST_BAD_LOOKS) {
      data.stop("member", 10, () -> false);
      data.showLog("member");
      throw new CommandFailure(
          ExitCode.UNAVAILABLE, "the member lives on without its grid, ending it");
    }
  }
}
