package io.mnemogrid;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.StoreSize;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * A member of a grid, embedded in this process: the shared memory of many agents. Start one in a
 * process, keep it, close it at the end.
 */
public interface Mnemogrid extends AutoCloseable {
  /** Most canonical bytes of the policy that a space is created with. */
  int MAX_POLICY_BYTES = Policy.MAX_BYTES;

  /**
   * Starts a member and joins the grid; returns when its replicas are at the log's head.
   *
   * @throws IllegalStateException in one sentence that says what to do: the port is taken, the
   *     store cannot be opened, the chain is ahead of the store
   */
  static Mnemogrid start(GridConfig config) {
    // the loader of this class and not the thread's, which may be that of another library
    ClassLoader library = Mnemogrid.class.getClassLoader();
    MemberProvider provider;
    try {
      provider = ServiceLoader.load(MemberProvider.class, library).findFirst().orElse(null);
    } catch (ServiceConfigurationError e) {
      throw new IllegalStateException("mnemogrid's member cannot be loaded: " + e.getMessage(), e);
    }
    if (provider == null) {
      throw new IllegalStateException(
          "mnemogrid's member is not on the class path: META-INF/services/"
              + MemberProvider.class.getName()
              + " is missing; a jar that packs several into one must keep that file");
    }
    return provider.start(config);
  }

  /**
   * Creates a space, with a policy as its version 1, or with none if that is {@code {}}. False when
   * the space was there already; its policy then stays as it is. Blocks.
   *
   * @throws IllegalArgumentException when the name is the product's own ({@link
   *     SpaceName#isReserved})
   * @throws TooManySpaces when it is not there and the grid has as many as {@link
   *     GridConfig#quotas} allows
   * @throws io.mnemogrid.state.JsonException when the policy is neither {@code {}} nor one that
   *     {@link Policy#parse} reads, or is new and holds a secret
   */
  boolean createSpace(SpaceName name, String policy);

  /** The heads of all spaces, by name. Blocks. O(all spaces). */
  List<LogHead> spaces();

  /**
   * The first {@code limit} heads by name whose space comes after a text, which is empty for the
   * first page. Blocks. O(limit).
   */
  List<LogHead> spacesAfter(String name, int limit);

  /** A space that was created, empty else. Blocks only until its replica is loaded. */
  Optional<Space> space(SpaceName name);

  /**
   * As {@link #space}, but it never blocks: empty also where the replica of a space is not loaded
   * here.
   */
  Optional<Space> loaded(SpaceName name);

  /** Memory of the documents held here, as {@link GridConfig#quotas} counts it. O(spaces held). */
  long footprintBytes();

  /** All members of the grid. */
  List<MemberInfo> members();

  /** What works on this member. Blocks no longer than 2 s. */
  GridHealth health();

  /** What this member's store takes on its disk; empty without one, or with PostgreSQL. */
  Optional<StoreSize> storeSize();

  /**
   * Whether this is still a member. Once it was closed, or its grid node ended after an error, it
   * never is one again: end the process and start another. Does not block.
   */
  boolean isRunning();

  /** The checkpoints. */
  Checkpoints checkpoints();

  /** What recomputes the store, all the time and on demand. */
  Audits audits();

  /** The keys of the HTTP API; empty on a member without a store. */
  Optional<Keys> keys();

  /**
   * Rates that all members with a store grant together, such as those of the HTTP API; empty on a
   * member without one.
   */
  Optional<SharedRates> rates();

  /** Who did what over HTTP; empty on a member without a store. */
  Optional<Trail> trail();

  /** The keys of authors who sign; empty on a member without a store. */
  Optional<Authors> authors();

  /** Proofs for outsiders. */
  Proofs proofs();

  /** Calls {@code listener} with news until this member is closed. */
  void listen(GridListener listener);

  /** Leaves the grid; what was acknowledged stays. */
  @Override
  void close();
}
