package io.penstock.core.config;

import io.penstock.core.SecretText;
import io.penstock.core.UserInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Knows what may be a secret, by its key or by its look, so that none is accepted as a literal and none is printed. */
final class Secrets {
    /** Words of a key, {@code client-secret}, {@code db_password}, {@code dbPassword}, {@code DBPassword}. */
    private static final Pattern WORD_ENDS =
            Pattern.compile("[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

    private static final Set<String> WORDS = Set.of(
            "password",
            "passwords",
            "passwd",
            "passphrase",
            "passcode",
            "pwd",
            "pass",
            "pw",
            "secret",
            "secrets",
            "token",
            "credential",
            "credentials",
            "apikey",
            "accesskey",
            "secretkey",
            "privatekey",
            "authorization",
            "auth",
            "bearer",
            "jwt",
            "pat");
    private static final Set<String> KINDS_OF_KEYS = Set.of(
            "api",
            "access",
            "account",
            "private",
            "secret",
            "encryption",
            "signing",
            "shared",
            "storage",
            "master",
            "sas",
            "ssh",
            "auth",
            "service");
    /** How words end that are written as one, {@code dbpassword}. */
    private static final List<String> ENDS = List.of(
            "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "secretkey");

    /** What is said of one, or where it is: {@code pass_rate}, {@code token_count}, {@code auth-type}, {@code password-file}. */
    private static final Set<String> NO_SECRETS = Set.of(
            "count",
            "counts",
            "number",
            "rate",
            "rates",
            "ratio",
            "share",
            "percent",
            "score",
            "mark",
            "marks",
            "length",
            "size",
            "limit",
            "limits",
            "budget",
            "max",
            "min",
            "total",
            "type",
            "types",
            "kind",
            "mode",
            "method",
            "scheme",
            "enabled",
            "required",
            "url",
            "uri",
            "endpoint",
            "host",
            "port",
            "server",
            "file",
            "path",
            "provider",
            "ttl",
            "expiry",
            "lifetime",
            "column",
            "columns",
            "feature",
            "through",
            "fail",
            "failed",
            "class");

    /** Sections whose entries users name; what stands in them is named by Penstock again. */
    private static final Set<String> NAMED_BY_USERS = Set.of("sources", "features", "models", "fragments");

    /** Below these keys names are the user's own columns, not settings. */
    private static final Pattern COLUMNS =
            Pattern.compile("\\.(columns|derive|rows|hold|aggregate|expectations(\\[\\d+])?)\\.[^.]+(\\.[^.]+)?$");

    /** Hadoop spells its names with dots; a provider or a file that knows the secret is none. */
    private static final Pattern HADOOP = Pattern.compile(
            "(?i)(access|account|private|encryption|sse)[.-]key|secret|password|token|(^|\\.)sas(\\.|$)");

    private static final String FILE_SYSTEMS = "penstock.hadoop.";
    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{[^}]*}");

    static final String MASK = UserInfo.MASK;

    private Secrets() {}

    /** By the last name of the path, or by that of an object that it stands in: {@code credentials.database}. */
    static boolean isSecretKey(String path) {
        if (COLUMNS.matcher(path).find()) {
            return false;
        }
        if (path.startsWith(FILE_SYSTEMS)) {
            return isHadoopCredential(path.substring(FILE_SYSTEMS.length()));
        }
        String[] parts = path.replaceAll("\\[\\d+]", "").split("\\.");
        int first = NAMED_BY_USERS.contains(parts[0]) ? 2 : 0;
        return IntStream.range(Math.min(first, parts.length - 1), parts.length).anyMatch(i -> isSecretName(parts[i]));
    }

    /** Of an environment variable; that of the working folder is called as if it were one. */
    static boolean isSecretVariable(String name) {
        return isSecretName(name) && !name.equals("PWD") && !name.equals("OLDPWD");
    }

    private static boolean isSecretName(String name) {
        List<String> words = Arrays.stream(WORD_ENDS.split(name))
                .map(word -> word.toLowerCase(Locale.ROOT))
                .toList();
        return IntStream.range(0, words.size())
                .anyMatch(i ->
                        isSecretWord(words, i) && (i + 1 == words.size() || !NO_SECRETS.contains(words.get(i + 1))));
    }

    private static boolean isSecretWord(List<String> words, int at) {
        String word = words.get(at).replaceAll("\\d+$", "");
        String before = at == 0 ? "" : words.get(at - 1);
        return WORDS.contains(word)
                || ENDS.stream().anyMatch(word::endsWith)
                || word.matches("keys?") && KINDS_OF_KEYS.contains(before)
                || word.equals("string") && before.equals("connection");
    }

    static boolean isHadoopCredential(String key) {
        return HADOOP.matcher(key).find() && !key.matches(".*\\.(provider|path|type|binding)");
    }

    static boolean looksSecret(String value) {
        return SecretText.isIn(value);
    }

    /** Of a value as it is written, where references may stand for parts of it. */
    static boolean isLiteralSecret(String path, String raw) {
        String literal = SUBSTITUTION.matcher(raw).replaceAll("\"");
        boolean isReference = !literal.equals(raw);
        String given = raw.replace("\"", "").strip();
        boolean isGiven = !given.isEmpty() && !given.equals("true") && !given.equals("false");
        return isSecretKey(path) && isGiven && !isReference || looksSecret(literal);
    }

    static String mask(String path, String value) {
        return isSecretKey(path) && !value.isEmpty() ? MASK : masked(value);
    }

    /** A message that may quote one. */
    static String masked(String message) {
        return SecretText.masked(message);
    }
}
