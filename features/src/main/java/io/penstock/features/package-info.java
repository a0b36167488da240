/**
 * Feature views, windows, the point-in-time join, training sets and scoring inputs. Everything here maps frames to frames:
 * bronze change logs in, tables with one row per question out. Nothing here reads or writes storage, trains or scores.
 */
package io.penstock.features;
