package io.mnemogrid.job;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.Job;
import com.hazelcast.jet.Traversers;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.core.JobStatus;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.SinkBuilder;
import com.hazelcast.jet.pipeline.SourceBuilder;
import com.hazelcast.jet.pipeline.StreamSource;

/**
 * The hash-and-replay job, one for the grid: log → records checked, document rebuilt, roots
 * recomputed, a space at a time → heads ready for a checkpoint, and the map completed.
 *
 * <p>It keeps nothing in Jet: what it published stands in the store and is where it goes on, so the
 * death of any member, or of all, costs reading a few records again.
 */
public final class AuditJob {
  /** The job's name in Jet. */
  public static final String NAME = "mnemogrid-audit";

  private AuditJob() {}

  /** Submits the job unless it runs already. Any member may call this at any time. */
  public static Job ensure(HazelcastInstance instance) {
    return instance
        .getJet()
        .newJobIfAbsent(
            pipeline(),
            new JobConfig()
                .setName(NAME)
                .setProcessingGuarantee(ProcessingGuarantee.NONE)
                .setAutoScaling(true));
  }

  /** The state of the job, or null when it was never submitted. */
  public static @org.jspecify.annotations.Nullable JobStatus status(HazelcastInstance instance) {
    Job job = instance.getJet().getJob(NAME);
    return job == null ? null : job.getStatus();
  }

  static Pipeline pipeline() {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .readFrom(source())
        .withoutTimestamps()
        .groupingKey(Page::space)
        .<AuditState, Finding>flatMapStateful(
            AuditState::new, (state, _, page) -> Traversers.traverseIterable(state.follow(page)))
        .setName("recompute roots")
        .writeTo(sink());
    return pipeline;
  }

  private static StreamSource<Page> source() {
    return SourceBuilder.stream(
            "read log", context -> new LogTail(AuditParts.of(context.hazelcastInstance())))
        .<Page>fillBufferFn(LogTail::fill)
        .build();
  }

  private static Sink<Finding> sink() {
    return SinkBuilder.sinkBuilder(
            "publish heads",
            context -> new HeadPublisher(AuditParts.of(context.hazelcastInstance())))
        .<Finding>receiveFn(HeadPublisher::publish)
        .build();
  }
}
