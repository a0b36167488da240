package io.penstock.tests.faults;

import java.util.List;

/** A place where storage can fail: an operation on a kind of file, see {@link Places}. */
public record Point(Operation operation, String place) implements Comparable<Point> {
    public enum Operation {
        OPEN(Mode.BEFORE, Mode.AFTER),
        /** From the creation of a file to its being closed. */
        WRITE(Mode.BEFORE, Mode.AFTER, Mode.HALF, Mode.EMPTY),
        RENAME(Mode.BEFORE, Mode.AFTER, Mode.LOST),
        DELETE(Mode.BEFORE, Mode.AFTER, Mode.LOST),
        MKDIRS(Mode.BEFORE, Mode.AFTER),
        LIST(Mode.BEFORE);

        private final List<Mode> modes;

        Operation(Mode... modes) {
            this.modes = List.of(modes);
        }

        public List<Mode> modes() {
            return modes;
        }
    }

    /** How an operation fails. */
    public enum Mode {
        /** Not done, and told as failed. */
        BEFORE,
        /** Done, and told as failed; of an open file, the reading fails. */
        AFTER,
        /** Half of the bytes are there, and it is told as failed. */
        HALF,
        /** A file of 0 bytes is there, and it is told as failed. */
        EMPTY,
        /** Told as done, and it is not: a renamed file is nowhere, a deleted one still there. */
        LOST
    }

    static Point parse(String text) {
        int blank = text.indexOf(' ');
        return new Point(Operation.valueOf(text.substring(0, blank)), text.substring(blank + 1));
    }

    @Override
    public int compareTo(Point other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return operation + " " + place;
    }
}
