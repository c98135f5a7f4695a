package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.BundleVerifier.Step;
import io.mnemogrid.checkpoint.BundleVerifier.Verdict;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles hold, and nothing that was spoiled does. */
class BundleVerifierTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final ProvableWorld SMALL = small();

  private static ProvableWorld small() {
    ProvableWorld world = new ProvableWorld(7);
    world.set(SPACE, "/facts/total", Json.of(19));
    world.set(SpaceName.of("other"), "/a", Json.of(1));
    world.checkpoint();
    world.set(SPACE, "/list", Json.parse("[0,{\"x\":null}]"));
    world.set(SPACE, "/facts/total", Json.of(20));
    world.set(SPACE, "/none", Json.EMPTY_OBJECT);
    world.checkpoint();
    return world;
  }

  /** One of every kind and case, at the head's version and at an earlier one. */
  static final List<String> EVERY = every();

  private static List<String> every() {
    List<String> bundles = new ArrayList<>();
    for (String path :
        List.of("/facts/total", "/facts", "/list/1/x", "/list/9", "/none/x", "/facts/x", "/y/z")) {
      for (long version : new long[] {0, 3}) {
        bundles.add(fact(path, version));
      }
    }
    bundles.add(made(SMALL.prover().proveUpdate(SPACE, 2, 0)));
    bundles.add(made(SMALL.prover().proveUpdate(SPACE, 4, 0)));
    bundles.add(made(SMALL.prover().proveConsistency(SPACE, 1, 0)));
    bundles.add(made(SMALL.prover().proveConsistency(SPACE, 3, 4)));
    bundles.add(made(SMALL.prover().proveConsistency(SPACE, 4, 4)));
    return bundles;
  }

  private static String fact(String path, long version) {
    return made(SMALL.prover().proveFact(SPACE, Pointer.parse(path), version, 0));
  }

  private static String made(Answer answer) {
    return ((Answer.Made) answer).bundle();
  }

  private static Hash trusted(String bundle) {
    return Bundle.parse(bundle).place().header().hash();
  }

  private static Verdict verify(String text, Hash trusted) {
    return BundleVerifier.verify(text.getBytes(StandardCharsets.UTF_8), trusted);
  }

  @ParameterizedTest
  @FieldSource("EVERY")
  void holdsAndReadsBackAsItWasWritten(String text) {
    Bundle bundle = Bundle.parse(text);
    assertThat(bundle.toText()).isEqualTo(text);
    assertThat(verify(text, trusted(text))).isEqualTo(new Verdict.Holds(bundle));
    assertThat(SMALL.isTrue(bundle)).isTrue();
    assertThat(SlowBundleCheck.holds(text, trusted(text).toString())).isTrue();
    Bundle bare = new Bundle(bundle.subject(), bundle.place(), null);
    assertThat(verify(bare.toText(), trusted(text))).isEqualTo(new Verdict.Holds(bare));
  }

  @ParameterizedTest
  @FieldSource("EVERY")
  void holdsWithNoBitOutsideHintsFlipped(String text) {
    Bundle bundle = Bundle.parse(text);
    Hash trusted = trusted(text);
    byte[] bytes =
        new Bundle(bundle.subject(), bundle.place(), null)
            .toText()
            .getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at < bytes.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        bytes[at] ^= (byte) (1 << bit);
        assertShowsNoOther(bundle, BundleVerifier.verify(bytes, trusted));
        bytes[at] ^= (byte) (1 << bit);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("EVERY")
  void holdsWithNoByteDroppedOrDoubled(String text) {
    Hash trusted = trusted(text);
    Bundle bundle = Bundle.parse(text);
    int hints = text.indexOf("\"hints\":");
    for (int at = 0; at < text.length(); at++) {
      if (at < hints || text.startsWith("\"kind\"", at) || at > hints + 200) {
        assertShowsNoOther(bundle, verify(text.substring(0, at) + text.substring(at + 1), trusted));
        assertShowsNoOther(bundle, verify(text.substring(0, at + 1) + text.substring(at), trusted));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("EVERY")
  void holdsInNoSpoiledForm(String text) {
    Hash trusted = trusted(text);
    List<String> all = SpoiledBundles.of(text);
    assertThat(all).hasSizeGreaterThan(300);
    for (String spoiled : all) {
      Verdict verdict = verify(spoiled, trusted);
      assertThat(SlowBundleCheck.holds(spoiled, trusted.toString()))
          .as(spoiled)
          .isEqualTo(verdict instanceof Verdict.Holds);
      assertShowsNoOther(Bundle.parse(text), verdict);
    }
  }

  /**
   * A spoiled bundle that holds is the same proof under another path that it proves too: the proof
   * that nothing stands at {@code /y/z} is one for {@code /y/q} as well. That is another claim, as
   * true, and it is printed; nothing else may differ.
   */
  private static void assertShowsNoOther(Bundle original, Verdict verdict) {
    if (!(verdict instanceof Verdict.Holds holds)) {
      return;
    }
    Bundle held = holds.bundle();
    assertThat(SMALL.isTrue(held)).as(held.toText()).isTrue();
    assertThat(original.subject()).isInstanceOf(Bundle.Fact.class);
    Bundle.Fact was = (Bundle.Fact) original.subject();
    assertThat(was.claimed()).isEqualTo(new FactProof.Verdict.Absent());
    assertThat(held.place()).isEqualTo(original.place());
    Pointer path = ((Bundle.Fact) held.subject()).path();
    assertThat(held.subject())
        .isEqualTo(
            new Bundle.Fact(
                was.space(), was.version(), path, was.claimed(), was.proof(), was.update()));
    assertThat(path).isNotEqualTo(was.path());
  }

  @Test
  void holdsForNoOtherBundlesParts() {
    // members of one honest bundle in another: what holds then must still be true
    List<Json.Obj> all = EVERY.stream().map(text -> (Json.Obj) Json.parseCanonical(text)).toList();
    int holds = 0;
    for (Json.Obj one : all) {
      for (Json.Obj other : all) {
        for (String member : List.of("claim", "fact", "update", "consistency", "checkpoint")) {
          TreeMap<String, Json> mixed = new TreeMap<>(one.members());
          Json part = other.get(member);
          if (part == null) {
            mixed.remove(member);
          } else {
            mixed.put(member, part);
          }
          String text = new Json.Obj(mixed).canonical();
          Hash trusted = trusted(EVERY.getFirst());
          Verdict verdict = verify(text, trusted);
          assertThat(SlowBundleCheck.holds(text, trusted.toString()))
              .as(text)
              .isEqualTo(verdict instanceof Verdict.Holds);
          if (verdict instanceof Verdict.Holds held) {
            assertThat(SMALL.isTrue(held.bundle())).as(text).isTrue();
            holds++;
          }
        }
      }
    }
    assertThat(holds).isGreaterThanOrEqualTo(all.size() * 5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithItsSlowTwinAndWithTheTruth(long seed) {
    ProvableWorld world = ProvableWorld.of(1000 + seed);
    for (int i = 0; i < 60; i++) {
      String text = RandomClaims.bundle(world);
      Hash trusted = trusted(text);
      List<String> texts = new ArrayList<>(List.of(text));
      List<String> spoiled = SpoiledBundles.of(text);
      for (int n = 0; n < 40; n++) {
        texts.add(world.pick(spoiled));
      }
      for (String candidate : texts) {
        Verdict verdict = verify(candidate, trusted);
        assertThat(SlowBundleCheck.holds(candidate, trusted.toString()))
            .as("seed %d: %s", seed, candidate)
            .isEqualTo(verdict instanceof Verdict.Holds);
        if (verdict instanceof Verdict.Holds holds) {
          assertThat(world.isTrue(holds.bundle())).as("seed %d: %s", seed, candidate).isTrue();
        }
      }
      assertThat(verify(text, trusted)).isInstanceOf(Verdict.Holds.class);
    }
  }

  @Test
  void seesEveryCaseAndVerdict() {
    TreeSet<String> seen = new TreeSet<>();
    for (String text : EVERY) {
      if (Bundle.parse(text).subject() instanceof Bundle.Fact fact) {
        seen.add(fact.proof().form() + " " + fact.claimed().getClass().getSimpleName());
      }
    }
    assertThat(seen)
        .containsExactly(
            "below-object Absent",
            "below-value Absent",
            "in-array Absent",
            "in-array Present",
            "present AnObject",
            "present Present");
  }

  @Test
  void namesTheFirstStepThatFails() {
    String text = fact("/facts/total", 3);
    Hash trusted = trusted(text);
    assertStep(text, Hash.ZERO, Step.CHECKPOINT);
    Bundle bundle = Bundle.parse(text);
    Head head = bundle.place().head();
    assertStep(
        with(bundle, new Head(SPACE, 5, head.stateRoot(), head.logRoot())), trusted, Step.HEAD);
    assertStep(
        text.replace(
            "\"verdict\":\"present\",\"version\":3", "\"verdict\":\"present\",\"version\":5"),
        trusted,
        Step.VERSION);
    assertStep(text.replace("\"size\":4", "\"size\":3"), trusted, Step.UPDATE);
    assertStep(text.replace("\"payload\":\"20\"", "\"payload\":\"21\""), trusted, Step.FACT);
    assertStep(text.replace("\"value\":20", "\"value\":21"), trusted, Step.CLAIM);
    String growth = made(SMALL.prover().proveConsistency(SPACE, 3, 0));
    assertStep(growth.replace("\"size\":3", "\"size\":2"), trusted, Step.CONSISTENCY);
  }

  private static String with(Bundle bundle, Head head) {
    Bundle.Place place = bundle.place();
    return new Bundle(bundle.subject(), new Bundle.Place(place.header(), head, place.proof()), null)
        .toText();
  }

  private static void assertStep(String text, Hash trusted, Step step) {
    assertThat(verify(text, trusted))
        .isInstanceOfSatisfying(
            Verdict.Fails.class, fails -> assertThat(fails.step()).isEqualTo(step));
  }

  /** Whoever commits to a lie can prove the lie, and no more than it: a payload must be a leaf. */
  @Test
  void readsNothingThatIsNoBundle() {
    for (String text : List.of("", "{}", "[]", "null", "\ufeff{}", "{\"format\":1}")) {
      assertThat(verify(text, Hash.ZERO)).isInstanceOf(Verdict.Unreadable.class);
    }
    String text = EVERY.getFirst();
    assertThat(verify(" " + text, trusted(text))).isInstanceOf(Verdict.Unreadable.class);
    assertThat(verify(text + "\n", trusted(text))).isInstanceOf(Verdict.Unreadable.class);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    bytes[10] = (byte) 0xff;
    assertThat(BundleVerifier.verify(bytes, trusted(text)))
        .isEqualTo(new Verdict.Unreadable("", "the text is not UTF-8"));
    assertThat(BundleVerifier.verify(new byte[Bundle.MAX_BYTES + 1], trusted(text)))
        .isInstanceOf(Verdict.Unreadable.class);
    assertThatThrownBy(() -> Bundle.parse(text.replace("\"kind\":\"fact\"", "\"kind\":\"x\"")))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/kind"));
  }

  @Test
  void usesNoHint() {
    String text = EVERY.getFirst();
    Bundle bundle = Bundle.parse(text);
    Json.Obj hints = (Json.Obj) Json.parse("{\"contract\":\"0xbad\",\"x\":{\"y\":[1]}}");
    Bundle hinted = new Bundle(bundle.subject(), bundle.place(), hints);
    assertThat(verify(hinted.toText(), trusted(text))).isInstanceOf(Verdict.Holds.class);
    assertThat(bundle.hints()).isNotNull();
    assertThat(bundle.hints().canonical())
        .isEqualTo(
            "{\"chain_id\":31337,\"contract\":\"0x%s\",\"transaction\":\"0x2\"}"
                .formatted("cd".repeat(20)));
  }

  @Test
  void provesUnderEveryCheckpointAndOnlyWhatItCovers() {
    ProvableWorld world = new ProvableWorld(3);
    Prover prover = world.prover();
    Pointer path = Pointer.parse("/n");
    assertThat(prover.proveFact(SPACE, path, 0, 0)).isEqualTo(new Answer.Uncovered(0, 0));
    SpaceName idle = SpaceName.of("idle");
    world.set(idle, "/a", Json.TRUE);
    int count = Manifest.FULL_EVERY * 2 + 5;
    for (int i = 1; i <= count; i++) {
      world.set(SPACE, "/n", Json.of(i));
      world.checkpoint();
    }
    world.set(SPACE, "/n", Json.of(0));
    world.checkpoint(StoredCheckpoint.Status.SENT);
    for (long number : new long[] {1, 2, 99, 100, 101, 199, 200, 201, count}) {
      for (SpaceName space : List.of(SPACE, idle)) {
        String text = made(prover.proveUpdate(space, 1, number));
        assertThat(trusted(text))
            .isEqualTo(world.checkpoints.get((int) number - 1).checkpoint().hash());
      }
      Bundle.Fact fact =
          (Bundle.Fact) Bundle.parse(made(prover.proveFact(SPACE, path, 0, number))).subject();
      assertThat(fact.claimed()).isEqualTo(new FactProof.Verdict.Present(Json.of(number)));
      assertThat(prover.proveFact(SPACE, path, number + 1, number))
          .isEqualTo(new Answer.Uncovered(number + 1, number));
    }
    // the newest final one, not the newest
    assertThat(trusted(made(prover.proveFact(SPACE, path, 0, 0))))
        .isEqualTo(world.checkpoints.get(count - 1).checkpoint().hash());
    assertThat(prover.proveFact(SPACE, path, count + 1, 0))
        .isEqualTo(new Answer.Uncovered(count + 1, count));
    assertThat(prover.proveConsistency(SPACE, 2, count + 1)).isInstanceOf(Answer.Uncovered.class);
    assertThat(prover.proveFact(SPACE, path, 1, 999)).isInstanceOf(Answer.Unknown.class);
    assertThat(prover.proveFact(SpaceName.of("none"), path, 0, 0))
        .isEqualTo(new Answer.Uncovered(0, 0));
    assertThat(prover.newestHead(SPACE).orElseThrow().version()).isEqualTo(count);
    assertThat(world.mostListed).as("manifests in memory at once").isLessThan(2);
  }
}
