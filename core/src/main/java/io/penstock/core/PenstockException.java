package io.penstock.core;

/**
 * A failure a user can act on: a code, what went wrong, where, the value that was met, and what to do next. The exit code
 * says whether a retry can help. Secrets are masked, whoever tells them.
 */
public final class PenstockException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final ExitCode exit;
    private final String what;
    private final String where;
    private final String remedy;

    public PenstockException(String code, ExitCode exit, String what, String where, String remedy, Throwable cause) {
        super(
                SecretText.masked(code + " " + what + (where.isEmpty() ? "" : " [" + where + "]") + ". " + remedy),
                cause);
        this.code = code;
        this.exit = exit;
        this.what = SecretText.masked(what);
        this.where = SecretText.masked(where);
        this.remedy = SecretText.masked(remedy);
    }

    public PenstockException(String code, ExitCode exit, String what, String where, String remedy) {
        this(code, exit, what, where, remedy, null);
    }

    public static PenstockException configuration(String code, String what, String where, String remedy) {
        return new PenstockException(code, ExitCode.CONFIGURATION, what, where, remedy);
    }

    public static PenstockException refused(String code, String what, String where, String remedy) {
        return new PenstockException(code, ExitCode.REFUSED, what, where, remedy);
    }

    public static PenstockException retry(String code, String what, String where, String remedy, Throwable cause) {
        return new PenstockException(code, ExitCode.RETRY, what, where, remedy, cause);
    }

    public static PenstockException internal(String code, String what, String where, String remedy) {
        return new PenstockException(code, ExitCode.INTERNAL, what, where, remedy);
    }

    public static PenstockException busy(String what, String where) {
        return new PenstockException(
                "PEN-RUN-050", ExitCode.BUSY, what, where, "Wait for the other run to finish, then run again");
    }

    public String code() {
        return code;
    }

    public ExitCode exit() {
        return exit;
    }

    public String what() {
        return what;
    }

    public String where() {
        return where;
    }

    public String remedy() {
        return remedy;
    }
}
