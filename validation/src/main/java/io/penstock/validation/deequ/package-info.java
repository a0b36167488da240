/** Deequ's analyzers behind the port {@link io.penstock.core.Measures}; the only package that knows Deequ or its Scala. */
package io.penstock.validation.deequ;
