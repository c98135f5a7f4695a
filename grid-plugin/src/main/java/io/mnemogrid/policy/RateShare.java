package io.mnemogrid.policy;

/**
 * How the members of a grid divide a rate that they grant together.
 *
 * <p>A small part of the rate ({@value #EQUAL}) is divided equally, so that a member where nobody
 * asked yet has something to grant. The rest is divided by what is asked for, granted or not. What
 * one member is asked for counts as the whole rate at most, so a caller that asks a thousand times
 * as often as it may does not starve the other members. Where nobody asks, all is divided equally.
 *
 * <p>Members that count the same divide exactly the rate. Each is asked for no more than its share
 * grants as long as all together are asked for at most {@code 1 - EQUAL} of the rate.
 */
public final class RateShare {
  /** The part of a rate that all members have equal shares of. */
  public static final double EQUAL = 0.03;

  private RateShare() {}

  /**
   * The share of one member, above 0 and at most 1.
   *
   * @param own what it is asked for, as a part of the whole rate
   * @param others what the other members are asked for, each as a part of the rate and at most 1,
   *     together
   * @param members how many there are, itself included; at least 1
   */
  public static double of(double own, double others, int members) {
    double mine = Math.clamp(own, 0, 1);
    double all = mine + Math.max(0, others);
    double equal = 1.0 / members;
    return members == 1 ? 1 : all <= 0 ? equal : EQUAL * equal + (1 - EQUAL) * mine / all;
  }
}
