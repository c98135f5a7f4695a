package io.mnemogrid.tool;

import io.mnemogrid.audit.Progress;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Private;
import io.mnemogrid.store.Store;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export}: a space as JSON Lines. */
@Command(name = "export")
public final class ExportCommand extends StoreAction {
  @Parameters(paramLabel = "SPACE", description = "the space")
  private String space = "";

  @Option(names = "-o", paramLabel = "FILE", description = "where to write it (standard output)")
  private @Nullable Path file;

  @Override
  ExitCode play(PrintStream out, PrintStream err) throws IOException {
    ProgressLine bar = new ProgressLine(err);
    try (Store opened = store.openToRead()) {
      SpaceName name = new SpaceName(space);
      if (opened.log().head(name).isEmpty()) {
        throw new CommandFailure(ExitCode.NOTHING_THERE, "there is no space " + name);
      }
      long records =
          file == null
              ? SpaceExport.write(opened.log(), name, buffered(out), watching(out, bar))
              : write(opened, name, file, bar);
      bar.end();
      err.printf("exported %d records of %s (%d/s)%n", records, space, bar.rate(records));
    }
    return ExitCode.OK;
  }

  private static OutputStream buffered(OutputStream out) {
    return new BufferedOutputStream(out, 1 << 16);
  }

  /** Ends an export whose reader has gone, which standard output alone would not. */
  private static Progress watching(PrintStream out, Progress progress) {
    return (what, done, total) -> {
      if (out.checkError()) {
        throw new CommandFailure(
            ExitCode.CANNOT_TELL,
            "standard output took no more, at record %d of %d".formatted(done, total));
      }
      progress.at(what, done, total);
    };
  }

  private static long write(Store opened, SpaceName name, Path target, ProgressLine bar)
      throws IOException {
    NamedFile.refuseUnwritable(target);
    if (Files.exists(target)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Path part = Path.of(target + ".part");
    long records;
    try (FileChannel channel = Private.open(part, StandardOpenOption.TRUNCATE_EXISTING);
        OutputStream buffered = buffered(Channels.newOutputStream(channel))) {
      records = SpaceExport.write(opened.log(), name, buffered, bar);
      channel.force(true);
    }
    Files.move(part, target);
    return records;
  }
}
