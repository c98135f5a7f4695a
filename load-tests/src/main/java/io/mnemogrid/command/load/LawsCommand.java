package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Terminal;
import io.mnemogrid.laws.Laws;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code laws} (docs/collective.md). */
@Command(name = "laws")
public final class LawsCommand implements Action {
  private static final long MOST = 1_000_000_000;
  private static final long SHOWN_EVERY = 500;

  /** Each broken twin plays a tenth, and so many at least: few schedules show a tie. */
  private static final long LEAST_FOR_A_TWIN = 300;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "how many schedules are played (${DEFAULT-VALUE})")
  private long seeds = 5_000;

  @Option(
      names = "--from",
      paramLabel = "N",
      description =
          "the first seed (${DEFAULT-VALUE}); one that broke a law is played by --seeds 1")
  private long from = 1;

  @Override
  public int run(PrintStream out, PrintStream err) throws InterruptedException {
    if (seeds < 1 || seeds > MOST) {
      throw new CommandFailure(ExitCode.USAGE, "--seeds wants a number from 1 to " + MOST);
    }
    if (from < 0 || from > Long.MAX_VALUE - seeds) {
      throw new CommandFailure(ExitCode.USAGE, "--from wants a number from 0 on");
    }
    AtomicLong done = new AtomicLong();
    boolean shows = Terminal.showsProgress();
    Laws.Row product =
        Laws.product(
            from,
            seeds,
            count -> {
              long now = done.addAndGet(count);
              if (shows && now % SHOWN_EVERY == 0) {
                err.printf(Locale.ROOT, "\r%,d of %,d schedules", now, seeds);
              }
            });
    if (shows) {
      err.print("\r\u001b[K");
    }
    out.println(Laws.Row.head());
    out.println(product);
    List<Laws.Row> twins = Laws.twins(from, Math.max(LEAST_FOR_A_TWIN, seeds / 10));
    twins.forEach(out::println);
    boolean caught = twins.stream().allMatch(row -> row.broken() > 0);
    if (product.broken() > 0) {
      out.println("a law is broken: --from and --seeds find the schedule");
    }
    if (!caught) {
      out.println("a broken twin was not caught: these schedules show nothing");
    }
    return product.broken() == 0 && caught ? ExitCode.OK.code() : ExitCode.DOES_NOT_HOLD.code();
  }
}
