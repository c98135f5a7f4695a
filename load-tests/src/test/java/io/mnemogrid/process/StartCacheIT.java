package io.mnemogrid.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.traffic.RollMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that does not fit is passed over by the JVM, and then all tests take longer. */
@NullMarked
class StartCacheIT {
  @TempDir Path folder;

  private final List<Integer> ports = Ports.free(2);

  @Test
  void aMemberStartsFromItsFile() throws IOException {
    Path jar = MemberProcess.packaged(Path.of("..").toAbsolutePath().normalize());
    try (MemberProcess member =
        Launch.member(jar)
            .notary()
            .data(folder.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .start(folder.resolve("member.log"))) {
      member.awaitHealthy(ports.get(0));
      assertThat(mapped(member.pid())).as(member.tail()).contains("/member.aot\n");
    }
  }

  @Test
  void aProgramThatEmbedsAMemberStartsFromItsFile() throws IOException {
    try (PuppetProcess bot =
        RollMember.start(
            folder,
            "bot",
            ports.get(0),
            "127.0.0.1:" + ports.get(0),
            1,
            folder.resolve("journal"),
            folder.resolve("data.db").toString())) {
      assertThat(mapped(bot.pid())).contains("/programs.aot\n");
    }
  }

  /** The files that a process has mapped. */
  private static String mapped(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/maps"));
  }
}
