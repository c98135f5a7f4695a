/** A running member: what it is made of, how the parts are wired, requests between members. */
@NullMarked
package io.mnemogrid.member;

import org.jspecify.annotations.NullMarked;
