package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Terminal;
import io.mnemogrid.state.Json;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code audit}: has the members of a running grid recompute every space, and waits for what they
 * find (docs/operate.md).
 */
@Command(name = "audit")
public final class AuditCommand implements Action {
  private static final Duration POLL = Duration.ofMillis(500);

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "the API of a member (default that of the run of ./data, else port 8080)")
  private @Nullable String url;

  @Override
  public int run(PrintStream out, PrintStream err) {
    ApiClient api = new ApiClient(url == null ? ApiClient.usual() : url);
    String id = ApiClient.text(api.post("/v1/audits"), "id");
    boolean open = false;
    while (true) {
      Json.Obj report = api.getJson("/v1/audits/latest");
      if (!ApiClient.text(report, "id").equals(id)) {
        throw new CommandFailure(ExitCode.CONFLICT, "another audit began meanwhile; ask again");
      }
      if (!ApiClient.text(report, "status").equals("running")) {
        if (open) {
          err.println();
        }
        return report(report, out, err).code();
      }
      if (Terminal.showsProgress()) {
        err.print("\r\u001b[K" + progress(report));
        err.flush();
        open = true;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static String progress(Json.Obj report) {
    return "  auditing: %s of %s spaces, %s of %s versions"
        .formatted(
            plain(report, "finished"),
            plain(report, "spaces"),
            plain(report, "done"),
            plain(report, "total"));
  }

  private static ExitCode report(Json.Obj report, PrintStream out, PrintStream err) {
    String status = ApiClient.text(report, "status");
    if (status.equals("verified")) {
      out.printf(
          "verified: %s spaces, %s versions recomputed by the grid%n",
          plain(report, "finished"), plain(report, "done"));
      return ExitCode.OK;
    }
    if (report.get("items") instanceof Json.Arr items) {
      for (Json item : items.items()) {
        if (item instanceof Json.Obj space && !ApiClient.text(space, "status").equals("verified")) {
          out.printf(
              "%s at %s: %s%n",
              ApiClient.text(space, "status").equals("mismatch") ? "mismatch" : "unknown",
              ApiClient.text(space, "where"),
              ApiClient.text(space, "what"));
        }
      }
    }
    if (status.equals("mismatch")) {
      return ExitCode.DOES_NOT_HOLD;
    }
    err.printf(
        "mnemogrid: the audit ended with %s of %s spaces; the members' logs say why%n",
        plain(report, "finished"), plain(report, "spaces"));
    return ExitCode.CANNOT_TELL;
  }

  private static String plain(Json.Obj object, String name) {
    Json value = object.get(name);
    return value == null ? "?" : value.canonical();
  }
}
