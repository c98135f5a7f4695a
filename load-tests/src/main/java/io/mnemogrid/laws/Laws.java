package io.mnemogrid.laws;

import io.mnemogrid.memory.Collective;
import io.mnemogrid.memory.StateJoin;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * The laws of collective memory over random schedules (docs/collective.md): replicas that have the
 * same notes are equal and as the {@link Oracle} says; joining states is commutative, associative
 * and idempotent, absorbs what it has, loses nothing but what was forgotten.
 */
public final class Laws {
  private static final int LEAST_STEPS = 20;
  private static final int MORE_STEPS = 60;

  /**
   * How many schedules broke a law.
   *
   * @param twin whose join it was
   * @param notes in all schedules
   * @param voids of them
   * @param differ schedules at whose end two replicas differed
   * @param unlike unlike the oracle
   * @param lost registers that an author who had seen the value wrote in vain
   */
  public record Row(
      String twin,
      long schedules,
      long notes,
      long voids,
      long memories,
      long differ,
      long unlike,
      long commutative,
      long associative,
      long idempotent,
      long absorbing,
      long growing,
      long lost) {
    /** Violations in all. */
    public long broken() {
      return differ + unlike + commutative + associative + idempotent + absorbing + growing + lost;
    }

    Row plus(Row other) {
      return new Row(
          twin,
          schedules + other.schedules,
          notes + other.notes,
          voids + other.voids,
          memories + other.memories,
          differ + other.differ,
          unlike + other.unlike,
          commutative + other.commutative,
          associative + other.associative,
          idempotent + other.idempotent,
          absorbing + other.absorbing,
          growing + other.growing,
          lost + other.lost);
    }

    /** What a table has above the rows. */
    public static String head() {
      return String.format(
          Locale.ROOT,
          "%-22s %9s %10s %8s %9s | %7s %7s %7s %7s %7s %7s %7s %7s",
          "join",
          "schedules",
          "notes",
          "void",
          "memories",
          "differ",
          "oracle",
          "commut.",
          "assoc.",
          "idemp.",
          "absorb.",
          "grow",
          "lost");
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%-22s %,9d %,10d %,8d %,9d | %7d %7d %7d %7d %7d %7d %7d %7d",
          twin,
          schedules,
          notes,
          voids,
          memories,
          differ,
          unlike,
          commutative,
          associative,
          idempotent,
          absorbing,
          growing,
          lost);
    }
  }

  private Laws() {}

  /** Plays seeds with the join of the product, on all processors. */
  public static Row product(long from, long seeds, LongConsumer progress)
      throws InterruptedException {
    return row(Joining.PRODUCT, from, seeds, progress);
  }

  /** Plays seeds with each of the five broken joins. Each row must have a violation. */
  public static List<Row> twins(long from, long seeds) throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    for (Joining twin : Joining.broken()) {
      rows.add(row(twin, from, seeds, _ -> {}));
    }
    return rows;
  }

  /**
   * Schedules of seeds as the other implementation reads them, each with the roots that the
   * replicas have at its end.
   */
  public static List<Played> played(long from, long seeds) {
    return LongStream.range(from, from + seeds).parallel().mapToObj(Laws::played).toList();
  }

  private static Played played(long seed) {
    Schedule schedule = schedule(seed, Joining.PRODUCT);
    schedule.settle();
    List<String> roots = new ArrayList<>();
    for (int i = 0; i < schedule.writers(); i++) {
      roots.add(schedule.at(i).root().toString());
    }
    return new Played(schedule.toJson().canonical(), roots);
  }

  /** A schedule as a line of JSON, and the roots at its end. */
  public record Played(String line, List<String> roots) {
    public Played {
      roots = List.copyOf(roots);
    }
  }

  private static Schedule schedule(long seed, Joining twin) {
    Schedule schedule = new Schedule(seed, twin, seed % 4 != 0);
    schedule.play(LEAST_STEPS + (int) (seed % MORE_STEPS));
    return schedule;
  }

  static Row row(Joining twin, long from, long seeds, LongConsumer progress)
      throws InterruptedException {
    int threads = Runtime.getRuntime().availableProcessors();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<Row>> parts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int part = i;
        parts.add(() -> {
          Row row = new Row(twin.title(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
          for (long seed = from + part; seed < from + seeds; seed += threads) {
            row = row.plus(judge(twin, seed));
            progress.accept(1);
          }
          return row;
        });
      }
      Row all = new Row(twin.title(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      for (Future<Row> part : pool.invokeAll(parts)) {
        all = all.plus(part.get());
      }
      return all;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a schedule could not be played", e.getCause());
    }
  }

  private static Row judge(Joining twin, long seed) {
    Schedule schedule = schedule(seed, twin);
    State a = schedule.at(0);
    State b = schedule.at(1);
    State c = schedule.at(schedule.writers() - 1);
    State ab = twin.join(a, b);
    String shown = twin.shown(ab);
    boolean commutes = shown.equals(twin.shown(twin.join(b, a)));
    boolean associates =
        twin.shown(twin.join(a, twin.join(b, c))).equals(twin.shown(twin.join(ab, c)));
    boolean idempotent =
        twin.shown(twin.join(a, a)).equals(twin.shown(a))
            && (twin != Joining.PRODUCT || StateJoin.changes(a, a).count() == 0);
    boolean absorbs = twin.shown(twin.join(a, ab)).equals(shown);
    boolean grows =
        seed % 4 != 0 || count(ab) >= Math.max(count(a), count(b)); // those seeds forget nothing
    schedule.settle();
    String first = twin.shown(schedule.at(0));
    boolean equal = true;
    for (int i = 1; i < schedule.writers(); i++) {
      equal &= twin.shown(schedule.at(i)).equals(first);
    }
    Json.Obj oracle = Oracle.document(Collective.first(schedule.collective()), schedule.sent());
    boolean right = first.equals(twin.shown(Documents.state(oracle)));
    long voids = schedule.sent().stream().filter(each -> each.code() != null).count();
    return new Row(
        twin.title(),
        1,
        schedule.sent().size(),
        voids,
        count(schedule.at(0)),
        equal ? 0 : 1,
        right ? 0 : 1,
        commutes ? 0 : 1,
        associates ? 0 : 1,
        idempotent ? 0 : 1,
        absorbs ? 0 : 1,
        grows ? 0 : 1,
        schedule.lost());
  }

  private static int count(State state) {
    return Documents.members(state.document(), "m").size();
  }
}
