package io.mnemogrid;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.merge.HeadTag;
import java.time.Duration;

/**
 * A place in the history of a space that moves on: every update after it once, in order, without a
 * gap, as soon as this member shows it. It holds no updates. Those of the recent past are taken
 * from what the member has in memory for all, older ones are read from the log by pages. So a
 * follower that is slow, or never asks, costs nothing but its place.
 *
 * <p>Whoever has a follower asks for more when it has done with what it got. One thread uses it at
 * a time, but for {@link #close}.
 */
public interface Follower extends AutoCloseable {
  /** Most updates that one call answers. */
  int MOST = 500;

  /**
   * Where it stands: the last version that it was asked for and gave. The digits are zeros as long
   * as it stands where it began and only the number of that version is known.
   */
  HeadTag at();

  /**
   * What comes next as far as this member has it in memory; what is answered counts as taken. No
   * I/O, so it may answer {@link Followed.InTheLog}.
   *
   * @param bytes updates are answered until their texts have more than this together; but one
   *     always is, however large
   */
  Followed poll(long bytes);

  /**
   * As {@link #poll}, and reads the log where that is needed: a page of at most {@code most}
   * updates. Never answers {@link Followed.InTheLog}. Blocks.
   *
   * @throws BrokenHistory when the log is damaged where the follower stands; it may be asked again
   * @throws LogUnavailable when the store does not answer; it may be asked again
   */
  Followed read(int most, long bytes);

  /**
   * As {@link #read}, and waits for something new if there is nothing. Blocks.
   *
   * @return {@link Followed.Nothing} when nothing came in that time
   * @throws IllegalStateException when the follower or the member was closed
   * @throws InterruptedException when the thread was interrupted
   */
  Followed await(Duration atMost) throws InterruptedException;

  /**
   * From now on {@code bell} is run whenever there may be something new, by one thread that rings
   * for all followers of this member. It must return at once: else it holds up the others, though
   * never a commit. It replaces the bell from before.
   */
  void onNews(Runnable bell);

  /** Its bell is rung no more, and whoever waits for it waits no more. For any thread. */
  @Override
  void close();
}
