package io.mnemogrid.job;

import com.hazelcast.function.FunctionEx;
import com.hazelcast.jet.core.Partitioner;
import io.mnemogrid.audit.Page;

/** Sends all pages of a space to one place. */
enum BySpace implements FunctionEx<Page, String>, Partitioner<String> {
  INSTANCE;

  @Override
  public String applyEx(Page page) {
    return page.space();
  }

  @Override
  public int getPartition(String space, int partitionCount) {
    return Math.floorMod(space.hashCode(), partitionCount);
  }
}
