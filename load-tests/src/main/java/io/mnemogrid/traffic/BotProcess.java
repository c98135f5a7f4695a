package io.mnemogrid.traffic;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.PuppetProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link Bot} in its process, where it listens and what it notes. */
public final class BotProcess implements AutoCloseable {
  private final String host;
  private final Path journal;
  private final PuppetProcess puppet;

  private BotProcess(String host, Path journal, PuppetProcess puppet) {
    this.host = host;
    this.journal = journal;
    this.puppet = puppet;
  }

  /**
   * Starts one, which commits when this returns.
   *
   * @param mostBytes of documents that it holds; 0 for as many as it likes
   */
  public static BotProcess start(
      String name,
      String host,
      int port,
      String members,
      Path folder,
      long seed,
      long mostBytes,
      List<String> spaces) {
    Path journal = folder.resolve(name + ".journal");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                name,
                host,
                Integer.toString(port),
                members,
                journal.toString(),
                Long.toString(seed),
                Long.toString(mostBytes)));
    arguments.addAll(spaces);
    PuppetProcess puppet =
        Launch.main(Bot.class, arguments)
            .heap("512m")
            .startingFast()
            .boundToItsAddress()
            .startPuppet(name, folder.resolve(name + ".log"));
    puppet.awaitUp();
    return new BotProcess(host, journal, puppet);
  }

  public String name() {
    return puppet.name();
  }

  public String host() {
    return host;
  }

  public Path journal() {
    return journal;
  }

  /** Gives an order and returns what is said to it. */
  public String ask(String order) {
    return puppet.ask(order);
  }

  @Override
  public void close() {
    puppet.close();
  }
}
