/**
 * Types and rules of a record: which values a column may have, which columns a file must have, and the reject that says what
 * is wrong. Opens no file and knows no unit.
 */
package io.penstock.ingestion.contract;
