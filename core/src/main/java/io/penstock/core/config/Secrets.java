package io.penstock.core.config;

import io.penstock.core.UserInfo;
import java.util.regex.Pattern;

/** Knows what may be a secret, so that none is accepted as a literal and none is printed. */
final class Secrets {
    private static final Pattern NAME = Pattern.compile(
            "(?i)(^|[-_.])(password|passwd|pwd|secret|secrets|token|credential|credentials|api[-_]?key|access[-_]?key|"
                    + "private[-_]?key|secret[-_]?key)([-_.]|$)");
    /** Below these keys names are the user's own columns, not settings. */
    private static final Pattern COLUMNS =
            Pattern.compile("\\.(columns|derive|rows|hold|aggregate|expectations(\\[\\d+])?)\\.[^.]+(\\.[^.]+)?$");

    private static final Pattern VALUE = Pattern.compile(
            "AKIA[0-9A-Z]{16}|\\bgh[pousr]_[A-Za-z0-9]{20,}|\\bdapi[0-9a-f]{32}|-----BEGIN [A-Z ]*PRIVATE KEY-----|"
                    + "[?&](sig|token|password)=[^&\\s]+");
    /** Hadoop spells its names with dots; a provider or a file that knows the secret is none. */
    private static final Pattern HADOOP = Pattern.compile(
            "(?i)(access|account|private|encryption|sse)[.-]key|secret|password|token|(^|\\.)sas(\\.|$)");

    static final String MASK = UserInfo.MASK;

    private Secrets() {}

    static boolean isSecretKey(String path) {
        return !COLUMNS.matcher(path).find() && NAME.matcher(lastPart(path)).find();
    }

    static boolean isHadoopCredential(String key) {
        return HADOOP.matcher(key).find() && !key.matches(".*\\.(provider|path|type|binding)");
    }

    static boolean looksSecret(String value) {
        return VALUE.matcher(value).find() || UserInfo.isIn(value);
    }

    static String mask(String path, String value) {
        boolean hadoop = path.startsWith("penstock.hadoop.") && isHadoopCredential(path);
        if (isSecretKey(path) || hadoop || VALUE.matcher(value).find()) {
            return value.isEmpty() ? value : MASK;
        }
        return UserInfo.masked(value);
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
