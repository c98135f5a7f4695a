package io.mnemogrid.traffic;

import io.mnemogrid.process.MemberProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** A {@link RollMember} in its process. One thread at a time. */
public final class RollProcess implements AutoCloseable {
  private final MemberProcess process;
  private final BufferedReader said;

  private RollProcess(MemberProcess process) {
    this.process = process;
    this.said = process.process().inputReader();
  }

  /** Starts one and returns when it is a member; its log is {@code NAME.log}. */
  public static RollProcess start(
      Path folder, String name, int port, String members, int writers, Path journal, String store) {
    RollProcess started =
        new RollProcess(
            MemberProcess.startTalking(
                folder.resolve(name + ".log"),
                List.of(
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1", // it starts often, and nobody measures its speed
                    "-cp",
                    System.getProperty("java.class.path"),
                    RollMember.class.getName(),
                    name,
                    "127.0.0.1",
                    Integer.toString(port),
                    members,
                    Integer.toString(writers),
                    journal.toString(),
                    store,
                    folder.resolve("data/notary").toString())));
    started.answer();
    return started;
  }

  /** Gives an order and returns what is said to it. */
  public String ask(String order) {
    try {
      var in = process.process().outputWriter();
      in.write(order + "\n");
      in.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(process.tail(), e);
    }
    return answer();
  }

  private String answer() {
    try {
      String line = said.readLine();
      if (line != null && line.startsWith("done ")) {
        return line.substring(5);
      }
      throw new IllegalStateException("it said " + line + process.tail());
    } catch (IOException e) {
      throw new UncheckedIOException(process.tail(), e);
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
  }
}
