package io.penstock.core;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Secrets as they look: tokens of well-known services, keys in PEM, signed tokens, passwords in addresses. What looks like one
 * is refused in a configuration and masked in whatever is told, whoever tells it.
 */
public final class SecretText {
    private static final List<String> SHAPES = List.of(
            // Keys and signed tokens
            "-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[\\s\\S]*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[\\s\\S]*)",
            "\\beyJ[\\w-]{5,}\\.eyJ[\\w-]{5,}(?:\\.[\\w-]*)?",
            "(?i)\\bbearer\\s+(?!\\d{4}-)(?=[\\w.~+/=-]{0,64}?\\d)(?=[\\w.~+/=-]{0,64}?[a-z])[\\w.~+/=-]{8,}",
            "\\b[Bb]asic\\s+(?=[\\w+/]*\\d)(?=[\\w+/]*[a-z])(?=[\\w+/]*[A-Z])[A-Za-z0-9+/]{12,}={0,2}",
            "\\bAGE-SECRET-KEY-1[0-9A-Z]{20,}",
            // Amazon, Google, Microsoft
            "\\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\\b",
            "\\bAIza[\\w-]{35}",
            "\\bya29\\.[\\w-]{20,}",
            "\\bGOCSPX-[\\w-]{20,}",
            "(?i)\\b(?:Account|SharedAccess)Key=[\\w+/=]{20,}",
            "\\b\\w{3}\\dQ~[\\w.~-]{31,34}",
            // Code, packages, models
            "\\bgh[pousr]_[A-Za-z0-9]{20,}",
            "\\bgithub_pat_\\w{20,}",
            "\\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[\\w-]{16,}",
            "\\bATATT3[\\w=-]{20,}",
            "\\bnpm_[A-Za-z0-9]{30,}",
            "\\bpypi-AgE[\\w-]{20,}",
            "\\bdckr_pat_[\\w-]{20,}",
            "\\bhf_[A-Za-z0-9]{30,}",
            "\\bsk-(?:ant|proj|svcacct|admin)-[\\w-]{20,}",
            "\\bsk-(?:[a-z]+\\d*-){0,8}(?=\\w*\\d)(?=\\w*[A-Za-z])\\w{20,}",
            // Data, messages, payment, hosting
            "\\bdapi[0-9a-f]{32}(?:-\\d+)?",
            "\\bdose[0-9a-f]{32}",
            "\\bxox[abeoprs]-[\\w-]{10,}",
            "\\bxapp-\\d-[\\w-]{10,}",
            "\\bhooks\\.slack\\.com/services/[\\w/]{10,}",
            "\\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
            "\\bSG\\.[\\w-]{16,}\\.[\\w-]{16,}",
            "\\bSK[0-9a-f]{32}\\b",
            "\\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
            "\\bdo[opr]_v1_[0-9a-f]{40,}",
            "\\bhv[sbr]\\.[\\w-]{20,}",
            "\\b\\d{8,10}:AA[\\w-]{33}",
            // A token as the name in an address
            "(?<=https?://)[^/@\\s:\"]{16,}(?=@)");

    private static final Pattern SHAPE =
            Pattern.compile(SHAPES.stream().map(shape -> "(?:" + shape + ")").collect(Collectors.joining("|")));

    /** Names whose value is a secret, alone or as the end of a longer one, {@code dbPassword}, {@code X-Api-Key}. */
    private static final String NAME =
            "(?:pass(?:word|wd|phrase|code)s?|(?<![A-Za-z0-9])pwd|(?:client|shared|app)[_-]?secret|" + compound() + ")";
    /** Names that are also words: only a value that is none shows what is meant. */
    private static final String WORD = "(?<![A-Za-z0-9])(?:token|secret|auth|credentials?)";

    private static final String SHORT = "(?<![A-Za-z0-9])(?:pass|pw)";
    private static final String COLON = "[\"']?\\s{0,8}:\\s{0,8}[\"']?";
    private static final String EQUALS = "[\"']?\\s{0,8}=\\s{0,8}[\"']?";

    /** What follows a name in a sentence, or says that there is none. */
    private static final String NO_VALUE =
            "(?!\\*\\*\\*|\\$\\{|[<{(\\[]|(?:an?|and|are|as|at|begins|by|can|cannot|changed|"
                    + "contradicts|declared|differs|does|expected|expired|false|field|fits|for|from|given|has|have|holds|in|"
                    + "instead|invalid|is|must|missing|names|needs|never|no|none|not|null|number|of|off|on|only|optional|or|"
                    + "overlaps|reads|refers|refused|required|see|set|should|states|string|text|that|the|this|to|true|unknown|"
                    + "unset|was|which|will|with|would|wrong|yes)\\b)";
    /** Letters and digits, of which no sentence is made. */
    private static final String NO_WORD = "(?=\\S{0,64}?\\d)(?=\\S{0,64}?[A-Za-z])[^\\s\"',;&()=]{6,}";
    /** A column is compared with another one, {@code other_key}, {@code t.token}; its letters are of one case. */
    private static final String NO_COLUMN = "(?!(?-i:" + column("a-z", "key|token|secret|pass(?:word|wd)?") + "|"
            + column("A-Z", "KEY|TOKEN|SECRET|PASS(?:WORD|WD)?") + ")(?![\\w-]))";

    private static final List<Pattern> NAMED = List.of(
                    // password: x, "password": "x", X-Api-Key: x; a dotted name is more often a key that is spoken of
                    "((?<!\\.)" + NAME + COLON + ")" + NO_VALUE + "[^\\s\"',;&]{4,}",
                    // password=x
                    "(" + NAME + "[\"']?=[\"']?)" + NO_VALUE + "[^\\s\"'=;&,]{4,}",
                    // aws_secret_access_key = x, which in SQL might compare two columns
                    "(" + compound() + EQUALS + ")" + NO_VALUE + NO_COLUMN + "[^\\s\"'=;&,]{4,}",
                    "((?:" + NAME + "|" + WORD + ")" + COLON + ")" + NO_COLUMN + NO_WORD,
                    "((?:" + NAME + "|" + WORD + "|" + SHORT + ")" + EQUALS + ")" + NO_COLUMN + NO_WORD,
                    "(\\bauthorization" + "[\"']?\\s{0,8}[:=]\\s{0,8}[\"']?"
                            + "(?:bearer|basic|token|apikey|digest|negotiate)\\s{1,8})" + NO_VALUE + "[^\\s\"',;]{4,}",
                    "(\\bauthorization" + "[\"']?\\s{0,8}[:=]\\s{0,8}[\"']?)" + NO_WORD,
                    // Options of programs
                    "((?<![\\w-])--(?:[a-z0-9]{1,20}-){0,4}(?:password|passwd|passphrase|pass|pwd|token|secret|"
                            + "(?:api|access|secret|private)-?key|credentials?)(?:=|\\s{1,8})[\"']?)" + NO_VALUE
                            + "(?!-)[^\\s\"']+",
                    "((?<!\\S)-p)(?!ython|ro|ar|at|or|ri|lugin|oo|in|kg|ub|age|ipe|re|er|ay|aid|os|op|oint|mod|ow)"
                            + "(?:(?=\\S{0,64}?\\d)(?=\\S{0,64}?[A-Za-z])[^\\s:=/.,()-]{6,}|(?-i:[A-Z]{5,})(?![\\w(]))",
                    "(\\b(?:mysql|mariadb|sshpass)\\w{0,12}\\b[^\\n]{0,200}?\\s-p)[^\\s-]\\S*",
                    "((?<!\\S)(?:-u|--user|--proxy-user)(?:\\s{1,8}|=)[^\\s:\"']{1,64}:)" + NO_WORD,
                    // Query and fragment of an address
                    "([?&;#](?:sig|signature|(?:access_|id_|refresh_|auth_)?token|auth|password|passwd|pwd|passphrase|"
                            + "(?:client_)?secret|api_?key|accesskey|x-amz-(?:signature|credential|security-token))=)"
                            + NO_VALUE + "[^&;#\\s\"']+")
            .stream()
            .map(shape -> Pattern.compile(shape, Pattern.CASE_INSENSITIVE))
            .toList();

    private static String column(String letters, String words) {
        String word = "[" + letters + "0-9]{1,32}";
        return "(?:" + word + "[_.]){0,8}(?:" + words + ")\\d{0,2}(?:[_.]" + word + "){0,4}";
    }

    private static String compound() {
        return "(?:secret[_-]?(?:access[_-]?)?key|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|"
                + "account[_-]?key|(?:auth|access|refresh|api|bearer|session|security)[_-]?token)";
    }

    private SecretText() {}

    public static boolean isIn(String text) {
        return UserInfo.isIn(text)
                || SHAPE.matcher(text).find()
                || NAMED.stream().anyMatch(named -> named.matcher(text).find());
    }

    /** The text with {@value UserInfo#MASK} for each. */
    public static String masked(String text) {
        String masked = SHAPE.matcher(UserInfo.masked(text)).replaceAll(UserInfo.MASK);
        for (Pattern named : NAMED) {
            masked = named.matcher(masked).replaceAll("$1" + UserInfo.MASK);
        }
        return masked;
    }
}
