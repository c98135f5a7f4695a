/**
 * What every request says and every answer is made of: parameters, conditions, media types, packed
 * bodies, answers, and refusals as problems of RFC 9457.
 */
@NullMarked
package io.mnemogrid.api.http;

import org.jspecify.annotations.NullMarked;
