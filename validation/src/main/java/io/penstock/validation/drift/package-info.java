/** A unit against the units before it: shift of scores, share of missing values, number of rows and files. Plain numbers in. */
package io.penstock.validation.drift;
