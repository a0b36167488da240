package io.penstock.jobs.report;

import io.penstock.core.PenstockException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What a run says while it works, on standard error: lines for people, or JSON for what collects logs. */
public interface Progress {
    static Progress standard() {
        return new TextProgress(System.err, System.console() != null);
    }

    /** One JSON object a line. */
    static Progress json() {
        return new JsonProgress(System.err);
    }

    static Progress silent() {
        return to(OutputStream.nullOutputStream());
    }

    /** Lines for people, elsewhere. */
    static Progress to(OutputStream out) {
        return new TextProgress(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    }

    /** Text of a heading such as a unit or a step of the demo. */
    void heading(String text);

    /** Shown while a stage runs; on a terminal it is overwritten by what follows. */
    void working(String what);

    void done(String what, String detail, double seconds);

    void unchanged(String what, String detail);

    void refused(String what, String detail);

    void warning(String text);

    void note(String text);

    /** The verb ends with this. */
    void failed(PenstockException error);

    /** Since it was made. */
    double seconds();
}
