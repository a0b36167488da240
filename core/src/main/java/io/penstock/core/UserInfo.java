package io.penstock.core;

import java.util.regex.Pattern;

/** Name and password in an address, {@code http://name:password@host}: for whoever connects, never for people to read. */
public final class UserInfo {
    /** In place of what is not shown. */
    public static final String MASK = "***";

    /** Up to the last {@code @}: a password may hold one. */
    private static final Pattern IN_ADDRESS = Pattern.compile("(://)[^/@\\s:\"]*:[^/\\s\"]*@");

    private UserInfo() {}

    public static boolean isIn(String text) {
        return IN_ADDRESS.matcher(text).find();
    }

    public static String masked(String text) {
        return IN_ADDRESS.matcher(text).replaceAll("$1" + MASK + "@");
    }

    /** Of one address, whatever its name and password hold and whether it is well formed. */
    public static String maskedAddress(String address) {
        int from = address.contains("://") ? address.indexOf("://") + "://".length() : 0;
        int at = address.lastIndexOf('@');
        return at < from ? address : address.substring(0, from) + MASK + address.substring(at);
    }
}
