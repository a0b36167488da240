/**
 * Faults for whatever a stage does to its storage and its wires, and the accounts that tell whether a row was lost.
 *
 * <ul>
 *   <li>{@link io.penstock.tests.faults.Faults}: storage that fails. A process whose settings hold {@code
 *       Faults.settings()} reads and writes {@code fault:/…} as it would {@code file:/…}; every operation of Spark, Delta,
 *       Delta Kernel and Penstock passes there, is noted by {@link io.penstock.tests.faults.Point} (which operation, on what
 *       kind of file) and can be made to fail at one of them.
 *   <li>{@link io.penstock.tests.faults.FaultDriver}: a driver in a process of its own that stays up, runs stages with or
 *       without a fault, and says what the warehouse holds afterwards.
 *   <li>{@link io.penstock.tests.faults.RowAccount}: every generated row is in bronze, in quarantine, refused, or a declared
 *       duplicate, once.
 *   <li>{@code SmallDisk}: a disk that runs full. {@code Workbench}: the small pipeline through the command line, as the
 *       catalogue's tests use it.
 *   <li>{@link io.penstock.tests.faults.FaultProxy}: a wire that fails.
 * </ul>
 *
 * <p>For another stage: lay out a work folder in which everything before the stage is done, run the stage undisturbed on a
 * copy with {@code FaultDriver.run(task)}, whose {@code End.points()} are the stage's points; then on a fresh copy each time
 * {@code run(task, fault)} in one driver and {@code run(task)} in another, and compare {@code state(task)} with that of the
 * undisturbed run. {@code StorageFaultsTest} does so for ingestion; {@code KillsTest} does it with {@code kill()}.
 */
package io.penstock.tests.faults;
