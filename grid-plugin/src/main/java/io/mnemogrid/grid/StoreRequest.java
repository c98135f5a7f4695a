package io.mnemogrid.grid;

import java.io.Serializable;

/**
 * What one member asks of another that has a store, and the type of its answer. A request is
 * answered by a part of the member that is asked, which the request finds by its type.
 */
public interface StoreRequest<A extends Serializable> extends Serializable {
  /**
   * The answer of a member with these parts; may block.
   *
   * @throws IllegalStateException where the part is missing, so that another member is asked
   */
  A answer(Answering parts);
}
