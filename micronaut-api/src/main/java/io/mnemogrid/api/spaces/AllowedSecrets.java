package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.mnemogrid.GridConfig.Trail.Recorded;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Trail;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.policy.Right;
import io.mnemogrid.secret.SecretRule;
import jakarta.inject.Singleton;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The header by which an operator lets the secrets of some rules pass in one request. Who does that
 * is recorded, so where nothing is recorded nobody does it.
 */
@Singleton
final class AllowedSecrets {
  private static final String HEADER = "Mnemogrid-Allow-Secret";

  private final Trail trail;

  AllowedSecrets(Mnemogrid grid) {
    this.trail = grid.trail().orElseThrow();
  }

  /** The rules whose secrets the request may hold; none without the header. */
  Set<SecretRule> of(HttpRequest<?> request) {
    List<String> lines = request.getHeaders().getAll(HEADER);
    Set<SecretRule> rules = EnumSet.noneOf(SecretRule.class);
    if (lines.isEmpty()) {
      return rules;
    }
    if (!Access.of(request).has(Right.OPERATE)) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.FORBIDDEN,
              "not-allowed",
              "the header " + HEADER + " is for operators",
              "send the request without it: keep the secret elsewhere, or have it cut out with"
                  + " Prefer: redact"));
    }
    if (trail.recorded() == Recorded.NONE) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.FORBIDDEN,
              "trail-off",
              "secrets pass only where the audit trail says who let them pass, and there is none",
              "start the members with MNEMOGRID_TRAIL=changes"));
    }
    for (String line : lines) {
      for (String name : line.split(",", -1)) {
        rules.add(
            SecretRule.named(name.strip())
                .orElseThrow(() ->
                    new ProblemException(
                        Problem.badRequest(
                            "the header " + HEADER + " names rules with commas between",
                            "docs/security.md lists the rules; the refusal of a secret has its own"
                                + " as rule"))));
      }
    }
    return rules;
  }
}
