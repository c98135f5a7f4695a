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
import org.junit.jupiter.api.Test;

/**
 * Valid and spoiled bundles with their verdicts, one JSON object a line in {@code
 * target/bundles.jsonl}, for the verifiers in other languages: {@code bundle} the text, {@code
 * checkpoint} the trusted hash, {@code holds}, {@code claim} when it does, {@code answer} the step
 * that fails, or {@code unreadable}. {@code -Dmnemogrid.bundles=N} writes N of them.
 */
class BundleCorpusTest {
  private static final int COUNT = Integer.getInteger("mnemogrid.bundles", 4_000);
  private static final int SPOILED_OF_EACH = 40;

  @Test
  void writesTheCorpus() throws IOException {
    Path file = Path.of("target/bundles.jsonl");
    Files.createDirectories(file.toAbsolutePath().getParent());
    int written = 0;
    int held = 0;
    Map<BundleVerifier.Step, Integer> steps = new EnumMap<>(BundleVerifier.Step.class);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (long seed = 1; written < COUNT; seed++) {
        ProvableWorld world = ProvableWorld.of(seed);
        for (int i = 0; i < 10; i++) {
          String bundle = RandomClaims.bundle(world);
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
    }
    assertThat(held).isGreaterThan(written / 2 / SPOILED_OF_EACH);
    assertThat(steps.keySet()).containsExactly(BundleVerifier.Step.values());
  }

  /** The bundle itself, some of its spoiled forms, some spoiled twice, some spoiled as text. */
  private static List<String> some(ProvableWorld world, String bundle) {
    List<String> texts = new ArrayList<>(List.of(bundle));
    List<String> spoiled = SpoiledBundles.of(bundle);
    for (int i = 0; i < SPOILED_OF_EACH; i++) {
      String text = world.pick(spoiled);
      if (world.chance(20)) {
        text = world.pick(SpoiledBundles.of(text));
      } else if (world.chance(20)) {
        text = RandomClaims.flipped(world, bundle);
      }
      texts.add(text);
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
