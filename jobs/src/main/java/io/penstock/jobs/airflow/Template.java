package io.penstock.jobs.airflow;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with places to fill, such as {@code @OWNER@}. All are filled in one go: nothing in a value is taken for a place. */
record Template(String text) {
    private static final Pattern PLACE = Pattern.compile("@([A-Z_]+)@");

    /** @param name of a file beside this class */
    static Template read(String name) {
        try (InputStream in = Template.class.getResourceAsStream(name)) {
            return new Template(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + name, e);
        }
    }

    String fill(Map<String, String> places) {
        return PLACE.matcher(text).replaceAll(place -> {
            String value = places.get(place.group(1));
            if (value == null) {
                throw new IllegalStateException("Nothing fills " + place.group());
            }
            return Matcher.quoteReplacement(value);
        });
    }
}
