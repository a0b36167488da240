/**
 * What Penstock's stages cost beside the same work done otherwise: profile {@code bench} measures it, one line a comparison;
 * every run of the tests compares the outputs of the same code, at a tiny scale. See docs/benchmarks.md.
 */
package io.penstock.tests.bench;
