package io.penstock.tests.bench;

/**
 * How much is done, how often.
 *
 * @param factor multiplies every size; {@code -Dbench.scale}
 * @param warmUps pairs before those that count
 * @param pairs pairs that count; {@code -Dbench.pairs}
 */
record Scale(double factor, int warmUps, int pairs) {
    private static final int WARM_UPS = 2;

    /** What {@code -Dbench.scale} and {@code -Dbench.pairs} ask for. */
    static Scale asked() {
        return new Scale(
                Double.parseDouble(System.getProperty("bench.scale", "1")),
                WARM_UPS,
                Integer.getInteger("bench.pairs", 5));
    }

    /** Each side once, on as little as still says something about its output. */
    static Scale tiny() {
        return new Scale(0.01, 0, 1);
    }

    int of(int atOne) {
        return (int) Math.max(1, Math.round(atOne * factor));
    }
}
