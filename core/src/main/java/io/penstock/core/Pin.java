package io.penstock.core;

/** An exact, immutable thing a stage read or wrote. */
public sealed interface Pin {
    /** A landed file. {@code path} is relative to the landing root of its source when it lies below it. */
    record FilePin(String source, String path, long bytes, String sha256) implements Pin {}

    /**
     * A Delta table at a version; {@code table} is {@code layer/name}; {@code rows} those of the manifest's unit.
     *
     * @param environment whose table it is, when it is another's than the manifest's; else absent
     */
    record TablePin(String table, long version, long rows, String environment) implements Pin {
        public TablePin(String table, long version, long rows) {
            this(table, version, rows, null);
        }

        /** The same table, as one of another environment. */
        public TablePin of(String other) {
            return new TablePin(table, version, rows, other);
        }
    }

    /** A registered model at a version. */
    record ModelPin(String name, String version, String sha256) implements Pin {}
}
