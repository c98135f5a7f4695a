package io.mnemogrid.fault;

import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** The disk of the SQLite store is filled and kept full. The drill gives it a disk of its own. */
public record DiskFull() implements Fault {
  private static final int PIECE = 1 << 20;
  private static final int SMALLEST_PIECE = 4096;

  @Override
  public String text() {
    return "disk-full";
  }

  @Override
  public Span span() {
    return Span.seconds(4, 15);
  }

  @Override
  public Optional<Missing> missing(Place place) {
    return place.postgres()
        ? Optional.of(new Missing.Target("which is for the SQLite file of the members"))
        : place.withoutIsolation();
  }

  private static Path filler(Stage stage) {
    return stage.data().resolve("filler");
  }

  @Override
  public void play(Stage stage, Planned planned) {
    long end = System.nanoTime() + planned.lasts().toNanos();
    try (FileChannel file =
        FileChannel.open(filler(stage), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (System.nanoTime() < end) {
        fill(file);
        MemberProcess.pause(50);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void fill(FileChannel file) {
    for (int piece = PIECE; piece >= SMALLEST_PIECE; ) {
      try {
        file.write(ByteBuffer.allocate(piece));
      } catch (IOException e) {
        piece /= 4; // full, as far as pieces of this size go
      }
    }
  }

  @Override
  public void undo(Stage stage, Planned planned) {
    try {
      Files.deleteIfExists(filler(stage));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
