package io.mnemogrid.traffic;

import io.mnemogrid.process.MemberProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link Bot} in its process, and the orders that it obeys. One thread at a time. */
public final class BotProcess implements AutoCloseable {
  private final String name;
  private final String host;
  private final Path journal;
  private final MemberProcess process;
  private final BufferedReader said;

  private BotProcess(String name, String host, Path journal, MemberProcess process) {
    this.name = name;
    this.host = host;
    this.journal = journal;
    this.process = process;
    this.said = process.process().inputReader();
  }

  /** Starts one, which commits when this returns. */
  public static BotProcess start(
      String name,
      String host,
      int port,
      String members,
      Path folder,
      long seed,
      String... spaces) {
    Path journal = folder.resolve(name + ".journal");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // it starts often, and nobody measures its speed
                "-Dhazelcast.socket.client.bind.any=false",
                "-cp",
                System.getProperty("java.class.path"),
                Bot.class.getName(),
                name,
                host,
                Integer.toString(port),
                members,
                journal.toString(),
                Long.toString(seed)));
    arguments.addAll(List.of(spaces));
    BotProcess bot =
        new BotProcess(
            name,
            host,
            journal,
            MemberProcess.startTalking(folder.resolve(name + ".log"), arguments));
    bot.answer();
    return bot;
  }

  public String name() {
    return name;
  }

  public String host() {
    return host;
  }

  public Path journal() {
    return journal;
  }

  /** Gives an order and returns what is said to it. */
  public String ask(String order) {
    try {
      var in = process.process().outputWriter();
      in.write(order + "\n");
      in.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + process.tail(), e);
    }
    return answer();
  }

  private String answer() {
    try {
      String line = said.readLine();
      if (line != null && line.startsWith("done ")) {
        return line.substring(5);
      }
      throw new IllegalStateException(name + " said " + line + process.tail());
    } catch (IOException e) {
      throw new UncheckedIOException(name + process.tail(), e);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
