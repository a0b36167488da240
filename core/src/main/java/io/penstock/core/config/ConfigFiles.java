package io.penstock.core.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import io.penstock.core.ErrorCode;
import io.penstock.core.config.HoconScan.Entry;
import io.penstock.core.config.Problems.Place;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads configuration files below one root: their syntax, what they include, and the place of every key. An include stays
 * inside the root; addresses and class path resources are refused, because {@code include url(...)} would read anything.
 */
final class ConfigFiles {
    private static final Pattern UNQUOTED_URL = Pattern.compile("[=:]\\s*([a-z][a-z0-9+]*:/[^\\s\",]*)");

    private static final Pattern KEY = Pattern.compile("([\\w.-]+)\"?\\s*[=:{]");

    /** In all: files that each include two others are too many soon. */
    private static final int MOST_INCLUDES = 1_000;

    private final Path root;
    private final Problems problems;
    private final Map<String, Scanned> files = new LinkedHashMap<>();
    private final Deque<Path> open = new ArrayDeque<>();
    private final Set<String> overrides;
    private int included;

    /** One file that was read; {@code position} counts in order of precedence, lowest first. */
    private record Scanned(String display, int position, List<Entry> entries) {}

    ConfigFiles(Path root, Problems problems, Set<String> overrides) {
        this.overrides = overrides;
        this.root = root.toAbsolutePath().normalize();
        this.problems = problems;
    }

    /** Parses one file; a file with a syntax error counts as empty, and the error as a problem. */
    Config read(Path path) {
        Path file = path.toAbsolutePath().normalize();
        String display = display(file);
        Optional<String> text = text(file, display);
        if (text.isEmpty() || isTooDeep(text.get(), display)) {
            return ConfigFactory.empty();
        }
        open.push(file);
        try {
            Config parsed = ConfigFactory.parseFile(
                    file.toFile(),
                    ConfigParseOptions.defaults()
                            .setSyntax(ConfigSyntax.CONF)
                            .setAllowMissing(false)
                            .setIncluder(includer()));
            remember(file, display, text.get());
            return parsed;
        } catch (ConfigException.IO e) {
            problems.add(ErrorCode.FILE_UNREADABLE, new Place("", display, -1), "", "Cannot read the file");
        } catch (ConfigException e) {
            syntaxError(display, text.get(), e);
        } catch (StackOverflowError e) {
            // The text itself is bounded; files that include one another, each a level deeper, are not
            problems.add(ErrorCode.NESTED_TOO_DEEPLY, new Place("", display, -1), "", HoconDepth.message());
        } finally {
            open.pop();
        }
        return ConfigFactory.empty();
    }

    /** Parses text that comes with Penstock itself. */
    Config readBuiltIn(String display, String text) {
        files.put(display, new Scanned(display, files.size(), HoconScan.scan(text)));
        return ConfigFactory.parseString(text, ConfigParseOptions.defaults().setOriginDescription(display));
    }

    private boolean isTooDeep(String text, String display) {
        Optional<Integer> line = HoconDepth.exceeded(text);
        line.ifPresent(
                at -> problems.add(ErrorCode.NESTED_TOO_DEEPLY, new Place("", display, at), "", HoconDepth.message()));
        return line.isPresent();
    }

    private Optional<String> text(Path file, String display) {
        if (!Files.isRegularFile(file)) {
            String cwd = Path.of("").toAbsolutePath().toString();
            problems.add(
                    ErrorCode.FILE_UNREADABLE,
                    new Place("", display, -1),
                    "",
                    "No such file: tried " + file + " (working folder " + cwd + ")",
                    neighbours(file));
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
        } catch (CharacterCodingException e) {
            problems.add(ErrorCode.CONFIGURATION_SYNTAX, new Place("", display, -1), "", "The file is not UTF-8 text");
        } catch (IOException e) {
            problems.add(
                    ErrorCode.FILE_UNREADABLE,
                    new Place("", display, -1),
                    "",
                    "Cannot read " + file + ": " + e.getMessage());
        }
        return Optional.empty();
    }

    private static List<String> neighbours(Path file) {
        String[] names = file.getParent() == null
                ? null
                : file.getParent()
                        .toFile()
                        .list((folder, name) -> name.endsWith(".conf") && !name.equals("reference.conf"));
        return names == null ? List.of() : List.of(names).stream().sorted().toList();
    }

    private void syntaxError(String display, String text, ConfigException e) {
        int line = e.origin() == null ? -1 : e.origin().lineNumber();
        String[] lines = text.split("\n", -1);
        String source = line > 0 && line <= lines.length ? lines[line - 1] : "";
        Matcher url = UNQUOTED_URL.matcher(source);
        boolean unquoted = url.find();
        String hint = unquoted
                ? "quote it: \"" + Secrets.mask("", url.group(1)) + "\""
                : "quote text that holds any of $ \" { } [ ] : = , + # ` ^ ? ! @ * & \\";
        String column = unquoted ? " at column " + (url.start(1) + 1) : "";
        problems.add(
                ErrorCode.CONFIGURATION_SYNTAX,
                new Place("", display, line),
                "",
                "Syntax error" + column + ": " + (isOfSecret(source) ? "not shown" : reason(e)) + "; " + hint);
    }

    private static boolean isOfSecret(String line) {
        Matcher key = KEY.matcher(line);
        while (key.find()) {
            if (Secrets.isSecretKey(key.group(1))) {
                return true;
            }
        }
        return false;
    }

    private static String reason(ConfigException e) {
        String message = e.getMessage() == null ? "" : e.getMessage();
        String reason = message.replaceFirst("^[^\\n]*?: \\d+: ", "");
        int advice = reason.indexOf(" (if you intended");
        return (advice < 0 ? reason : reason.substring(0, advice)).replace('\n', ' ');
    }

    private void remember(Path file, String display, String text) {
        List<Entry> entries = HoconScan.scan(text);
        files.put(file.toString(), new Scanned(display, files.size(), entries));
        Map<String, Entry> first = new HashMap<>();
        for (Entry entry : entries) {
            Entry before = first.putIfAbsent(entry.path(), entry);
            if (before != null && !entry.mayRepeat()) {
                problems.add(
                        ErrorCode.DUPLICATE_KEY,
                        new Place(entry.path(), display, entry.line()),
                        "",
                        "declared twice, in lines " + before.line() + " and " + entry.line() + "; keep one");
            }
            secrets(entry, display);
        }
    }

    /** Reports each secret that stands in an entry, in its key also. */
    void secrets(Entry entry, String display) {
        boolean isValue = !entry.object() || !entry.value().isEmpty();
        if (isValue && Secrets.isLiteralSecret(entry.path(), entry.value()) || Secrets.looksSecret(entry.path())) {
            secret(new Place(entry.path(), display, entry.line()));
        }
    }

    void secret(Place place) {
        problems.addOnce(
                ErrorCode.LITERAL_SECRET,
                place,
                "a secret stands here as a literal; refer to the environment instead: ${NAME}",
                List.of());
    }

    /** Path as shown to users: relative to the folder that holds the configuration folder. */
    private String display(Path file) {
        Path parent = root.getParent();
        Path shown = parent != null && file.startsWith(parent) ? parent.relativize(file) : file;
        return shown.toString().replace(File.separatorChar, '/');
    }

    /** All that was read, lowest precedence first. */
    List<Entry> entries() {
        return files.values().stream().flatMap(file -> file.entries().stream()).toList();
    }

    List<String> displays() {
        return files.values().stream().map(Scanned::display).toList();
    }

    /** Where the value of {@code path} was written. */
    Place place(String path, ConfigValue value) {
        ConfigOrigin origin = value == null ? null : value.origin();
        if (origin != null && origin.lineNumber() > 0 && origin.filename() != null) {
            Scanned file = files.get(origin.filename());
            return new Place(
                    path, file == null ? display(Path.of(origin.filename())) : file.display(), origin.lineNumber());
        }
        if (origin != null && origin.description().startsWith("--set")) {
            return new Place(path, "--set", -1);
        }
        Place found = null;
        for (Scanned file : files.values()) {
            for (Entry entry : file.entries()) {
                found = entry.path().equals(path) ? new Place(path, file.display(), entry.line()) : found;
            }
        }
        if (found != null) {
            return found;
        }
        boolean overridden =
                overrides.stream().anyMatch(key -> key.equals(path) || key.startsWith(path + ".") && !path.isEmpty());
        return new Place(path, overridden ? "--set" : "", -1);
    }

    /**
     * Sort key that gives the keys of an object back in the order they were written in: by their own path, or, for values
     * that came through a substitution, by the line they came from.
     */
    long order(String path, ConfigValue value) {
        for (Scanned file : files.values()) {
            for (int i = 0; i < file.entries().size(); i++) {
                if (file.entries().get(i).path().equals(path)) {
                    return key(file, i);
                }
            }
        }
        Scanned file = value.origin().filename() == null
                ? null
                : files.get(value.origin().filename());
        String last = path.substring(path.lastIndexOf('.') + 1);
        for (int i = 0; file != null && i < file.entries().size(); i++) {
            Entry entry = file.entries().get(i);
            if (entry.line() == value.origin().lineNumber() && entry.last().equals(last)) {
                return key(file, i);
            }
        }
        return Long.MAX_VALUE;
    }

    /** Whether some file gives the key, or a key in it, a value. */
    boolean isSet(String path) {
        return files.values().stream()
                .flatMap(file -> file.entries().stream())
                .anyMatch(entry -> !entry.value().equals("null")
                        && (entry.path().equals(path) || entry.path().startsWith(path + ".")));
    }

    private static long key(Scanned file, int entry) {
        return ((long) file.position() << 32) + entry;
    }

    /** The key whose value, in that file and line, holds the substitution {@code name}. */
    Place substitution(String name, ConfigOrigin origin) {
        for (Scanned file : files.values()) {
            for (Entry entry : file.entries()) {
                boolean uses =
                        entry.substitutions().stream().anyMatch(s -> s.name().equals(name));
                if (uses && (origin == null || origin.lineNumber() == entry.line())) {
                    return new Place(entry.path(), file.display(), entry.line());
                }
            }
        }
        return new Place("", "", origin == null ? -1 : origin.lineNumber());
    }

    /** All {@code ${?NAME}} of the files, with where they stand. */
    Map<Place, String> optionalSubstitutions() {
        Map<Place, String> found = new LinkedHashMap<>();
        for (Scanned file : files.values()) {
            for (Entry entry : file.entries()) {
                entry.substitutions().stream()
                        .filter(HoconScan.Substitution::optional)
                        .forEach(s -> found.put(new Place(entry.path(), file.display(), entry.line()), s.name()));
            }
        }
        return found;
    }

    ConfigIncluder includer() {
        return new Includes();
    }

    private final class Includes
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
        @Override
        public ConfigIncluder withFallback(ConfigIncluder fallback) {
            // The library's own includer would read anything
            return this;
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            return what.contains("://") || what.startsWith("//") ? refuse(what) : file(what);
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, File what) {
            return file(what.getPath());
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            return refuse(what.toString());
        }

        @Override
        public ConfigObject includeResources(ConfigIncludeContext context, String what) {
            return refuse(what);
        }

        private ConfigObject file(String what) {
            if (open.isEmpty() || what.indexOf('\0') >= 0) {
                return refuse(what.replace("\0", "\\0"));
            }
            Path target = open.peek().resolveSibling(what).normalize();
            if (!inside(target)) {
                return refuse(what);
            }
            if (++included > MOST_INCLUDES) {
                problems.addOnce(
                        ErrorCode.NESTED_TOO_DEEPLY,
                        new Place("include", display(open.peekLast()), -1),
                        String.format(
                                Locale.ROOT,
                                "files include one another more than %,d times; include each once",
                                MOST_INCLUDES),
                        List.of());
                return ConfigFactory.empty().root();
            }
            if (open.contains(target)) {
                problems.add(
                        ErrorCode.INCLUDE_NOT_ALLOWED,
                        here(what),
                        what,
                        "Cannot include " + what + ": it includes itself");
                return ConfigFactory.empty().root();
            }
            return read(target).root();
        }

        private boolean inside(Path target) {
            try {
                Path real = Files.exists(target) ? target.toRealPath() : target;
                Path realRoot = Files.exists(root) ? root.toRealPath() : root;
                return target.startsWith(root) && (real.startsWith(realRoot) || !Files.exists(target));
            } catch (IOException e) {
                return false;
            }
        }

        private ConfigObject refuse(String what) {
            String shown = Secrets.mask("", what);
            problems.add(
                    ErrorCode.INCLUDE_NOT_ALLOWED,
                    here(what),
                    shown,
                    "Cannot include " + shown + ": only files inside the configuration folder may be included");
            return ConfigFactory.empty().root();
        }

        private Place here(String what) {
            Path file = open.peek();
            if (file == null) {
                return new Place("", "--set", -1);
            }
            int line = -1;
            try {
                List<String> lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8));
                for (int i = 0; i < lines.size() && line < 0; i++) {
                    line = lines.get(i).contains("include") && lines.get(i).contains(what) ? i + 1 : -1;
                }
            } catch (IOException e) {
                line = -1;
            }
            return new Place("", display(file), line);
        }
    }
}
