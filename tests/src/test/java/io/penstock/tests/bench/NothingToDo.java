package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.Manifest;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.tests.e2e.Parcels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The launcher in processes of its own, where there is nothing to do, beside one that only says its version. */
final class NothingToDo {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final LocalDate LAST = Parcels.FIRST;
    private static final String STAGES = "ingest,features,score";

    private final Path folder;
    private final CommitsBench small;

    NothingToDo(Path folder) throws IOException {
        this.folder = folder;
        this.small = new CommitsBench(folder);
        small.run(LAST, STAGES);
    }

    Comparison ofASmallPipeline() {
        return run(
                "no-op run: one unit in the control tables, penstock --version",
                small.arguments("run", "--unit", LAST.toString(), "--stage", STAGES));
    }

    /** Verb → what it is called with, over books of years; writes the books. */
    Map<String, Comparison> ofYears(int years) throws IOException {
        PipelineConfig config = twoModels(years);
        long manifests = new TenYears(config, real()).write(first(years), LAST);
        String books = String.format(
                java.util.Locale.ROOT,
                "%,d units, %,d manifests",
                LAST.toEpochDay() - first(years).toEpochDay() + 1,
                manifests);
        Map<String, Comparison> verbs = new TreeMap<>();
        verbs.put("run", run("no-op run: " + books, years("run", "--unit", LAST.toString())));
        verbs.put("plan", run("plan: " + books, years("plan", "--unit", LAST.toString())));
        verbs.put("status", run("status: " + books, years("status")));
        verbs.put("history", run("model history: " + books, years("model", "history")));
        return verbs;
    }

    private static LocalDate first(int years) {
        return LAST.minusYears(years).plusDays(1);
    }

    private Comparison run(String name, String[] arguments) {
        return new Comparison(
                name,
                new Side(() -> penstock(arguments), Map::of),
                new Side(() -> penstock("--version"), Map::of),
                Goal.none(false),
                (ours, peers) -> unchanged(arguments));
    }

    /** One more time: no file of the work folder differs, and no Spark was started. */
    private String unchanged(String[] arguments) {
        try {
            Map<String, String> before = files();
            Path said = folder.resolve("said");
            launch(said, arguments);
            assertThat(files()).isEqualTo(before);
            String text = Files.readString(said);
            assertThat(text).doesNotContain("Spark 3").doesNotContainPattern("(?m)^(run|blocked) ");
            if (arguments[0].equals("run")) {
                assertThat(text).contains("nothing to do");
            }
            return "no commit, no file, no Spark";
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Cost penstock(String... arguments) throws Exception {
        Path said = folder.resolve("said");
        return launch(said, arguments);
    }

    /** CPU of the launcher and all its children, as the shell tells it. */
    private static Cost launch(Path said, String... arguments) throws Exception {
        String call = Stream.concat(Stream.of(HOME.resolve("bin/penstock").toString()), Arrays.stream(arguments))
                .map(argument -> "'" + argument + "'")
                .collect(Collectors.joining(" "));
        Path times = said.resolveSibling("times");
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "TIMEFORMAT='%R %U %S'; { time " + call + " >'" + said + "' 2>&1; } 2>'" + times + "'")
                .redirectErrorStream(true)
                .start();
        String trouble = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(trouble + Files.readString(said)).isZero();
        String[] seconds = Files.readString(times).trim().split(" ");
        return new Cost(
                Double.parseDouble(seconds[1]) + Double.parseDouble(seconds[2]), Double.parseDouble(seconds[0]));
    }

    private Map<String, String> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            Map<String, String> files = new TreeMap<>();
            for (Path file : all.filter(Files::isRegularFile)
                    .filter(path -> path.toString().contains("/warehouse/"))
                    .toList()) {
                files.put(file.toString(), Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
            return files;
        }
    }

    private List<Manifest> real() {
        return new KernelManifestStore(
                        small.work().resolve("warehouse/parcels/ops").toString(), "parcels", Clock.system())
                .manifests();
    }

    private String[] years(String verb, String... more) {
        List<String> all = new ArrayList<>(List.of(verb));
        if (verb.equals("model")) {
            all.add("history");
        }
        all.add("parcels");
        Arrays.stream(more).filter(argument -> !argument.equals("history")).forEach(all::add);
        all.addAll(List.of(
                "--work", yearsWork().toString(), "--conf-dir", yearsConf().toString()));
        return all.toArray(String[]::new);
    }

    private Path yearsWork() {
        return folder.resolve("years/work");
    }

    private Path yearsConf() {
        return folder.resolve("years/conf");
    }

    /** The small pipeline with a second model, and a training every month. */
    private PipelineConfig twoModels(int years) throws IOException {
        Path file = Parcels.configuration(yearsConf()).resolve("parcels.conf");
        LocalDate first = first(years);
        String trainings = Stream.iterate(first.plusMonths(2), date -> !date.isAfter(LAST), date -> date.plusMonths(1))
                .map(date -> "\"" + date + "\"")
                .collect(Collectors.joining(", "));
        String text = Files.readString(file)
                .replace("[\"2024-03-12\"]", "[" + trainings + "]")
                .replace("test-from = \"2024-03-09\"", "test-from = \"" + first.plusMonths(1) + "\"")
                .replace("from = \"2024-03-12\"", "from = \"" + first.plusMonths(2) + "\"");
        int model = text.indexOf("  slow {");
        int end = text.lastIndexOf('}');
        Files.writeString(
                file,
                text.substring(0, end)
                        + text.substring(model, end).replace("  slow {", "  slower {")
                        + text.substring(end));
        return ConfigLoader.load(
                yearsConf(),
                "parcels",
                "local",
                Map.of(
                        "penstock.warehouse", yearsWork().resolve("warehouse").toString(),
                        "penstock.landing", yearsWork().resolve("landing").toString()),
                Map.of());
    }
}
