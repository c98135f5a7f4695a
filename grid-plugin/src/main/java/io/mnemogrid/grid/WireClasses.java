package io.mnemogrid.grid;

import com.hazelcast.config.JavaSerializationFilterConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The list of classes that members may name to each other; nothing else is loaded because of what
 * stands in a message. On it are the values and requests of this product, exceptions, and a few
 * collections. No connector of Jet is on it, so nobody who reaches the grid's port reads files
 * through a job.
 *
 * <p>Hazelcast's own filter gets this list, but is asked only for what Java serializes. It is not
 * asked for the steps of a Jet job, for {@code DataSerializable}, and for classes that a
 * configuration names. All of those are loaded by the class loader of the configuration, which is
 * this class: it refuses what Hazelcast asks for and the list lacks. It is also the context class
 * loader of Hazelcast's threads, so it gives other callers what they ask for. The thread that
 * starts the member gets everything, too.
 *
 * <p>{@code wire-classes.txt} is the list of other people's classes. Of ours whole packages are
 * listed, in which there are values alone.
 */
final class WireClasses extends ClassLoader {
  private static final List<String> OURS =
      List.of(
          "io.mnemogrid.state.",
          "io.mnemogrid.proof.",
          "io.mnemogrid.merge.",
          "io.mnemogrid.log.",
          "io.mnemogrid.checkpoint.",
          "io.mnemogrid.commit.",
          "io.mnemogrid.grid.",
          "io.mnemogrid.job.",
          "io.mnemogrid.audit.Finding",
          "io.mnemogrid.audit.Page",
          "io.mnemogrid.audit.Start",
          "io.mnemogrid.member.CheckpointRequest",
          "io.mnemogrid.member.News",
          "io.mnemogrid.member.ProofRequest",
          "io.mnemogrid.policy.Glob",
          "io.mnemogrid.policy.Grant",
          "io.mnemogrid.policy.Principal",
          "io.mnemogrid.policy.Role",
          "io.mnemogrid.policy.Sending",
          "io.mnemogrid.signature.AuthorKey",
          "io.mnemogrid.signature.AuthorSignature",
          "io.mnemogrid.signature.Proven",
          "io.mnemogrid.secret.SecretRule");

  private static final Set<String> OTHERS = read();
  private static final Set<String> USED = ConcurrentHashMap.newKeySet();
  private static final StackWalker CALLERS = StackWalker.getInstance();

  static {
    registerAsParallelCapable();
  }

  private volatile @Nullable Thread starting = Thread.currentThread();

  /** A class loader that refuses nothing to this thread, until {@link #started}. */
  WireClasses() {
    super(WireClasses.class.getClassLoader());
  }

  /** The thread that made this has started the member. */
  void started() {
    starting = null;
  }

  /** The list as Hazelcast's filter of what Java serializes. */
  static JavaSerializationFilterConfig filter() {
    JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
    filter.setDefaultsDisabled(true); // the defaults allow whole packages
    filter.getWhitelist().addPrefixes(OURS.toArray(String[]::new));
    filter.getWhitelist().addClasses(OTHERS.toArray(String[]::new));
    return filter;
  }

  /** Whether a member may name this class to another. */
  static boolean allows(String name) {
    return OTHERS.contains(name) || OURS.stream().anyMatch(name::startsWith);
  }

  /** Other people's classes on the list. */
  static Set<String> others() {
    return OTHERS;
  }

  /** Other people's classes that were asked for in this process. */
  static Set<String> used() {
    return USED;
  }

  private static Set<String> read() {
    try (InputStream list =
        Objects.requireNonNull(WireClasses.class.getResourceAsStream("wire-classes.txt"))) {
      return new String(list.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (OTHERS.contains(name)) {
      USED.add(name);
    } else if (!allows(name) && Thread.currentThread() != starting && isNamedByHazelcast()) {
      throw new SecurityException(
          "members of a grid do not name the class " + name + " to each other");
    }
    return super.loadClass(name, resolve);
  }

  private static boolean isNamedByHazelcast() {
    return CALLERS.walk(frames ->
        frames
            .map(StackWalker.StackFrame::getClassName)
            .filter(caller ->
                !caller.equals(WireClasses.class.getName()) && !caller.startsWith("java.lang."))
            .findFirst()
            .filter(caller -> caller.startsWith("com.hazelcast."))
            .isPresent());
  }
}
