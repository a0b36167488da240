/**
 * Tracking and registry on an MLflow 3 server, and the control of a local one. Every call has a deadline; a server that is
 * down, slow or wrong ends as {@code PEN-ML-013}, never as a hang.
 */
package io.penstock.training.mlflow;
