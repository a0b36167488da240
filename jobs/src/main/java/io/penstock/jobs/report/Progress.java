package io.penstock.jobs.report;

import java.io.PrintStream;
import java.util.Locale;

/** Progress for people, on standard error: one line a stage, with what it did and how long it took. */
public final class Progress {
    private final PrintStream out;
    private final boolean terminal;
    private final long started = System.nanoTime();

    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    public static Progress standard() {
        return new Progress(System.err, System.console() != null);
    }

    /** Text of a heading such as a unit or a step of the demo. */
    public void heading(String text) {
        clear();
        out.println(bold(text));
    }

    /** Shown while a stage runs; on a terminal it is overwritten by what follows. */
    public void working(String what) {
        if (terminal) {
            clear();
            out.print("  … " + what);
            out.flush();
        }
    }

    public void done(String what, String detail, double seconds) {
        line("✓", what, detail, seconds);
    }

    public void unchanged(String what, String detail) {
        clear();
        out.println(String.format(Locale.ROOT, "  = %-28s %s", what, detail));
    }

    public void refused(String what, String detail) {
        clear();
        out.println(String.format(Locale.ROOT, "  ✗ %-28s %s", what, detail));
    }

    public void warning(String text) {
        clear();
        out.println("  ! " + text);
    }

    public void note(String text) {
        clear();
        out.println("    " + text);
    }

    public double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    private void line(String mark, String what, String detail, double seconds) {
        clear();
        out.println(String.format(Locale.ROOT, "  %s %-28s %-58s %6.1f s", mark, what, detail, seconds));
    }

    private void clear() {
        if (terminal) {
            out.print("\r\033[K");
        }
    }

    private String bold(String text) {
        return terminal ? "\033[1m" + text + "\033[0m" : text;
    }
}
