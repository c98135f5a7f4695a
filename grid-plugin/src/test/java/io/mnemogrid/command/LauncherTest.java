package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java asks of npm, with a program in npm's place that takes its time. */
class LauncherTest {
  private static final String NPM =
      """
      #!/bin/sh
      echo begun >>said
      rm -rf node_modules
      sleep 0.3
      mkdir node_modules && touch node_modules/.package-lock.json
      echo done >>said
      """;

  @TempDir Path folder;

  /** Installs the packages of the folder that is its argument. */
  static final class Installing {
    private Installing() {}

    public static void main(String[] args) throws Exception {
      Launcher.installPackages(Path.of(args[0]), "");
    }
  }

  private Process install() throws Exception {
    Path programs = Files.createDirectories(folder.resolve("bin"));
    for (String name : List.of("npm", "node")) {
      Path program = Files.writeString(programs.resolve(name), NPM);
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    ProcessBuilder builder =
        new ProcessBuilder(
                Installation.java().toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Installing.class.getName(),
                folder.toString())
            .redirectErrorStream(true);
    builder.environment().merge("PATH", programs.toString(), (old, own) -> own + ":" + old);
    return builder.start();
  }

  private static String said(Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void installsPackagesOnceHoweverManyWantThem() throws Exception {
    Files.createFile(folder.resolve("package-lock.json"));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(install());
    }
    List<String> said = new ArrayList<>();
    for (Process process : processes) {
      said.add(said(process));
    }
    assertThat(Files.readAllLines(folder.resolve("said"))).containsExactly("begun", "done");
    assertThat(said).filteredOn(words -> words.contains("installing the packages of ")).hasSize(1);
    assertThat(said(install())).isEmpty();
  }
}
