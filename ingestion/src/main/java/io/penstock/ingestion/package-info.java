/**
 * Ingestion turns landed files into rows of bronze and quarantine. It writes no table and judges no unit. Its packages, each
 * using only those before it: {@code contract}, {@code landing}, {@code format} and {@code versions}, {@code repair}, {@code
 * take} and {@code read}. {@code suggest} uses {@code format}.
 */
package io.penstock.ingestion;
