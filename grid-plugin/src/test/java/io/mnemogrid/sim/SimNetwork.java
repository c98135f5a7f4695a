package io.mnemogrid.sim;

/**
 * Messages between members: delayed, lost, doubled, out of order, and cut off while the grid is
 * split; what was on its way then is lost or comes after the split.
 */
final class SimNetwork {
  private final World world;
  private long lossyUntil;

  SimNetwork(World world) {
    this.world = world;
  }

  /** For so long messages are lost and doubled. */
  void loseMessages(long span) {
    lossyUntil = world.time.nanos() + span;
  }

  void heal() {
    lossyUntil = 0;
  }

  private boolean isLossy() {
    return world.time.nanos() < lossyUntil;
  }

  /** As {@link #send}, but never twice: a task that a member runs for another. */
  void sendOnce(SimMember from, SimMember to, Runnable what) {
    if (!isLossy() || world.chance(75)) {
      deliver(from, to, to.life(), what, 0);
    }
  }

  /** Brings {@code what} about at another member, maybe twice, maybe never. */
  void send(SimMember from, SimMember to, Runnable what) {
    sendOnce(from, to, what);
    if (isLossy() && world.chance(25)) {
      deliver(from, to, to.life(), what, 20 * Timeline.MILLI);
    }
  }

  private void deliver(SimMember from, SimMember to, int life, Runnable what, long later) {
    world.time.after(
        world.delay() + later,
        () -> {
          if (from.group() == to.group()) {
            to.on(life, what);
          } else if (!world.calm && world.chance(70)) {
            deliver(from, to, life, what, 200 * Timeline.MILLI); // the connection tries again
          }
        });
  }
}
