package io.mnemogrid.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * How a JVM of a drill is started: one starter for packaged members, puppets and tools. A caller
 * names only what is special to its process. The rest is the same for all: the flags of this JVM,
 * which the grid needs; a heap so small that several fit into a machine; one secret, so that all
 * join one grid; and none of the settings in this process's environment.
 *
 * <p>Each method but those that start returns a changed copy.
 *
 * @param flags of the JVM; of two that contradict each other the later one counts
 * @param environment added to that of this process
 * @param program what follows the flags: a jar, or a class path and a class, with its arguments
 */
public record Launch(List<String> flags, Map<String, String> environment, List<String> program) {
  /** The heap of a JVM that is given none: several of them fit into a machine of 24 GB. */
  private static final String HEAP = "-Xmx2g";

  /** All that this process starts are members of one grid. */
  private static final String GRID_SECRET = UUID.randomUUID().toString().replace("-", "");

  public Launch {
    flags = List.copyOf(flags);
    environment = Map.copyOf(environment);
    program = List.copyOf(program);
  }

  /** A packaged member. */
  public static Launch member(Path jar) {
    return new Launch(List.of(), Map.of(), List.of("-jar", jar.toString()));
  }

  /** A class of this process's class path. */
  public static Launch main(Class<?> main, List<String> arguments) {
    return main(StartCache.classPath(main), main, arguments);
  }

  /** A class of another class path. */
  public static Launch main(String classPath, Class<?> main, List<String> arguments) {
    List<String> program = new ArrayList<>(List.of("-cp", classPath, main.getName()));
    program.addAll(arguments);
    return new Launch(List.of(), Map.of(), program);
  }

  /** More flags of the JVM. */
  public Launch flags(String... more) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(List.of(more));
    return new Launch(all, environment, program);
  }

  /** With this heap and the serial collector, for one of several JVMs on a few cores. */
  public Launch heap(String most) {
    return flags("-Xmx" + most, "-XX:+UseSerialGC");
  }

  /** Compiles quickly and not well: for JVMs that start often and whose speed nobody measures. */
  public Launch startingFast() {
    return flags("-XX:TieredStopAtLevel=1");
  }

  /** Binds outgoing sockets to the member's own address, so that a split can tell members apart. */
  public Launch boundToItsAddress() {
    return flags("-Dhazelcast.socket.client.bind.any=false");
  }

  /** One more variable of its environment. */
  public Launch with(String name, String value) {
    return with(Map.of(name, value));
  }

  /** More variables of its environment. */
  public Launch with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(more);
    return new Launch(flags, all, program);
  }

  /** With this name in the grid. */
  public Launch named(String name) {
    return with("MNEMOGRID_NAME", name);
  }

  /** The folder of its store. */
  public Launch data(Path folder) {
    return with("MNEMOGRID_DATA", folder.toString());
  }

  /** Where it listens to HTTP, and to other members. */
  public Launch ports(int http, int grid) {
    return with(
        Map.of(
            "MNEMOGRID_HTTP_PORT", Integer.toString(http),
            "MNEMOGRID_GRID_PORT", Integer.toString(grid)));
  }

  /** Addresses of the members that it looks for, divided by commas. */
  public Launch members(String addresses) {
    return with("MNEMOGRID_MEMBERS", addresses);
  }

  /** With checkpoints that go to a notary's file. */
  public Launch notary() {
    return with("MNEMOGRID_ANCHOR", "notary");
  }

  /** With checkpoints that go to this chain. */
  public Launch chain(URI endpoint) {
    return with("MNEMOGRID_CHAIN_URL", endpoint.toString());
  }

  /** The time between two checkpoints; 0 for none but those that are demanded. */
  public Launch checkpointEvery(int seconds) {
    return with("MNEMOGRID_CHECKPOINT_EVERY", Integer.toString(seconds));
  }

  /** Starts it; what it prints is added to a file. */
  public MemberProcess start(Path log) {
    return start(log, ProcessBuilder.Redirect.appendTo(log.toFile()));
  }

  /** Starts a {@link Puppet} that tells of no event. */
  public PuppetProcess startPuppet(String name, Path log) {
    return startPuppet(name, log, _ -> {});
  }

  /**
   * Starts a {@link Puppet}; what it prints on standard error is added to a file.
   *
   * @param name for messages
   * @param events receives each event, on the thread that reads what the puppet says
   */
  public PuppetProcess startPuppet(String name, Path log, Consumer<String> events) {
    return new PuppetProcess(name, start(log, ProcessBuilder.Redirect.PIPE), events);
  }

  private MemberProcess start(Path log, ProcessBuilder.Redirect output) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag ->
            flag.startsWith("--add-")
                || flag.startsWith("--enable-native-access")
                || flag.startsWith("--sun-misc")
                || flag.startsWith("-XX:+UseCompact")
                || StartCache.isInherited(flag))
        .forEach(command::add);
    command.addAll(StartCache.flags(this));
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add(HEAP);
    command.addAll(flags);
    command.addAll(program);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectOutput(output);
    builder.environment().keySet().removeIf(name -> name.startsWith("MNEMOGRID_"));
    builder.environment().put("MNEMOGRID_GRID_SECRET", GRID_SECRET);
    builder.environment().putAll(environment);
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      return new MemberProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
