package io.mnemogrid.job;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.Traverser;
import com.hazelcast.jet.Traversers;
import com.hazelcast.jet.core.AbstractProcessor;
import com.hazelcast.jet.core.DAG;
import com.hazelcast.jet.core.Processor;
import com.hazelcast.jet.core.ProcessorMetaSupplier;
import com.hazelcast.jet.core.ProcessorSupplier;
import com.hazelcast.jet.core.Vertex;
import io.mnemogrid.audit.AuditState;
import io.mnemogrid.audit.Finding;
import io.mnemogrid.audit.Page;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps that the two jobs are made of. A step travels to the members as its name, never as
 * code: members deserialize no lambda and no connector of Jet, so a job that a stranger makes of
 * those is refused (decision 025).
 */
enum Step implements ProcessorMetaSupplier {
  /** The audit's source, at one member. */
  READ_LOG(true, instance -> new ReadLog(new LogTail(AuditParts.of(instance)))),
  /** Follows the records of spaces, each space at one place of the grid. */
  RECOMPUTE(false, _ -> new Recompute()),
  /** The audit's sink, at every member. */
  PUBLISH(false, instance -> new Publish(AuditParts.of(instance))),
  /** The full audit's source, at one member. */
  LIST_SPACES(true, ListSpaces::new),
  /** Audits spaces one after the other, at every member. */
  AUDIT_SPACE(false, instance -> new AuditSpace(AuditWorker.open(instance)));

  private final boolean single;
  private final transient Function<HazelcastInstance, Processor> processor;

  Step(boolean single, Function<HazelcastInstance, Processor> processor) {
    this.single = single;
    this.processor = processor;
  }

  /**
   * Adds the step to a job, {@code parallel} times at each member; a negative number is Jet's
   * default.
   */
  Vertex in(DAG dag, int parallel) {
    return dag.newVertex(name(), this).localParallelism(parallel);
  }

  @Override
  public Function<? super Address, ? extends ProcessorSupplier> get(List<Address> addresses) {
    Address one = addresses.getFirst();
    return address -> new AtMember(this, !single || address.equals(one));
  }

  @Override
  public boolean closeIsCooperative() {
    return true;
  }

  @Override
  public boolean initIsCooperative() {
    return true;
  }

  /** The step at one member. */
  private static final class AtMember implements ProcessorSupplier {
    private static final long serialVersionUID = 1;
    private final Step step;
    private final boolean works;
    private transient @Nullable HazelcastInstance instance;

    AtMember(Step step, boolean works) {
      this.step = step;
      this.works = works;
    }

    @Override
    public void init(Context context) {
      instance = context.hazelcastInstance();
    }

    @Override
    public Collection<? extends Processor> get(int count) {
      HazelcastInstance here = java.util.Objects.requireNonNull(instance);
      return Stream.generate(() -> works ? step.processor.apply(here) : new Idle())
          .limit(count)
          .toList();
    }
  }

  /** Takes the place of a source at the members that do not run it. */
  private static final class Idle extends AbstractProcessor {}

  /** A step that blocks in the store, so it has a thread of its own. */
  private abstract static class Blocking extends AbstractProcessor {
    @Override
    public boolean isCooperative() {
      return false;
    }
  }

  private static final class ReadLog extends Blocking {
    private final LogTail tail;
    private final ArrayDeque<Page> read = new ArrayDeque<>();
    private final Traverser<Page> pages = read::poll;

    ReadLog(LogTail tail) {
      this.tail = tail;
    }

    @Override
    public boolean complete() {
      if (emitFromTraverser(pages) && read.isEmpty()) {
        tail.fill(read::add);
        emitFromTraverser(pages);
      }
      return false;
    }
  }

  private static final class Recompute extends AbstractProcessor {
    private final Map<String, AuditState> states = new HashMap<>();
    private final FlatMapper<Page, Finding> follow =
        flatMapper(page -> Traversers.traverseIterable(follow(page)));

    private List<Finding> follow(Page page) {
      if (page.last()) {
        states.remove(page.space());
        return List.of();
      }
      return states.computeIfAbsent(page.space(), _ -> new AuditState()).follow(page);
    }

    @Override
    protected boolean tryProcess0(Object page) {
      return follow.tryProcess((Page) page);
    }
  }

  private static final class Publish extends Blocking {
    private final HeadPublisher publisher;
    private final AuditProgress progress;

    Publish(AuditParts parts) {
      publisher = new HeadPublisher(parts);
      progress = parts.progress();
    }

    @Override
    protected void init(Context context) {
      progress.began();
    }

    @Override
    protected boolean tryProcess0(Object finding) {
      return publisher.publish((Finding) finding);
    }

    @Override
    public void close() {
      progress.ended();
    }
  }

  private static final class ListSpaces extends Blocking {
    private final HazelcastInstance instance;
    private @Nullable Traverser<String> spaces;

    ListSpaces(HazelcastInstance instance) {
      this.instance = instance;
    }

    @Override
    public boolean complete() {
      Traverser<String> left = spaces;
      if (left == null) {
        left = Traversers.traverseIterable(FullAudit.unfinished(instance));
        spaces = left;
      }
      return emitFromTraverser(left);
    }
  }

  private static final class AuditSpace extends Blocking {
    private final AuditWorker worker;

    AuditSpace(AuditWorker worker) {
      this.worker = worker;
    }

    @Override
    protected boolean tryProcess0(Object space) {
      worker.audit((String) space);
      return true;
    }

    @Override
    public void close() {
      worker.close();
    }
  }
}
