package io.mnemogrid.process;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files in which the classes of a program stand loaded and linked (JEP 483, JEP 514): a member that
 * starts from one takes a third of the processor time. Only the tests of the build use them, since
 * they start hundreds of members; a command starts a member as a user does, so that what it
 * measures is what a user gets.
 *
 * <p>There is one file for the packaged member, and one for the programs of this module that embed
 * a member. Each is made when its first process starts, by a rehearsal of about 20 s, and again
 * when its jar or a library is younger. The JVM looks at all jars itself: with another one it says
 * so on standard error and starts as without a file.
 */
public final class StartCache {
  /** Names the folder of the files. Where it is not named no process has a cache. */
  private static final String FOLDER = "mnemogrid.start.cache";

  /** The flag of a program none of whose processes starts from a file. */
  public static final String NONE = "-D" + FOLDER + "=";

  /** The packaged programs of this module: no such file can hold classes of a folder. */
  private static final String PROGRAMS = "mnemogrid.start.programs";

  private static final String OUTPUT = "-XX:AOTCacheOutput=";
  private static final String FRESH = "fresh.aot";
  private static final Duration REHEARSAL = Duration.ofMinutes(4);
  private static final int COMMITS = 100;
  private static final Set<Path> FAILED = new HashSet<>(); // guarded by this class

  /** An order of a puppet is answered on standard output, where the JVM must say nothing. */
  private static final List<String> SAYS_ON_ERROR =
      List.of("-Xlog:disable", "-Xlog:all=warning:stderr");

  private StartCache() {}

  /** Whether a flag of this JVM is for its children, too. */
  static boolean isInherited(String flag) {
    return flag.startsWith("-D" + FOLDER) || flag.startsWith("-D" + PROGRAMS);
  }

  /** The class path of a program of this process: its own, or the packaged form of the same. */
  static String classPath(Class<?> main) {
    String packaged = System.getProperty(PROGRAMS);
    return packaged != null && Files.exists(Path.of(packaged)) && isOfThisModule(main)
        ? packaged
        : System.getProperty("java.class.path");
  }

  private static boolean isOfThisModule(Class<?> main) {
    return main.getProtectionDomain()
        .getCodeSource()
        .equals(StartCache.class.getProtectionDomain().getCodeSource());
  }

  /** The flags that let a program start from its file; none where it has no file. */
  static List<String> flags(Launch launch) {
    String folder = System.getProperty(FOLDER);
    String packaged = System.getProperty(PROGRAMS);
    List<String> program = launch.program();
    if (folder == null
        || folder.isEmpty()
        || launch.flags().stream().anyMatch(flag -> flag.startsWith("-XX:AOT"))) {
      return List.of();
    }
    Path cache = null;
    if (program.getFirst().equals("-jar")) {
      Path jar = Path.of(program.get(1));
      cache = made(Path.of(folder, "member.aot"), jar, stage -> rehearseMember(jar, stage));
    } else if (program.get(1).equals(packaged)) {
      cache = made(Path.of(folder, "programs.aot"), Path.of(packaged), StartCache::rehearse);
    }
    if (cache == null) {
      return List.of();
    }
    List<String> flags = new ArrayList<>(SAYS_ON_ERROR);
    flags.add("-XX:AOTCache=" + cache);
    return flags;
  }

  /** Leaves {@link #FRESH} in the folder, beside what it printed. */
  private interface Rehearsal {
    void play(Path stage) throws IOException;
  }

  /** The file, which is made if there is none of that jar; null when that fails, or failed. */
  private static synchronized @Nullable Path made(Path cache, Path jar, Rehearsal rehearsal) {
    if (FAILED.contains(cache)) {
      return null;
    }
    try {
      if (Files.exists(cache) && Files.getLastModifiedTime(cache).compareTo(newest(jar)) > 0) {
        return cache;
      }
      Files.createDirectories(cache.getParent());
      Path stage = Files.createTempDirectory(cache.getParent(), "rehearsal");
      rehearsal.play(stage);
      return Files.move(stage.resolve(FRESH), cache, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | IllegalStateException e) {
      System.err.println("members start slowly, " + cache + " cannot be made: " + e);
      FAILED.add(cache);
      return null;
    }
  }

  /** When the youngest of a jar and its libraries was written. */
  private static FileTime newest(Path jar) throws IOException {
    FileTime newest = Files.getLastModifiedTime(jar);
    try (DirectoryStream<Path> libraries = Files.newDirectoryStream(jar.resolveSibling("lib"))) {
      for (Path library : libraries) {
        FileTime written = Files.getLastModifiedTime(library);
        newest = written.compareTo(newest) > 0 ? written : newest;
      }
    }
    return newest;
  }

  private static void rehearseMember(Path jar, Path stage) {
    List<Integer> ports = Ports.free(2);
    SpaceName space = SpaceName.of("rehearsal");
    MemberProcess member =
        Launch.member(jar)
            .flags(OUTPUT + stage.resolve(FRESH))
            .notary()
            .checkpointEvery(1)
            .data(stage.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .members("127.0.0.1:" + ports.get(1))
            .start(stage.resolve("member.log"));
    MemberApi api = member.awaitHealthy(ports.getFirst());
    api.create(space);
    for (int i = 0; i < COMMITS; i++) {
      api.commit(space, delta(i).request(), MemberApi.PATIENCE);
    }
    api.history(space);
    member.signal("TERM");
    member.exit(REHEARSAL);
  }

  private static void rehearse(Path stage) {
    List<String> arguments =
        List.of(stage.resolve("data.db").toString(), Ports.free(1).getFirst().toString());
    Launch.main(Rehearsed.class, arguments)
        .flags(OUTPUT + stage.resolve(FRESH))
        .start(stage.resolve("member.log"))
        .exit(REHEARSAL);
  }

  /** A small change, another one for each number. */
  static Delta delta(int number) {
    return new DeltaBuilder(new Author("rehearsal"), 0, Instant.now())
        .set("/facts/n-" + number, Json.of(number))
        .build();
  }
}
