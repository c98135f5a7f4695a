package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.BundleVerifier.Verdict;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Valid and spoiled bundles with their verdicts, one JSON object a line in {@code
 * target/bundles.jsonl}, for the verifiers in other languages: {@code bundle} the text, {@code
 * checkpoint} the trusted hash, {@code holds}, {@code claim} when it does, {@code answer} the step
 * that fails, or {@code unreadable}. N are of all kinds, N of facts at the version that a
 * checkpoint holds, which is what the contract judges too, and a quarter of N mostly of updates
 * whose authors signed. {@code -Dmnemogrid.bundles=N} sets N, {@code -Dmnemogrid.bundles.seed=S}
 * makes others.
 */
class BundleCorpusTest {
  private static final int COUNT = Integer.getInteger("mnemogrid.bundles", 4_000);
  private static final long SEED = Long.getLong("mnemogrid.bundles.seed", 1);
  private static final int SPOILED_OF_EACH = 40;

  private final Map<BundleVerifier.Step, Integer> steps = new EnumMap<>(BundleVerifier.Step.class);
  private int held;

  @Test
  void writesTheCorpus() throws IOException {
    Path file = Path.of("target/bundles.jsonl");
    Files.createDirectories(file.toAbsolutePath().getParent());
    int written;
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      written = write(out, SEED, COUNT, RandomClaims::bundle);
      assertThat(steps.keySet()).as("seed %s", SEED).containsExactly(BundleVerifier.Step.values());
      written += write(out, SEED + 1_000_000, COUNT, RandomClaims::factAtHead);
      written += write(out, SEED + 2_000_000, COUNT / 4, RandomClaims::signedUpdate);
    }
    assertThat(held).as("seed %s", SEED).isGreaterThan(written / 2 / SPOILED_OF_EACH);
  }

  /** Writes bundles of worlds from that seed on, and spoiled copies; answers how many. */
  private int write(
      BufferedWriter out, long seed, int count, Function<ProvableWorld, String> claims)
      throws IOException {
    int written = 0;
    for (; written < count; seed++) {
      ProvableWorld world = ProvableWorld.of(seed);
      for (int i = 0; i < 10; i++) {
        String bundle = claims.apply(world);
        Hash trusted = Bundle.parse(bundle).place().header().hash();
        for (String text : some(world, bundle)) {
          Verdict verdict = BundleVerifier.verify(text.getBytes(StandardCharsets.UTF_8), trusted);
          if (verdict instanceof Verdict.Unreadable && world.chance(70)) {
            continue; // most ways to spoil one end there
          }
          if (verdict instanceof Verdict.Holds holds) {
            held++;
            assertThat(world.isTrue(holds.bundle())).as(text).isTrue();
          } else if (verdict instanceof Verdict.Fails fails) {
            steps.merge(fails.step(), 1, Integer::sum);
          }
          out.write(line(text, trusted, verdict));
          out.write('\n');
          written++;
        }
      }
    }
    return written;
  }

  /** The bundle itself, some of its spoiled forms, some spoiled twice, some spoiled as text. */
  private static List<String> some(ProvableWorld world, String bundle) {
    List<String> texts = new ArrayList<>(List.of(bundle));
    List<Supplier<String>> spoiled = SpoiledBundles.lazily(bundle);
    while (texts.size() <= SPOILED_OF_EACH) {
      String text = world.pick(spoiled).get();
      if (world.chance(20)) {
        text = world.pick(SpoiledBundles.lazily(text)).get();
      } else if (world.chance(20)) {
        text = RandomClaims.flipped(world, bundle);
      }
      if (!text.equals(bundle)) {
        texts.add(text);
      }
    }
    return texts;
  }

  private static String line(String text, Hash trusted, Verdict verdict) {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("bundle", Json.of(text));
    members.put("checkpoint", Json.of(trusted.toString()));
    members.put("holds", Json.of(verdict instanceof Verdict.Holds));
    switch (verdict) {
      case Verdict.Holds holds -> members.put("claim", holds.bundle().claim());
      case Verdict.Fails fails -> members.put("answer", Json.of(fails.step().text()));
      case Verdict.Unreadable _ -> members.put("answer", Json.of("unreadable"));
    }
    return new Json.Obj(members).canonical();
  }
}
