package io.mnemogrid.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code @ethereumjs/mpt} in a Node process that times itself. Only one call at a time. */
final class ProofsPeer implements AutoCloseable {
  static final String NAME = "@ethereumjs/mpt";

  private final Process process;
  private final BufferedWriter questions;
  private final BufferedReader answers;

  private ProofsPeer(Process process) {
    this.process = process;
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Whether npm has installed what the peer in that folder needs. */
  static boolean isInstalled(Path folder) {
    return Files.isDirectory(folder.resolve("node_modules/@ethereumjs/mpt"));
  }

  /** Starts the process with a trie of {@code leaves} leaves. */
  static ProofsPeer start(Path folder, int leaves) throws IOException {
    ProofsPeer peer =
        new ProofsPeer(
            new ProcessBuilder("node", "--max-old-space-size=4096", "peer.mjs")
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    peer.nanos("build", leaves);
    return peer;
  }

  /**
   * The average nanoseconds of one of {@code count} operations.
   *
   * @param question the operation: an update, a proof made or a proof checked
   */
  double nanos(String question, int count) throws IOException {
    questions.write(question + " " + count + "\n");
    questions.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException(NAME + " ended at: " + question + " " + count);
    }
    return Double.parseDouble(answer);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
