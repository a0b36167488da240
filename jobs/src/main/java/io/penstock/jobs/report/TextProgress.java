package io.penstock.jobs.report;

import io.penstock.core.PenstockException;
import io.penstock.core.SecretText;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Progress for people: one line a stage, with what it did and how long it took. */
final class TextProgress implements Progress {
    private final PrintStream out;
    private final boolean terminal;
    private final long started = System.nanoTime();

    TextProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void heading(String text) {
        clear();
        tell(bold(text));
    }

    @Override
    public void working(String what) {
        if (terminal) {
            clear();
            out.print("  … " + SecretText.masked(what));
            out.flush();
        }
    }

    @Override
    public void done(String what, String detail, double seconds) {
        line("✓", what, detail, seconds);
    }

    @Override
    public void unchanged(String what, String detail) {
        clear();
        tell(String.format(Locale.ROOT, "  = %-28s %s", what, detail));
    }

    @Override
    public void refused(String what, String detail) {
        clear();
        tell(String.format(Locale.ROOT, "  ✗ %-28s %s", what, detail));
    }

    @Override
    public void warning(String text) {
        clear();
        tell("  ! " + text);
    }

    @Override
    public void note(String text) {
        clear();
        tell("    " + text);
    }

    @Override
    public void failed(PenstockException error) {
        clear();
        out.println();
        tell("  ✗ " + error.code() + " " + error.what());
        List<String> where = error.where().strip().lines().toList();
        if (where.size() == 1) {
            tell("    where: " + where.get(0));
        } else if (where.size() > 1) {
            tell("    where:");
            tell("      " + where.get(0));
            where.stream().skip(1).forEach(line -> tell("    " + line));
        }
        tell("    what to do: " + error.remedy());
    }

    @Override
    public double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    private void line(String mark, String what, String detail, double seconds) {
        clear();
        tell(String.format(Locale.ROOT, "  %s %-28s %-58s %6.1f s", mark, what, detail, seconds));
    }

    private void tell(String line) {
        out.println(SecretText.masked(line));
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
