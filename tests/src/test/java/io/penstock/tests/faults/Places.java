package io.penstock.tests.faults;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What kind of file a path below a work folder is: {@code landing file}, {@code bronze data}, {@code ops/ledger commit},
 * {@code quarantine checkpoint} and so on. Tables of one layer are one place, control tables one each.
 */
final class Places {
    private static final Pattern TABLE = Pattern.compile(
            "/warehouse/[^/]+/(bronze|quarantine|refused|features|training|scoring|scores|ops)/([^/]+)(?:/(.*))?$");

    private Places() {}

    static String of(String path) {
        Matcher table = TABLE.matcher(path);
        if (table.find()) {
            String layer = table.group(1).equals("ops") ? "ops/" + table.group(2) : table.group(1);
            return layer + " " + inTable(table.group(3) == null ? "" : table.group(3));
        }
        if (path.contains("/landing/") || path.endsWith("/landing")) {
            return path.matches(".*/[^/=]+\\.[a-z]+$") ? "landing file" : "landing folder";
        }
        return path.contains("/warehouse") ? "warehouse folder" : "other";
    }

    private static String inTable(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.startsWith(".") && name.endsWith(".crc")) {
            return "sidecar of "
                    + inTable(path.substring(0, path.length() - name.length())
                            + name.substring(1, name.length() - ".crc".length()));
        }
        if (path.isEmpty() || name.contains("=")) {
            return "folder";
        }
        return path.startsWith("_delta_log") ? inLog(name) : "data";
    }

    private static String inLog(String name) {
        if (name.equals("_delta_log")) {
            return "log folder";
        }
        if (name.equals("_last_checkpoint")) {
            return "last checkpoint";
        }
        if (name.startsWith(".")) {
            return "temporary";
        }
        if (name.contains(".checkpoint")) {
            return "checkpoint";
        }
        if (name.endsWith(".crc")) {
            return "version checksum";
        }
        return name.matches("\\d{20}\\.json") ? "commit" : "log folder";
    }
}
