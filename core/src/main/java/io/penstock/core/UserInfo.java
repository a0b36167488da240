package io.penstock.core;

import java.util.regex.Pattern;

/** Name and password in an address, {@code http://name:password@host}: for whoever connects, never for people to read. */
public final class UserInfo {
    /** In place of what is not shown. */
    public static final String MASK = "***";

    private static final Pattern IN_ADDRESS = Pattern.compile("(://)[^/@\\s:]*:[^/@\\s]*@");

    private UserInfo() {}

    public static boolean isIn(String text) {
        return IN_ADDRESS.matcher(text).find();
    }

    public static String masked(String text) {
        return IN_ADDRESS.matcher(text).replaceAll("$1" + MASK + "@");
    }
}
