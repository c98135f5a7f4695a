package io.mnemogrid.api.run;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.LocalKey;
import io.mnemogrid.command.Signals;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code run}: what a newcomer starts first, and what keeps a development machine going. */
@Command(name = "run")
public final class RunCommand implements Action {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where everything is kept (default ./data of the checkout)")
  private @Nullable Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      converter = Port.Reader.class,
      description = "the API (default 8080)")
  private Port port = new Port(8080);

  @Option(
      names = "--grid-port",
      paramLabel = "N",
      converter = Port.Reader.class,
      description = "the member's grid port (default 5701)")
  private Port gridPort = new Port(5701);

  @Option(
      names = "--chain-port",
      paramLabel = "N",
      converter = Port.Reader.class,
      description = "the dev chain (default 8545)")
  private Port chainPort = new Port(8545);

  @Option(
      names = "--no-chain",
      description = "a local notary signs the checkpoints instead of a chain; needs no npm")
  private boolean noChain;

  @Override
  public int run(PrintStream out, PrintStream err) throws IOException, InterruptedException {
    Installation installation = Installation.here();
    checkPortsDiffer();
    installChain(installation);
    try (DataFolder folder = DataFolder.open(data == null ? installation.data() : data, err)) {
      folder.stopLeftovers(out);
      checkPortsAreFree();
      folder.turnLogs();
      Ending ending = new Ending();
      Signals.onEnd(ending::ask);
      DevChain chain =
          noChain ? null : new DevChain(folder, installation.anvil(), chainPort, ending, err);
      MemberWatch member = new MemberWatch(folder, port, gridPort, err);
      return new Run(folder, chain, member, ending, out)
          .play(installation, url -> banner(url, folder.path(), installation));
    }
  }

  private void checkPortsDiffer() {
    if (port.equals(gridPort)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "the API and the grid cannot both have port "
              + port
              + ": give one another with --port N or --grid-port N");
    }
    if (!noChain && (chainPort.equals(port) || chainPort.equals(gridPort))) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "port "
              + chainPort
              + " cannot be the chain's and the member's: give one another with --chain-port N,"
              + " --port N or --grid-port N");
    }
  }

  private void installChain(Installation installation) throws IOException, InterruptedException {
    if (noChain) {
      return;
    }
    if (installation.isPackaged()) {
      throw new CommandFailure(ExitCode.NOT_STARTED, "a package has no dev chain: use --no-chain");
    }
    installation.installAnvil(", or use --no-chain");
  }

  private void checkPortsAreFree() {
    refuseTaken(port, "--port N");
    refuseTaken(gridPort, "--grid-port N");
    if (!noChain) {
      refuseTaken(chainPort, "--chain-port N or --no-chain");
    }
  }

  private static void refuseTaken(Port port, String instead) {
    if (port.isTaken()) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED,
          "port " + port + " is taken: stop what listens there, or use " + instead);
    }
  }

  /** What is up, and what to do with it. */
  private String banner(String url, Path folder, Installation installation) throws IOException {
    String secret = System.getenv("MNEMOGRID_GRID_SECRET");
    boolean isUsual =
        Files.exists(installation.data()) && Files.isSameFile(folder, installation.data());
    Path localKey = folder.resolve(LocalKey.FILE);
    boolean hasKeys = Files.exists(localKey);
    boolean hasTls = url.startsWith("https:");
    String demo =
        installation.isPackaged()
            ? ""
            : "See it work:\n  ./mnemogrid demo" + (isUsual ? "" : " --data " + quoted(folder));
    return """

    mnemogrid is up. $who; Ctrl-C stops it.
      API    $api
      chain  $chain
      data   $data
      grid   127.0.0.1:$grid; a bot joins it with the secret in $secret

    Commit:
      curl -sS -X PUT $api/v1/spaces/daryl$key && curl -sS $api/v1/spaces/daryl/updates$key -H 'Content-Type: application/json' -d '{"update_id":"hello-'$(date +%s%N)'","base":0,"author":"me","timestamp":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","type":"note","changes":{"added":[{"key":"/facts/hello","value":"world"}]}}'
    Read:
      curl -sS $api/v1/spaces/daryl/state$key
    """
            .replace(
                "$who",
                (hasKeys
                        ? "It asks for keys; the calls below send that of this folder"
                        : "Every process of this machine may write as anyone")
                    + (hasTls
                        ? ". It speaks TLS: call it by a name of its certificate, with --cacert"
                            + " where its issuer is your own"
                        : ""))
            .replace(
                "$key",
                hasKeys ? " -H \"Authorization: Bearer $(cat " + quoted(localKey) + ")\"" : "")
            .replace("$api", url)
            .replace(
                "$chain",
                noChain
                    ? "none: a local notary signs the checkpoints, nothing is on a chain"
                    : "http://127.0.0.1:" + chainPort + " (dev chain)")
            .replace("$data", folder.toString())
            .replace("$grid", gridPort.toString())
            .replace(
                "$secret",
                secret == null || secret.isEmpty()
                    ? folder.resolve("grid.secret").toString()
                    : "MNEMOGRID_GRID_SECRET, as this run has it")
        + demo;
  }

  private static String quoted(Path folder) {
    String text = folder.toString();
    return text.matches("[A-Za-z0-9_./+:@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
