package io.mnemogrid.drill;

import io.mnemogrid.check.Contract;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.command.Main;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The second opinion on a chain: the TypeScript verifier computes every checkpoint again from the
 * exported logs. It reads files only. One file has a line for each number, with what the chain says
 * and with the manifest that the store hands out. The others are what {@code ./mnemogrid export}
 * writes of each space.
 */
final class Recomputation {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Path command;
  private final Path checkpoints;
  private final List<Path> exports;
  private final List<Contract.Checkpoint> onChain;

  /** What the verifier says, and whether all checkpoints are the same. */
  record Verdict(boolean same, int exitCode, String said) {}

  private Recomputation(
      Path command, Path checkpoints, List<Path> exports, List<Contract.Checkpoint> onChain) {
    this.command = command;
    this.checkpoints = checkpoints;
    this.exports = exports;
    this.onChain = onChain;
  }

  /** Asks the chain for every number, and exports every space. */
  static Recomputation prepare(
      CheckpointDrill.Parts parts,
      Contract contract,
      List<StoredCheckpoint> stored,
      List<SpaceName> spaces) {
    List<Contract.Checkpoint> onChain =
        stored.stream().map(checkpoint -> contract.find(checkpoint.number())).toList();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < stored.size(); i++) {
      lines.add(line(onChain.get(i), stored.get(i).checkpoint().manifest().toText()));
    }
    Path checkpoints = parts.folder().resolve("checkpoints.jsonl");
    write(checkpoints, lines);
    List<Path> exports = spaces.stream().map(space -> export(parts, space)).toList();
    return new Recomputation(
        parts.verifier().resolve("bin/recompute.mjs"), checkpoints, exports, onChain);
  }

  private static String line(Contract.Checkpoint said, String manifest) {
    return Json.object(
            Map.of(
                "author", Json.of(said.author()),
                "hash", Json.of(said.hash().toString()),
                "manifest", Json.of(manifest),
                "number", Json.of(said.number()),
                "pointer", Json.of(said.pointer())))
        .canonical();
  }

  private static Path export(CheckpointDrill.Parts parts, SpaceName space) {
    Path file = parts.folder().resolve(space + ".jsonl");
    MemberProcess tool =
        Launch.main(
                parts.jar().toString(),
                Main.class,
                List.of(
                    "export",
                    space.text(),
                    "-o",
                    file.toString(),
                    "--data",
                    parts.folder().resolve("data").toString()))
            .start(parts.folder().resolve("export.log"));
    int exit = tool.exit(PATIENCE);
    if (exit != 0) {
      throw new IllegalStateException(
          "the export of " + space + " ended with " + exit + tool.tail());
    }
    return file;
  }

  /** The checkpoint of that number, as the chain answered it. */
  Contract.Checkpoint onChain(long number) {
    return onChain.get((int) number - 1);
  }

  /** The file with what the chain says. */
  Path checkpoints() {
    return checkpoints;
  }

  /** The exports, in the order of the spaces. */
  List<Path> exports() {
    return exports;
  }

  /** Runs the verifier on the files of this drill. */
  Verdict run() {
    return run(checkpoints, exports);
  }

  /** Runs the verifier on other files. */
  Verdict run(Path otherCheckpoints, List<Path> otherExports) {
    List<String> arguments =
        new ArrayList<>(
            List.of("node", command.toString(), "--checkpoints", otherCheckpoints.toString()));
    otherExports.forEach(file -> arguments.add(file.toString()));
    try {
      Process process = new ProcessBuilder(arguments).redirectErrorStream(true).start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("the recomputation still runs after " + PATIENCE);
      }
      return new Verdict(process.exitValue() == 0, process.exitValue(), said);
    } catch (IOException e) {
      throw new UncheckedIOException("node cannot be started: is it installed?", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }

  private static void write(Path file, List<String> lines) {
    try {
      Files.writeString(file, String.join("\n", lines) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
