package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The shell program {@code mnemogrid} itself, where its user has bad luck. */
@NullMarked
class LauncherIT {
  private static final String NO_PROOF = "verify none --checkpoint 0x" + "00".repeat(32);

  @Test
  void findsItsCheckoutThroughLinks() throws IOException {
    Path folder = Drills.folder("run-links");
    Path first = Files.createDirectory(folder.resolve("bin")).resolve("mg");
    Files.createSymbolicLink(first, Drills.ROOT.resolve("mnemogrid"));
    Path second = folder.resolve("link");
    Files.createSymbolicLink(second, Path.of("bin/mg")); // relative to where the link stands
    assertThat(bash(folder, "source '" + second + "'; echo \"$ROOT\""))
        .isEqualTo(Drills.ROOT + "\n");
  }

  @Test
  void takesAQuarterOfTheMemoryOrWhatItIsTold() throws IOException {
    Path folder = Drills.folder("run-heap");
    String source = "source '" + Drills.ROOT.resolve("mnemogrid") + "'; ";
    assertThat(bash(folder, source + "MNEMOGRID_HEAP=300m heap_flag")).isEqualTo("-Xmx300m\n");
    assertThat(bash(folder, source + "MNEMOGRID_HEAP=much heap_flag || true"))
        .contains("MNEMOGRID_HEAP is an amount of memory as 512m or 2g, not 'much'");
    String usual = bash(folder, source + "unset MNEMOGRID_HEAP; heap_flag");
    assertThat(usual).matches("-Xmx[0-9]+m\n");
    assertThat(Integer.parseInt(usual.substring(4, usual.length() - 2))).isBetween(1, 4096);
  }

  /**
   * A folder with the launcher and the library as this build made it, and no sources: what a
   * launcher there does to its folder, it does not do to this checkout.
   */
  private static Path standIn(Path folder) throws IOException {
    Path target = Files.createDirectories(folder.resolve("grid-plugin/target"));
    try (Stream<Path> files = Files.list(Drills.ROOT.resolve("grid-plugin/target"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.equals("lib") || name.matches("mnemogrid-.*\\.jar")) {
          Files.createSymbolicLink(target.resolve(name), file);
        }
      }
    }
    Files.copy(
        Drills.ROOT.resolve("mnemogrid"),
        folder.resolve("mnemogrid"),
        StandardCopyOption.COPY_ATTRIBUTES);
    return folder;
  }

  @Test
  void runsInFoldersOfAnyNameAndFromAnywhere() throws IOException {
    Path folder = Drills.folder("launcher-names");
    Path odd = standIn(Files.createDirectory(folder.resolve("it's 100% \"$HOME\" — ü")));
    assertThat(bash(odd, "./mnemogrid " + NO_PROOF + "; echo $?"))
        .isEqualTo("mnemogrid: there is no none\n9\n");
    Path decoy = Files.createDirectories(folder.resolve("decoy").resolve(odd.getFileName()));
    assertThat(decoy).isEmptyDirectory();
    assertThat(bash(folder, "export CDPATH=$PWD/decoy; it*/mnemogrid " + NO_PROOF + "; echo $?"))
        .isEqualTo("mnemogrid: there is no none\n9\n");
    standIn(Files.createDirectory(folder.resolve("a:b")));
    assertThat(bash(folder, "a:b/mnemogrid help; echo $?"))
        .matches("mnemogrid: .* a folder with a colon: move .*a:b\n3\n");
  }

  @Test
  void passesByAJdkThatIsTooOldOrNotThere() throws IOException {
    Path folder = standIn(Drills.folder("launcher-jdk"));
    String jdk =
        "mkdir -p %1$s/bin; touch %1$s/bin/javac; chmod +x %1$s/bin/javac;"
            + " echo 'JAVA_VERSION=\"%2$s\"' >%1$s/release; ";
    String find = "source ./mnemogrid; find_jdk; jdk_major \"$JAVA_HOME\"";
    String old = jdk.formatted("17", "17.0.9") + jdk.formatted("home/.jdks/25", "25.0.1");
    assertThat(bash(folder, old + "HOME=$PWD/home JAVA_HOME=$PWD/17; " + find)).isEqualTo("25\n");
    assertThat(bash(folder, "HOME=$PWD/home JAVA_HOME=/nowhere; " + find)).isEqualTo("25\n");
    String newer = jdk.formatted("26", "26-ea") + "JAVA_HOME=$PWD/26; " + find;
    assertThat(bash(folder, "unset HOME; " + newer)).isEqualTo("26\n");
  }

  /** The file makes a command quicker, and nothing else. */
  @Test
  void doesWithoutItsCacheOfClasses() throws IOException {
    Path folder = standIn(Drills.folder("launcher-cache"));
    String without = bash(folder, "./mnemogrid help");
    assertThat(without).contains("fsck");
    Path cache = folder.resolve("grid-plugin/target/mnemogrid.aot");
    for (String damaged : new String[] {"", "no cache", "x".repeat(100_000)}) {
      Files.writeString(cache, damaged);
      assertThat(bash(folder, "./mnemogrid help")).isEqualTo(without);
    }
    Path made = Drills.ROOT.resolve("grid-plugin/target/mnemogrid.aot");
    if (Files.exists(made)) { // cut off
      Files.write(cache, Arrays.copyOf(Files.readAllBytes(made), 1 << 20));
      assertThat(bash(folder, "./mnemogrid help")).isEqualTo(without);
    }
  }

  @Test
  void saysWhenItsAnswerIsLost() throws IOException {
    Path folder = standIn(Drills.folder("launcher-full"));
    assertThat(bash(folder, "./mnemogrid help >/dev/full; echo $?"))
        .matches("mnemogrid: the answer could not be written to standard output: .+\n1\n");
    assertThat(bash(folder, "./mnemogrid help | true; echo ${PIPESTATUS[1]}")).isEqualTo("0\n");
  }

  /** Else resources and libraries of another branch stay, and halves of what was broken off. */
  @Test
  void beginsAStaleBuildWithNothingAndNotesAWholeOne() throws IOException {
    Path folder = Drills.folder("launcher-stale");
    Files.copy(Drills.ROOT.resolve("mnemogrid"), folder.resolve("mnemogrid"));
    String stale =
        "source ./mnemogrid; JAVA_HOME=/nowhere; echo stale: $(stale_modules grid-plugin)";
    bash(
        folder,
        "mkdir -p .mvn target grid-plugin/target/{lib,classes,test-classes};"
            + " touch pom.xml grid-plugin/pom.xml"
            + " grid-plugin/target/{lib/old.jar,classes/V9.sql,mnemogrid-0.jar}");
    assertThat(bash(folder, stale)).isEqualTo("stale: grid-plugin\n");
    assertThat(
            bash(
                folder,
                "source ./mnemogrid; noting_built grid-plugin false || ls -A grid-plugin/target"))
        .isEqualTo("test-classes\n");
    assertThat(bash(folder, stale)).isEqualTo("stale: grid-plugin\n");
    String made = "touch grid-plugin/target/mnemogrid-1.jar";
    assertThat(bash(folder, stale + "; noting_built grid-plugin " + made)).startsWith("stale: g");
    assertThat(bash(folder, stale)).isEqualTo("stale:\n");
    assertThat(bash(folder, stale + "; noting_built grid-plugin true; ls grid-plugin/target"))
        .isEqualTo("stale:\nmnemogrid-1.jar\ntest-classes\n"); // nothing changed
    assertThat(bash(folder, "touch -d '+1 minute' grid-plugin/pom.xml; " + stale))
        .isEqualTo("stale: grid-plugin\n");
  }

  @Test
  void saysWhereItCannotBuild() throws IOException {
    Path folder = standIn(Drills.folder("launcher-read-only"));
    assertThat(bash(folder, "source ./mnemogrid; ROOT=/proc; (with_build_lock true) || echo $?"))
        .isEqualTo("mnemogrid: no build: /proc/target cannot be written\n5\n");
  }

  @Test
  void buildsWithoutEscapeCodesIntoAFile() throws IOException {
    String said =
        bash(
            Drills.folder("run-escape"),
            "source '"
                + Drills.ROOT.resolve("mnemogrid")
                + "'; find_jdk; maven -B -q -ntp -f \"$ROOT/pom.xml\" -N validate; maven --version");
    assertThat(said).contains("Apache Maven").doesNotContain("\u001b");
  }

  /** What a script prints, errors included. */
  static String bash(Path folder, String script) throws IOException {
    Path said = folder.resolve("said.txt");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", script)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process bash = builder.start();
    try {
      assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("stopped while waiting", e);
    }
    return Files.readString(said);
  }
}
