package io.penstock.tests.bench;

import io.penstock.tests.e2e.Waiting;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The most heap that is held while something is done: what is left by collections that are forced all along. */
final class LiveHeap {
    private static final double MIB = 1 << 20;
    private static final long PAUSE_MS = 200;

    private LiveHeap() {}

    /** MiB above what was held before. */
    static double grownBy(Cost.Task task) throws Exception {
        long before = held();
        AtomicLong most = new AtomicLong(before);
        AtomicBoolean isRunning = new AtomicBoolean(true);
        Thread sampler = new Thread(() -> {
            while (isRunning.get()) {
                most.accumulateAndGet(held(), Math::max);
                Waiting.whileOthersWork(PAUSE_MS);
            }
        });
        sampler.start();
        try {
            task.run();
            most.accumulateAndGet(held(), Math::max);
        } finally {
            isRunning.set(false);
            sampler.join();
        }
        return (most.get() - before) / MIB;
    }

    private static long held() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
