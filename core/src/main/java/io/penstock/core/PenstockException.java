package io.penstock.core;

/**
 * A failure a user can act on: a code, what went wrong, where, the value that was met, and what to do next. The code
 * says what the process ends with, and whether a retry can help. Secrets are masked, whoever tells them.
 */
public final class PenstockException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String what;
    private final String where;
    private final String remedy;

    public PenstockException(ErrorCode code, String what, String where, String remedy, Throwable cause) {
        super(
                SecretText.masked(code + " " + what + (where.isEmpty() ? "" : " [" + where + "]") + ". " + remedy),
                cause);
        this.code = code;
        this.what = SecretText.masked(what);
        this.where = SecretText.masked(where);
        this.remedy = SecretText.masked(remedy);
    }

    public PenstockException(ErrorCode code, String what, String where, String remedy) {
        this(code, what, where, remedy, null);
    }

    public static PenstockException busy(String what, String where) {
        return new PenstockException(
                ErrorCode.ANOTHER_RUN, what, where, "Wait for the other run to finish, then run again");
    }

    public ErrorCode errorCode() {
        return code;
    }

    /** {@code PEN-CFG-003}. */
    public String code() {
        return code.code();
    }

    public ExitCode exit() {
        return code.exit();
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
