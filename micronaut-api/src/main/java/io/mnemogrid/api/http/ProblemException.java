package io.mnemogrid.api.http;

/** Ends the handling of a request with a {@link Problem}. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient Problem problem;

  /** Ends the request with that problem. */
  public ProblemException(Problem problem) {
    super(problem.detail(), null, false, false); // it becomes an answer, and nobody reads its stack
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
