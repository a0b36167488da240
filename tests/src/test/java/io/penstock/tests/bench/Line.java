package io.penstock.tests.bench;

import java.util.Locale;

/** What a comparison is told as. */
record Line(
        String name,
        Goal goal,
        double ratio,
        double least,
        double most,
        double wallRatio,
        Cost ours,
        Cost peers,
        String equal,
        Scale scale) {
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%-58s | %5.2f × (%.2f–%.2f) %s CPU | wall %.2f | target %s%s | %s | %.1f and %.1f CPU-s, %.1f and %.1f s | scale %s, %d pairs",
                name,
                ratio,
                least,
                most,
                goal.direction(),
                wallRatio,
                goal.text(),
                goal.met(ratio),
                equal,
                ours.cpuSeconds(),
                peers.cpuSeconds(),
                ours.wallSeconds(),
                peers.wallSeconds(),
                scale.factor(),
                scale.pairs());
    }
}
