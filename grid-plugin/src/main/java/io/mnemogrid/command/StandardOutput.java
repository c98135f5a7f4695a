package io.mnemogrid.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Standard output, which remembers why it took no more: a PrintStream keeps that to itself. */
final class StandardOutput extends OutputStream {
  /** What Linux and macOS say when the reader has gone, as {@code head} does. */
  private static final String READER_HAS_GONE = "Broken pipe";

  private final OutputStream to;
  private @Nullable IOException failure;

  StandardOutput() {
    this(new FileOutputStream(FileDescriptor.out));
  }

  StandardOutput(OutputStream to) {
    this.to = to;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    try {
      to.write(bytes, from, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /**
   * The exit code of a command that otherwise succeeded. If output was lost, it says so on {@code
   * err}, unless the reader has gone.
   */
  ExitCode ended(PrintStream err) {
    if (failure == null) {
      return ExitCode.OK;
    }
    String why = String.valueOf(failure.getMessage());
    if (!why.equals(READER_HAS_GONE)) {
      err.println(Main.NAME + ": the answer could not be written to standard output: " + why);
    }
    return ExitCode.CANNOT_TELL;
  }
}
