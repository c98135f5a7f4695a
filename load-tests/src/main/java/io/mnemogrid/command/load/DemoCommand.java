package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.LocalKey;
import io.mnemogrid.command.RunRecord;
import io.mnemogrid.command.Signals;
import io.mnemogrid.demo.DemoMain;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code demo}: plays against the run of the data folder. When none runs there, it starts one, and
 * stops it at the end (docs/demo.md).
 */
@Command(name = "demo")
public final class DemoCommand implements Action {
  private static final Duration HEALTHY = Duration.ofSeconds(60);

  /** Exit code after Ctrl-C or another signal. */
  private static final int ENDED = 130;

  @Option(names = "--data", paramLabel = "DIR", description = "the run to play against (./data)")
  private @Nullable Path data;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "the API, when no run of the folder shows it; then with --grid and a witness")
  private @Nullable String url;

  @Option(names = "--grid", paramLabel = "HOST:PORT", description = "a member that the bots join")
  private @Nullable String grid;

  @Option(
      names = "--secret",
      paramLabel = "FILE",
      description = "lets the bots join (default ./data/grid.secret)")
  private @Nullable Path secret;

  @Option(
      names = "--chain-url",
      paramLabel = "URL",
      description = "the witness: where its checkpoints are made public")
  private @Nullable String chainUrl;

  @Option(names = "--notary", paramLabel = "DIR", description = "or the folder of its notary")
  private @Nullable Path notary;

  @Option(names = "--seed", paramLabel = "N", description = "makes other updates")
  private @Nullable Long seed;

  @Option(names = "--port", paramLabel = "N", description = "as for run, when the demo starts one")
  private @Nullable Integer port;

  @Option(names = "--grid-port", paramLabel = "N", description = "the same")
  private @Nullable Integer gridPort;

  @Option(names = "--chain-port", paramLabel = "N", description = "the same")
  private @Nullable Integer chainPort;

  @Option(names = "--no-chain", description = "the same")
  private boolean noChain;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    boolean named = url != null || grid != null || chainUrl != null || notary != null;
    if (named && (url == null || grid == null || (chainUrl == null) == (notary == null))) {
      throw new CommandFailure(
          ExitCode.USAGE, "--url, --grid and one of --chain-url and --notary go together");
    }
    Installation installation = Installation.here();
    if (named) {
      return play(
          installation,
          String.valueOf(url),
          String.valueOf(grid),
          secret == null ? installation.data().resolve("grid.secret") : secret,
          chainUrl == null
              ? List.of("--notary", String.valueOf(notary))
              : List.of("--chain", chainUrl),
          out);
    }
    Path folder = data == null ? installation.data() : data;
    RunRecord member = RunRecord.running(folder, "member").orElse(null);
    if (member != null) {
      return playAgainst(installation, folder, member, out);
    }
    DemoRun started =
        DemoRun.start(
            installation, data, new DemoRun.Ports(port, gridPort, chainPort, !noChain), out, err);
    Signals.onEnd(() -> {
      started.stop(ENDED);
      System.exit(ENDED);
    });
    int code = ExitCode.CANNOT_TELL.code();
    try {
      started.awaitUp();
      member =
          RunRecord.running(started.folder(), "member")
              .orElseThrow(
                  () -> new CommandFailure(ExitCode.UNAVAILABLE, "the member has ended already"));
      code = playAgainst(installation, started.folder(), member, out);
      return code;
    } finally {
      started.stop(code);
    }
  }

  /** Plays against a member that runs, with the settings that it was started with. */
  private int playAgainst(Installation installation, Path folder, RunRecord member, PrintStream out)
      throws IOException, InterruptedException {
    List<String> witness =
        new ArrayList<>(
            member
                .setting("MNEMOGRID_CHAIN_URL")
                .map(chain -> List.of("--chain", chain))
                .orElseGet(() -> List.of("--notary", folder.resolve("notary").toString())));
    witness.addAll(List.of("--logs", folder.resolve("logs").toString()));
    return play(
        installation,
        RunRecord.api(member.setting("MNEMOGRID_HTTP_PORT").orElse("8080")),
        "127.0.0.1:" + member.setting("MNEMOGRID_GRID_PORT").orElse("5701"),
        folder.resolve("grid.secret"),
        witness,
        out);
  }

  private int play(
      Installation installation,
      String api,
      String member,
      Path secretFile,
      List<String> witness,
      PrintStream out)
      throws IOException, InterruptedException {
    awaitHealth(api);
    List<String> arguments = new ArrayList<>(List.of(api, member));
    arguments.add(installation.root().resolve("config/examples/daryl").toString());
    arguments.addAll(witness);
    if (seed != null) {
      arguments.addAll(List.of("--seed", seed.toString()));
    }
    String known = System.getenv("MNEMOGRID_GRID_SECRET");
    if (known == null || known.isEmpty()) {
      if (!Files.isReadable(secretFile)) {
        throw new CommandFailure(
            ExitCode.NOT_ALLOWED,
            "the bots need the grid's secret: --secret FILE, the grid.secret beside the member's"
                + " data, or MNEMOGRID_GRID_SECRET");
      }
      arguments.addAll(List.of("--secret", Files.readString(secretFile).strip()));
    }
    Path folder = secretFile.toAbsolutePath().resolveSibling("");
    installation
        .key()
        .or(() -> LocalKey.find(folder, URI.create(api)).map(LocalKey::text))
        .ifPresent(key -> arguments.addAll(List.of("--key", key)));
    out.println("playing against " + api + ", joining the grid at " + member);
    return DemoMain.run(arguments, out);
  }

  private static void awaitHealth(String api) throws InterruptedException {
    long began = System.nanoTime();
    while (!isHealthy(api)) {
      if (System.nanoTime() - began > HEALTHY.toNanos()) {
        throw new CommandFailure(
            ExitCode.UNAVAILABLE, "nothing healthy answers at " + api + "/health");
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  private static boolean isHealthy(String api) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create(api + "/health/readiness").toURL().openConnection();
      connection.setConnectTimeout(2000);
      connection.setReadTimeout(2000);
      return connection.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
