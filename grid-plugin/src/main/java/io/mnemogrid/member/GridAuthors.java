package io.mnemogrid.member;

import io.mnemogrid.Authors;
import io.mnemogrid.CommitResult;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.SettingStore;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The keys of authors, in their space. The space is made when the first key comes. */
final class GridAuthors implements Authors {
  /** The setting that holds the id of the grid. */
  static final String SETTING = "grid";

  private static final Author AUTHOR = new Author("mnemogrid");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MOST_TRIES = 20;

  /** More keys would not fit into one answer that lists them. */
  static final int MOST_KEYS = 10_000;

  private final SettingStore settings;
  private final Supplier<Optional<Snapshot>> head;
  private final Supplier<Optional<Snapshot>> newest;
  private final Supplier<Space> space;
  private volatile @Nullable GridId own; // once it was read

  /**
   * The authors of a grid.
   *
   * @param head the head of their space, empty where it was not made yet
   * @param newest the same, after this member caught up with the log
   * @param space makes it where it is missing
   */
  GridAuthors(
      SettingStore settings,
      Supplier<Optional<Snapshot>> head,
      Supplier<Optional<Snapshot>> newest,
      Supplier<Space> space) {
    this.settings = settings;
    this.head = head;
    this.newest = newest;
    this.space = space;
  }

  @Override
  public GridId grid() {
    GridId known = own;
    if (known == null) {
      known =
          settings
              .find(SETTING)
              .map(GridId::new)
              .orElseThrow(() -> new IllegalStateException("the store has no id of its grid"));
      own = known;
    }
    return known;
  }

  @Override
  public Map<Author, List<AuthorKey>> keys() {
    return head.get().map(now -> AuthorKeys.all(now.state())).orElse(Map.of());
  }

  @Override
  public boolean add(Author author, AuthorKey key) {
    GridId grid = grid();
    Space of = space.get();
    if (AuthorKeys.grid(of.head().state()).isEmpty()) {
      commit(of, delta -> delta.set(AuthorKeys.GRID.toString(), Json.of(grid.hex())));
    }
    return change(of, author, key, true);
  }

  @Override
  public boolean revoke(Author author, AuthorKey key) {
    return newest.get().isPresent() && change(space.get(), author, key, false);
  }

  /** Whether it was this call that made it so. */
  private boolean change(Space of, Author author, AuthorKey key, boolean stands) {
    String place = AuthorKeys.placeOf(author, key).toString();
    for (int tries = 1; tries <= MOST_TRIES; tries++) {
      Snapshot now = newest.get().orElseGet(of::head); // what others just changed counts
      if (AuthorKeys.stands(now.state(), author, key) == stands) {
        return false;
      }
      if (stands && AuthorKeys.count(now.state()) >= MOST_KEYS) {
        throw new IllegalStateException(
            "a grid has at most 10,000 keys of authors: revoke those that nobody uses");
      }
      boolean done =
          commit(of, delta -> stands ? delta.set(place, AuthorKeys.KIND) : delta.delete(place));
      if (done) {
        return true;
      }
    }
    throw unavailable(Outcome.NOT_APPLIED, "others write to " + of.name() + " all the time", null);
  }

  /** Commits to the head; false when another member was faster. */
  private static boolean commit(Space of, UnaryOperator<DeltaBuilder> changes) {
    Snapshot now = of.head();
    Condition onThis = Condition.at(now.version(), now.head().leafHash());
    try {
      CommitResult result =
          of.commit(of.delta(AUTHOR, delta -> changes.apply(delta.type("authors"))), onThis)
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (result instanceof CommitResult.Refused refused
          && refused.refusal() instanceof Refusal.NotCurrent) {
        return false;
      }
      return switch (result) {
        case CommitResult.Committed _ -> true;
        case CommitResult.Unknown none -> throw unavailable(Outcome.UNKNOWN, none.why(), null);
        default -> throw unavailable(Outcome.NOT_APPLIED, "nothing was written: " + result, null);
      };
    } catch (ExecutionException | TimeoutException e) {
      throw unavailable(Outcome.UNKNOWN, "no answer about the key", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(Outcome.UNKNOWN, "interrupted", e);
    }
  }

  private static LogUnavailable unavailable(Outcome outcome, String why, @Nullable Throwable e) {
    return new LogUnavailable(outcome, LogUnavailable.Trouble.AWAY, why, e);
  }
}
