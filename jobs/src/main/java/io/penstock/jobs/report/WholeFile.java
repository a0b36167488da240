package io.penstock.jobs.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A text file that is there whole or not at all, whoever reads it while it is written. */
public final class WholeFile {
    private WholeFile() {}

    /** Replaces what is there; makes the folder. */
    public static void write(Path file, String text) throws IOException {
        Path whole = file.toAbsolutePath();
        Files.createDirectories(whole.getParent());
        Path half = whole.resolveSibling("." + whole.getFileName() + ".half");
        Files.writeString(half, text, StandardCharsets.UTF_8);
        Files.move(half, whole, StandardCopyOption.REPLACE_EXISTING);
    }
}
