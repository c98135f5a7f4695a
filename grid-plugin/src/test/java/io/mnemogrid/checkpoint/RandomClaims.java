package io.mnemogrid.checkpoint;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;

/** Claims about a world, picked at random, as bundles. */
final class RandomClaims {
  private RandomClaims() {}

  /** A bundle of a random kind, at a random checkpoint. */
  static String bundle(ProvableWorld world) {
    while (true) {
      SpaceName space = world.pick(List.copyOf(world.versions.keySet()));
      long checkpoint = world.chance(50) ? 0 : 1 + world.random.nextInt(world.checkpoints.size());
      long head = world.head(space);
      long version = world.chance(40) || head == 0 ? 0 : 1 + world.random.nextLong(head);
      Prover prover = world.prover();
      Prover.Answer answer =
          switch (world.random.nextInt(6)) {
            case 0 -> prover.proveUpdate(space, version, checkpoint);
            case 1 ->
                prover.proveConsistency(space, Math.max(1, version), world.chance(50) ? 0 : head);
            default ->
                prover.proveFact(
                    space,
                    path(world, world.at(space, version == 0 ? head : version)),
                    version,
                    checkpoint);
          };
      if (answer instanceof Prover.Answer.Made made) {
        return made.bundle();
      }
    }
  }

  /** A bundle of an update whose author signed, where this world has one that is soon found. */
  static String signedUpdate(ProvableWorld world) {
    for (int tries = 0; tries < 50; tries++) {
      SpaceName space = world.pick(List.copyOf(world.versions.keySet()));
      long head = world.head(space);
      if (head > 0
          && world.prover().proveUpdate(space, 1 + world.random.nextLong(head), 0)
              instanceof Prover.Answer.Made made
          && made.bundle().contains("\"author\":{")) {
        return made.bundle();
      }
    }
    return bundle(world);
  }

  /** A bundle of a fact at the version that a random checkpoint holds, or the newest does. */
  static String factAtHead(ProvableWorld world) {
    while (true) {
      SpaceName space = world.pick(List.copyOf(world.versions.keySet()));
      long checkpoint = world.chance(50) ? 0 : 1 + world.random.nextInt(world.checkpoints.size());
      Pointer path = path(world, world.at(space, world.head(space)));
      if (world.prover().proveFact(space, path, 0, checkpoint) instanceof Prover.Answer.Made made) {
        return made.bundle();
      }
    }
  }

  /** A path that stands, one into an array, or any. */
  private static Pointer path(ProvableWorld world, Snapshot at) {
    List<Pointer> standing = new ArrayList<>();
    at.state()
        .trie()
        .forEach(cell -> {
          standing.add(cell.path());
          if (at.state().value(cell.path()) instanceof Json.Arr) {
            standing.add(cell.path().child("0"));
            standing.add(cell.path().child("0").child("a"));
            standing.add(cell.path().child("1"));
            standing.add(cell.path().child("-"));
            standing.add(cell.path().child("00"));
          } else {
            standing.add(cell.path().child("below"));
          }
        });
    return standing.isEmpty() || world.chance(30) ? world.path(4) : world.pick(standing);
  }

  /** The text with one character outside hints changed. */
  static String flipped(ProvableWorld world, String text) {
    int hints = text.indexOf("\"hints\":");
    int hintsEnd = hints < 0 ? 0 : text.indexOf("},\"kind\"", hints);
    while (true) {
      int at = world.random.nextInt(text.length());
      char c = (char) (text.charAt(at) ^ 1 << world.random.nextInt(7));
      if ((at < hints || at > hintsEnd) && !Character.isSurrogate(text.charAt(at))) {
        String flipped = text.substring(0, at) + c + text.substring(at + 1);
        if (!Json.hasLoneSurrogate(flipped)) {
          return flipped;
        }
      }
    }
  }
}
