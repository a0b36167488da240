package io.penstock.tests.bench;

import java.util.Locale;

/** Which way a ratio of CPU seconds is taken, and how far it should go. Never asserted: machines differ. */
record Goal(boolean peerOverOurs, double bound, String text) {
    /** Penstock takes this many times less than the peer, or more. */
    static Goal timesLess(double least) {
        return new Goal(true, least, String.format(Locale.ROOT, "≥ %.2f", least));
    }

    /** Penstock takes at most this many times what the peer takes. */
    static Goal timesThePeer(double most) {
        return new Goal(false, most, String.format(Locale.ROOT, "≤ %.2f", most));
    }

    /** For information. */
    static Goal none(boolean peerOverOurs) {
        return new Goal(peerOverOurs, Double.NaN, "none");
    }

    double ratio(double ours, double peers) {
        return peerOverOurs ? peers / ours : ours / peers;
    }

    String met(double ratio) {
        if (Double.isNaN(bound)) {
            return "";
        }
        return (peerOverOurs ? ratio >= bound : ratio <= bound) ? " met" : " MISSED";
    }

    String direction() {
        return peerOverOurs ? "peer/ours" : "ours/peer";
    }
}
