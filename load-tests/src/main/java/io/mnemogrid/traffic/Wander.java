package io.mnemogrid.traffic;

import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Random;

/**
 * Where an agent goes next. A few spaces are everybody's: half of all that is done is done there,
 * so agents meet and conflict. The other half is spread over all spaces, so members that do not
 * hold all of them load and evict.
 */
final class Wander {
  /** The first spaces of a list are everybody's. */
  public static final int BUSY = 3;

  private Wander() {}

  /** The next space of an agent whose choices follow from a seed. */
  static SpaceName next(List<SpaceName> spaces, Random random) {
    return spaces.get(next(spaces.size(), random));
  }

  /** The place of the next space among so many. */
  static int next(int spaces, Random random) {
    int among = spaces > BUSY && random.nextBoolean() ? BUSY : spaces;
    return random.nextInt(among);
  }

  /** Whether a space is everybody's, so that its log is long. */
  static boolean isBusy(List<SpaceName> spaces, SpaceName space) {
    return spaces.indexOf(space) < BUSY;
  }

  /** The space of an agent that goes round. */
  static SpaceName at(List<SpaceName> spaces, int step) {
    if (spaces.size() <= BUSY) {
      return spaces.get(step % spaces.size());
    }
    return spaces.get(step / 2 % (step % 2 == 0 ? BUSY : spaces.size()));
  }
}
