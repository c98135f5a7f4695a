package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.gatling.Load;
import io.mnemogrid.gatling.LoadRun;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code load} (docs/load.md). */
@Command(name = "load")
public final class LoadCommand implements Action {
  private static final int MOST_USERS = 10_000;
  private static final int MOST_MINUTES = 7 * 24 * 60;
  private static final int MOST_MEMBERS = 7;

  /**
   * A run keeps in memory what it compares with the log. A bot writes 40 times a minute at most.
   */
  private static final int MOST_BOT_MINUTES = 30_000;

  private static final int USUAL_SOAK_MINUTES = 60;

  @Parameters(
      arity = "0..1",
      paramLabel = "LOAD",
      description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
  private Load load = Load.fleet;

  @Option(names = "--users", paramLabel = "N", description = "how many bots (${DEFAULT-VALUE})")
  private int users = 100;

  @Option(names = "--minutes", paramLabel = "N", description = "how long they play (1; a soak 60)")
  private @Nullable Integer minutes;

  @Option(
      names = "--members",
      paramLabel = "N",
      description = "how many members the run starts for itself (1)")
  private @Nullable Integer members;

  @Option(names = "--kill", description = "kill -9 one of them half way; then --members 2 or more")
  private boolean kill;

  @Option(
      names = "--base-url",
      split = ",",
      paramLabel = "URL",
      description = "play against members that run, divided by commas; makes spaces load-…")
  private List<String> urls = List.of();

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "the bots' keys, one a line; they write to load-* as bot-* (MNEMOGRID_KEY)")
  private @Nullable Path keyFile;

  @Option(names = "--seed", paramLabel = "N", description = "other choices of the bots")
  private long seed = 1;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where to put everything, instead of a temporary folder")
  private @Nullable Path data;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    int time = minutes == null ? load == Load.soak ? USUAL_SOAK_MINUTES : 1 : minutes;
    checkBounds(time);
    List<String> running = urls.stream().map(LoadCommand::url).toList();
    Path folder = Workplace.make("load-" + load, data);
    LoadRun.Target target =
        running.isEmpty()
            ? new LoadRun.Target.Own(
                Installation.here().member(), members == null ? 1 : members, kill)
            : new LoadRun.Target.Running(running, keyFile, Installation.here().key());
    LoadRun.Report report =
        LoadRun.play(
            new LoadRun.Wish(
                load,
                users,
                Duration.ofMinutes(time),
                seed,
                folder,
                target,
                Installation.here().issuers().orElse(null)),
            out);
    report.print(out);
    if (report.exit() == ExitCode.OK) {
      LoadRun.tidy(folder);
    } else {
      err.println("mnemogrid: logs and data stand in " + folder);
    }
    return report.exit().code();
  }

  private void checkBounds(int time) {
    if (users < 1 || users > MOST_USERS) {
      throw usage("--users wants a number from 1 to " + MOST_USERS);
    }
    if (time < 1 || time > MOST_MINUTES) {
      throw usage("--minutes wants a number from 1 to " + MOST_MINUTES);
    }
    if ((long) users * time > MOST_BOT_MINUTES) {
      throw usage(
          "--users times --minutes is %d, at most %d: play longer with fewer bots"
              .formatted((long) users * time, MOST_BOT_MINUTES));
    }
    if (members != null && (members < 1 || members > MOST_MEMBERS)) {
      throw usage("--members wants a number from 1 to " + MOST_MEMBERS);
    }
    if (!urls.isEmpty() && (members != null || kill)) {
      throw usage("--base-url names members that run; --members and --kill are about own ones");
    }
    if (urls.isEmpty() && keyFile != null) {
      throw usage("--key-file goes with --base-url: own members get keys of their own");
    }
    if (kill && (members == null || members < 2)) {
      throw usage("--kill wants --members 2 or more: somebody must go on");
    }
    if (kill && !load.maySurviveAKill()) {
      throw usage("--kill goes with the loads fleet and events");
    }
    if (load == Load.slow && !urls.stream().allMatch(url -> url.startsWith("http://"))) {
      throw usage("slow clients speak plain HTTP: name a --base-url that begins with http://");
    }
    if (keyFile != null && !Files.isReadable(keyFile)) {
      throw usage("the file of --key-file cannot be read: " + keyFile);
    }
  }

  private static CommandFailure usage(String sentence) {
    return new CommandFailure(ExitCode.USAGE, sentence);
  }

  private static String url(String text) {
    String url = text.replaceFirst("/+$", "");
    try {
      URI uri = URI.create(url);
      if (List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && String.valueOf(uri.getRawPath()).isEmpty()
          && uri.getRawQuery() == null
          && uri.getPort() > 0) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw usage("--base-url wants http://HOST:PORT or https://HOST:PORT, not '" + text + "'");
  }
}
