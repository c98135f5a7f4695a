package io.mnemogrid.drill;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.mnemogrid.check.Flaw;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** Where drills of this build find what they start and leave what it printed. */
@NullMarked
final class Drills {
  /** The checkout. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Drills() {}

  /** The packaged member of this build. */
  static Path member() {
    return MemberProcess.packaged(ROOT);
  }

  /** The dev chain's binary; without it the test is skipped, in CI failed. */
  static Path anvil() {
    Path binary = AnvilProcess.binary(ROOT);
    if (!Files.isExecutable(binary)) {
      missing("anvil is missing: run npm ci --ignore-scripts in contracts/");
    }
    return binary;
  }

  /** Skips the test for want of something; in CI fails it. */
  static void missing(String message) {
    if ("true".equals(System.getenv("CI"))) {
      fail(message);
    }
    abort(message);
  }

  /**
   * Whether a drill that printed this found nothing wrong but that something took too long, which
   * it does, too, where others use the machine.
   */
  static boolean wasOnlyLate(String said) {
    Matcher told = Pattern.compile("no success: (.*)").matcher(said);
    return told.find()
        && Arrays.stream(told.group(1).split(", ", -1))
            .map(count -> count.replaceFirst("^[0-9]+ ", ""))
            .allMatch(
                title -> title.equals(Flaw.GAPS.title()) || title.equals(Flaw.CLOSES.title()));
  }

  /** An empty folder that stays after the test: {@code target/drills/…}. */
  static Path folder(String name) {
    Path folder = Path.of("target/drills", name).toAbsolutePath();
    try {
      if (Files.exists(folder)) {
        delete(folder);
      }
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a folder and all that is in it. */
  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path left, @Nullable IOException failure)
              throws IOException {
            Files.delete(left);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
