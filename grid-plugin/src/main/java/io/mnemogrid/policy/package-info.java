/**
 * Who may do what: keys, their roles, the names they are granted, and the policy of a space, one
 * pure function.
 */
@NullMarked
package io.mnemogrid.policy;

import org.jspecify.annotations.NullMarked;
