package io.mnemogrid.member;

import io.mnemogrid.CommitResult;
import io.mnemogrid.Space;
import io.mnemogrid.Trail;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.trail.TrailEntry;
import io.mnemogrid.trail.TrailHead;
import io.mnemogrid.trail.TrailStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one member does for the trail of all: it names the head of the chain in the space {@code
 * mnemogrid.trail}, so that it stands under every checkpoint, and it forgets entries whose days are
 * over. The oldest member with a store does both; two that do it at the same time harm nothing,
 * since each commit is conditional on the head that it saw.
 *
 * <p>A head is named soon only when somebody did something: a checkpoint may cost coin, and
 * refusals are made by strangers. After refusals alone it is named once an hour.
 */
final class TrailKeeper {
  static final Duration AFTER_REFUSALS = Duration.ofHours(1);
  private static final Logger LOG = LoggerFactory.getLogger(TrailKeeper.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pointer HEAD = Pointer.parse("/head");
  private static final Author AUTHOR = new Author("mnemogrid");

  private final TrailStore store;
  private final Trail trail;
  private final Supplier<Space> space;
  private final BooleanSupplier isMine;
  private final int days;
  private final LongSupplier nanos;

  // one thread's
  private long namedActs = -1; // up to which head; -1 before the first
  private long namedNanos;
  private int failures; // in a row
  private volatile @Nullable String trouble;

  /**
   * A keeper.
   *
   * @param space makes the trail's space where it is missing
   * @param isMine whether this member is the one that does it now
   * @param days for which entries are kept
   */
  TrailKeeper(
      TrailStore store,
      Trail trail,
      Supplier<Space> space,
      BooleanSupplier isMine,
      int days,
      LongSupplier nanos) {
    this.store = store;
    this.trail = trail;
    this.space = space;
    this.isMine = isMine;
    this.days = days;
    this.nanos = nanos;
  }

  /** Why the head is not named, or empty. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Names the head if that is due. Blocks. */
  void name() {
    try {
      if (isMine.getAsBoolean()) {
        name(store.head());
      } else {
        trouble = null; // what was found here, the member that does it now finds itself
      }
    } catch (RuntimeException | Error e) {
      failed(e.getMessage());
      throw e;
    }
  }

  /** Once is nothing: members come and go. */
  private void failed(@Nullable String why) {
    failures++;
    if (failures > 1) {
      trouble = "the head of the audit trail is not named: " + why;
    }
  }

  private void name(TrailHead head) {
    if (head.sheets() == 0) {
      return;
    }
    boolean isAct = head.acts() > namedActs;
    if (!isAct && nanos.getAsLong() - namedNanos < AFTER_REFUSALS.toNanos()) {
      return;
    }
    Space of = space.get();
    Snapshot now = of.head();
    Json leaf = now.state().value(HEAD);
    TrailHead.Said said =
        leaf == null
            ? new TrailHead.Said(0, 0, Hash.ZERO)
            : TrailHead.Said.read(leaf).orElse(new TrailHead.Said(-1, 0, Hash.ZERO));
    boolean isOurs =
        said.sheets() == 0 || store.hash(said.sheets()).equals(Optional.of(said.hash()));
    if (!isOurs) {
      trouble =
          "sheet %d of the audit trail is not the one that version %d of %s names: run ./mnemogrid"
                  .formatted(said.sheets(), now.version(), of.name())
              + " fsck";
      return; // whoever rewrote the trail gets no head of ours for it
    }
    if (said.sheets() == head.sheets() || commit(of, now, head)) {
      namedActs = head.acts();
      namedNanos = nanos.getAsLong();
      failures = 0;
      trouble = null;
    }
  }

  private boolean commit(Space of, Snapshot now, TrailHead head) {
    Condition onThis = Condition.at(now.version(), now.head().leafHash());
    try {
      CommitResult result =
          of.commit(
                  of.delta(AUTHOR, delta -> delta.type("trail").set("/head", head.toLeaf())),
                  onThis)
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (result instanceof CommitResult.Committed) {
        return true;
      }
      boolean isOvertaken =
          result instanceof CommitResult.Refused refused
              && refused.refusal() instanceof Refusal.NotCurrent; // another member was faster
      if (!isOvertaken) {
        trouble = "the head of the audit trail is not named: " + result;
      }
      return false;
    } catch (ExecutionException e) {
      LOG.debug("the head of the audit trail is named later", e);
      failed(String.valueOf(e.getCause()));
      return false;
    } catch (TimeoutException e) {
      failed("no answer within " + PATIENCE.toSeconds() + " s");
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Forgets what is too old. That it does stands in the trail before it is done: entries that are
   * gone for no reason that the trail gives are a mismatch. Blocks.
   *
   * @param write writes what was recorded; answers whether all was
   */
  void forget(BooleanSupplier write) {
    if (!isMine.getAsBoolean()) {
      return;
    }
    Instant now = trail.now();
    long old = store.oldSheets(now.minus(Duration.ofDays(days)));
    if (old == 0) {
      return;
    }
    boolean isSaid =
        trail.record(
            new TrailEntry.Draft()
                .with(TrailEntry.OUTCOME, "forgotten")
                .with(TrailEntry.FORGOTTEN, Json.of(old))
                .with(TrailEntry.DAYS, Json.of(days))
                .at(now));
    if (write.getAsBoolean() && isSaid) {
      store.forget(old);
    }
  }
}
