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
            "(?i)\\bbearer\\s+(?=[\\w.~+/=-]*\\d)[\\w.~+/=-]{16,}",
            "(?i)\\bauthorization[\"']?\\s*[:=]\\s*[\"']?(?:basic|token|apikey)\\s+[\\w.~+/=-]{8,}",
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
            "\\bsk-(?:[a-z]+\\d*-)*(?=\\w*\\d)(?=\\w*[A-Za-z])\\w{20,}",
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
            // Names and values in one text
            "[?&;](?i:sig|token|access_token|password|passwd|pwd|passphrase|secret|client_secret|api_?key|accesskey)=[^&;\\s\"']+",
            "(?i)\\b(?:password|passwd|passphrase|client_?secret|secret_?access_?key|api_?key)=[^\\s\"'=;&]{4,}",
            // A token as the name in an address
            "(?<=https?://)[^/@\\s:\"]{16,}(?=@)");

    private static final Pattern SHAPE =
            Pattern.compile(SHAPES.stream().map(shape -> "(?:" + shape + ")").collect(Collectors.joining("|")));

    private SecretText() {}

    public static boolean isIn(String text) {
        return UserInfo.isIn(text) || SHAPE.matcher(text).find();
    }

    /** The text with {@value UserInfo#MASK} for each. */
    public static String masked(String text) {
        return SHAPE.matcher(UserInfo.masked(text)).replaceAll(UserInfo.MASK);
    }
}
