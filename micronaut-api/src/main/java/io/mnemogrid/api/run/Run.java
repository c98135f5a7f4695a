package io.mnemogrid.api.run;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Starts chain and member, watches both, and stops both in order, however it ends. One thread alone
 * starts and stops; a signal only says that it shall end.
 */
final class Run {
  private static final Duration START = Duration.ofSeconds(120);
  private static final int STOP_MEMBER_SECONDS = 30;
  private static final int STOP_CHAIN_SECONDS = 10;

  private final DataFolder data;
  private final @Nullable DevChain chain;
  private final MemberWatch member;
  private final Ending ending;
  private final PrintStream out;

  Run(
      DataFolder data,
      @Nullable DevChain chain,
      MemberWatch member,
      Ending ending,
      PrintStream out) {
    this.data = data;
    this.chain = chain;
    this.member = member;
    this.ending = ending;
    this.out = out;
  }

  /** What is said when all is up. */
  interface Banner {
    /** The text, for a member that answers at that URL. */
    String of(String url) throws IOException;
  }

  /** Plays until it is ended or something ends it. Returns the exit code. */
  int play(Installation installation, Banner banner) throws IOException, InterruptedException {
    try {
      return watched(installation, banner);
    } catch (InterruptedException e) {
      if (!ending.isAsked()) {
        throw e;
      }
      out.println();
      out.println("stopping");
      return ExitCode.OK.code();
    } finally {
      data.stop("member", STOP_MEMBER_SECONDS, ending::isInHurry);
      data.stop("chain", STOP_CHAIN_SECONDS, ending::isInHurry);
    }
  }

  private int watched(Installation installation, Banner banner)
      throws IOException, InterruptedException {
    if (chain != null) {
      out.println("starting the dev chain");
      if (!chain.start()) {
        data.showLog("chain");
        throw new CommandFailure(ExitCode.NOT_STARTED, "the dev chain does not start");
      }
    }
    out.println("starting the member");
    member.start(installation, chain == null ? null : chain.url());
    if (!isUp()) {
      return member.died();
    }
    out.println(banner.of(member.url()));
    while (member.isAlive()) {
      tendChain();
      member.tend();
      ending.pause(500);
    }
    return member.died();
  }

  private void tendChain() throws IOException, InterruptedException {
    if (chain != null) {
      chain.tend();
    }
  }

  /** Waits until the member is healthy; false when it has ended before. */
  private boolean isUp() throws IOException, InterruptedException {
    long began = System.nanoTime();
    long shown = 0;
    while (!member.isHealthy()) {
      if (!member.isAlive()) {
        return false;
      }
      tendChain();
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
      if (seconds > START.toSeconds()) {
        data.showLog("member");
        throw new CommandFailure(
            ExitCode.TIMED_OUT,
            "the member does not answer on port " + member.port() + " after 120 s");
      }
      if (seconds >= shown + 5) {
        shown = seconds;
        out.println("  waiting for the member (" + seconds + " s)");
      }
      ending.pause(250);
    }
    return true;
  }
}
