package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.checkpoint.Anchor.Anchored;
import io.mnemogrid.checkpoint.Anchor.Inclusion;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Anchor} does. */
public abstract class AnchorContractTest {
  private final List<Anchor> opened = new ArrayList<>();

  /** The anchor under test; empty at a test's first call, the same one at all others. */
  protected abstract Anchor open() throws Exception;

  /** Opens it and closes it after the test. */
  protected final Anchor anchor() throws Exception {
    Anchor anchor = open();
    opened.add(anchor);
    return anchor;
  }

  private Anchor anchor;

  @BeforeEach
  final void openAnchor() throws Exception {
    anchor = anchor();
  }

  @AfterEach
  final void closeAnchors() {
    opened.forEach(Anchor::close);
  }

  /** A checkpoint of one space; {@code salt} tells two of the same number apart. */
  public static Checkpoint checkpoint(long number, Hash previous, String salt, Address author) {
    Head head =
        new Head(
            new SpaceName("daryl"), number, Hash.sha256("state" + salt), Hash.sha256("log" + salt));
    Manifest manifest =
        new Manifest(
            number,
            author,
            previous,
            List.of(new Manifest.Entry(head, new ContentAddress(Hash.sha256(salt)), 1)),
            Instant.parse("2026-02-05T19:00:50.123Z"));
    return new Checkpoint(
        new Header(number, previous, Hash.sha256("forest" + salt), manifest.digest()), manifest);
  }

  private Checkpoint next(long number, String salt) {
    Hash previous = number == 1 ? Hash.ZERO : anchor.find(number - 1).orElseThrow().hash();
    return checkpoint(number, previous, salt, anchor.author());
  }

  /** Signs what will write these, which must be within the cap. */
  public static SignedTransaction signed(Anchor anchor, Checkpoint... checkpoints) {
    return signed(anchor.sign(List.of(checkpoints)));
  }

  /** What was signed, which must be within the cap. */
  public static SignedTransaction signed(Anchor.Signing signing) {
    return switch (signing) {
      case Anchor.Signing.Signed signed -> signed.transaction();
      case Anchor.Signing.AboveCap above -> throw new AssertionError(above.detail());
    };
  }

  private SignedTransaction anchored(Checkpoint checkpoint) {
    SignedTransaction transaction = signed(anchor, checkpoint);
    sent(anchor, transaction);
    return transaction;
  }

  /** What has become of it when it waits no more: a chain takes a moment for its block. */
  protected static Inclusion settled(Anchor anchor, SignedTransaction transaction) {
    return await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> anchor.inclusion(transaction), now -> !(now instanceof Inclusion.Waiting));
  }

  /** Sends and waits until it waits no more. */
  protected static Inclusion sent(Anchor anchor, SignedTransaction transaction) {
    anchor.send(transaction);
    return settled(anchor, transaction);
  }

  @Test
  void isEmptyAtFirst() {
    assertThat(anchor.latest()).isZero();
    assertThat(anchor.find(0)).isEmpty();
    assertThat(anchor.find(1)).isEmpty();
    assertThat(anchor.identity()).isNotBlank().doesNotContain("\n");
    assertThat(anchor.finalAfter()).isPositive();
  }

  @Test
  void showsWhatWasSent() {
    Checkpoint checkpoint = next(1, "a");
    SignedTransaction transaction = anchored(checkpoint);

    assertThat(anchor.latest()).isEqualTo(1);
    Anchored found = anchor.find(1).orElseThrow();
    assertThat(found.number()).isEqualTo(1);
    assertThat(found.hash()).isEqualTo(checkpoint.hash());
    assertThat(found.pointer()).isEqualTo(checkpoint.pointer().toString());
    assertThat(found.author()).isEqualTo(anchor.author());
    assertThat(anchor.inclusion(transaction))
        .isInstanceOfSatisfying(
            Inclusion.Included.class, in -> assertThat(in.confirmations()).isPositive());
  }

  @Test
  void signingSendsNothing() {
    SignedTransaction transaction = signed(anchor, next(1, "a"));

    assertThat(transaction.anchor()).isEqualTo(anchor.identity());
    assertThat(transaction.nonce()).isEqualTo(anchor.nextNonce());
    assertThat(anchor.latest()).isZero();
    assertThat(anchor.inclusion(transaction)).isEqualTo(new Inclusion.Missing());
  }

  @Test
  void sendingTwiceChangesNothing() {
    SignedTransaction transaction = anchored(next(1, "a"));
    Anchored first = anchor.find(1).orElseThrow();
    Inclusion included = anchor.inclusion(transaction);

    anchor.send(transaction);

    assertThat(anchor.latest()).isEqualTo(1);
    assertThat(anchor.find(1)).contains(first);
    assertThat(anchor.inclusion(transaction)).isEqualTo(included);
  }

  @Test
  void numbersAreDense() {
    for (long number = 1; number <= 5; number++) {
      anchored(next(number, "a"));
      assertThat(anchor.latest()).isEqualTo(number);
    }
    Checkpoint gap = checkpoint(7, Hash.ZERO, "a", anchor.author());
    SignedTransaction transaction = anchored(gap);

    assertThat(failure(transaction)).contains("6").contains("7");
    assertThat(anchor.latest()).isEqualTo(5);
    assertThat(anchor.find(7)).isEmpty();
    assertThat(anchor.find(6)).isEmpty();
  }

  @Test
  void refusesSecondHeaderForNumber() {
    Checkpoint first = next(1, "a");
    anchored(first);
    SignedTransaction second = anchored(next(1, "b"));

    assertThat(failure(second)).contains("1");
    assertThat(anchor.latest()).isEqualTo(1);
    assertThat(anchor.find(1).orElseThrow().hash()).isEqualTo(first.hash());

    // And the number that was refused takes nothing from the next one.
    Checkpoint next = next(2, "c");
    anchored(next);
    assertThat(anchor.find(2).orElseThrow().hash()).isEqualTo(next.hash());
  }

  @Test
  void findsEverythingAgainAfterReopening() throws Exception {
    SignedTransaction transaction = anchored(next(1, "a"));
    anchored(next(2, "b"));
    SignedTransaction unsent = signed(anchor, next(3, "c"));
    Anchored first = anchor.find(1).orElseThrow();
    anchor.close();

    Anchor again = anchor();

    assertThat(again.identity()).isEqualTo(transaction.anchor());
    assertThat(again.author()).isEqualTo(first.author());
    assertThat(again.latest()).isEqualTo(2);
    assertThat(again.find(1)).contains(first);
    assertThat(again.inclusion(transaction)).isInstanceOf(Inclusion.Included.class);
    assertThat(again.inclusion(unsent)).isEqualTo(new Inclusion.Missing());
    assertThat(sent(again, unsent)).isInstanceOf(Inclusion.Included.class);
    assertThat(again.latest()).isEqualTo(3);
  }

  @Test
  void seesWhatAnotherHandleSent() throws Exception {
    Anchor other = anchor();
    anchored(next(1, "a"));
    assertThat(other.latest()).isEqualTo(1);

    Checkpoint second = next(2, "b");
    sent(other, signed(other, second));

    assertThat(anchor.find(2).orElseThrow().hash()).isEqualTo(second.hash());
  }

  @Test
  void takesNothingThatWasSignedForAnother() {
    SignedTransaction signed = signed(anchor, next(1, "a"));
    SignedTransaction foreign =
        new SignedTransaction(
            "another", signed.nonce(), signed.raw(), signed.hash(), 1, 1, Cost.NONE);

    assertThatThrownBy(() -> anchor.send(foreign))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another")
        .hasMessageContaining(anchor.identity());
    assertThat(failure(foreign)).contains("another");
    assertThat(anchor.latest()).isZero();
  }

  @Test
  void aBatchIsWrittenWholeAndInOrder() {
    anchored(next(1, "a"));
    List<Checkpoint> batch = new ArrayList<>();
    Hash previous = anchor.find(1).orElseThrow().hash();
    for (int number = 2; batch.size() < Math.min(3, anchor.batchLimit()); number++) {
      batch.add(checkpoint(number, previous, "b", anchor.author()));
      previous = batch.getLast().hash();
    }
    SignedTransaction transaction = signed(anchor.sign(batch));
    assertThat(transaction.first()).isEqualTo(2);
    assertThat(transaction.last()).isEqualTo(1 + batch.size());

    sent(anchor, transaction);

    assertThat(anchor.latest()).isEqualTo(transaction.last());
    for (Checkpoint written : batch) {
      Anchored found = anchor.find(written.number()).orElseThrow();
      assertThat(found.hash()).isEqualTo(written.hash());
      assertThat(found.pointer()).isEqualTo(written.pointer().toString());
      assertThat(found.author()).isEqualTo(written.manifest().author());
    }
    assertThat(anchor.inclusion(transaction))
        .isInstanceOfSatisfying(
            Inclusion.Included.class,
            in -> assertThat(in.cost().isWithin(transaction.most())).isTrue());
  }

  @Test
  void onlyOneOfTwoWithTheSameNonceIsWritten() {
    Checkpoint first = next(1, "a");
    SignedTransaction stuck = signed(anchor, first);
    SignedTransaction replacement = signed(anchor.replace(stuck, List.of(first)));
    assertThat(replacement.nonce()).isEqualTo(stuck.nonce());

    sent(anchor, replacement);
    anchor.send(stuck);

    assertThat(anchor.inclusion(replacement)).isInstanceOf(Inclusion.Included.class);
    assertThat(anchor.latest()).isEqualTo(1);
    assertThat(anchor.find(1).orElseThrow().hash()).isEqualTo(first.hash());
    if (!replacement.equals(stuck)) {
      assertThat(anchor.inclusion(stuck)).isInstanceOf(Inclusion.Displaced.class);
    }
  }

  private String failure(SignedTransaction transaction) {
    return switch (anchor.inclusion(transaction)) {
      case Inclusion.Failed failed -> failed.reason();
      case Inclusion.Displaced displaced -> displaced.reason();
      case Inclusion.Foreign foreign -> foreign.reason();
      case Inclusion other -> throw new AssertionError("it may still be written: " + other);
    };
  }
}
