package io.penstock.tests.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two sides, taken in turns so that whatever else the machine does meets both. The ratio is the median of the pairs' own;
 * the range is from the least to the greatest.
 */
record Comparison(String name, Side ours, Side peer, Goal goal, Equality equality) {
    Line measured(Scale scale) throws Exception {
        List<Cost> our = new ArrayList<>();
        List<Cost> peers = new ArrayList<>();
        for (int i = 0; i < scale.warmUps() + scale.pairs(); i++) {
            Cost one = ours.work().run();
            Cost other = peer.work().run();
            if (i >= scale.warmUps()) {
                our.add(one);
                peers.add(other);
            }
        }
        String equal = equality.of(ours.output().get(), peer.output().get());
        double[] cpu = new double[our.size()];
        double[] wall = new double[our.size()];
        for (int i = 0; i < cpu.length; i++) {
            cpu[i] = goal.ratio(our.get(i).cpuSeconds(), peers.get(i).cpuSeconds());
            wall[i] = goal.ratio(our.get(i).wallSeconds(), peers.get(i).wallSeconds());
        }
        Arrays.sort(cpu);
        return new Line(
                name,
                goal,
                median(cpu),
                cpu[0],
                cpu[cpu.length - 1],
                median(wall),
                medians(our),
                medians(peers),
                equal,
                scale);
    }

    private static Cost medians(List<Cost> costs) {
        return new Cost(
                median(costs.stream().mapToDouble(Cost::cpuSeconds).toArray()),
                median(costs.stream().mapToDouble(Cost::wallSeconds).toArray()));
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
