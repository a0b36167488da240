package io.penstock.jobs.report;

import io.penstock.lineage.KeptOut;
import io.penstock.lineage.Trace;
import io.penstock.lineage.TracedModel;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A {@link Trace} as lines for people. */
public final class TraceText {
    private static final int KEPT_OUT_SHOWN = 20;
    private static final int HASH_SHOWN = 12;
    private static final String FILES = "files that hold a row it used";

    private final Trace trace;
    private final StringBuilder text = new StringBuilder();

    private TraceText(Trace trace) {
        this.trace = trace;
    }

    public static String of(Trace trace) {
        return new TraceText(trace).text();
    }

    private String text() {
        row();
        if (trace.model() != null) {
            model(trace.model());
        }
        line("tables");
        trace.tables().forEach(table -> line("  %s version %d", table.table(), table.version()));
        files();
        keptOut();
        line("recipe  %s", trace.recipe());
        line("commit  %s", trace.commit());
        line("run     %s", trace.run());
        Map<String, String> provenance = trace.provenance();
        if (provenance.containsKey("pipeline_commit")) {
            line("pipeline's commit  %s%s", provenance.get("pipeline_commit"), changed(provenance));
        }
        if (provenance.containsKey("parent_job_name")) {
            line("parent  %s run %s", provenance.get("parent_job_name"), provenance.get("parent_run_id"));
        }
        return text.toString();
    }

    private void row() {
        line("row");
        trace.row().forEach((name, value) -> {
            if (!name.equals("feature_pins") && !name.equals("reasons")) {
                line("  %-14s %s", name, value);
            }
        });
        if (trace.row().get("reasons") instanceof List<?> reasons) {
            line("reasons");
            reasons.forEach(reason -> reason((Map<?, ?>) reason));
        }
    }

    private void reason(Map<?, ?> reason) {
        line(
                "  %-36s value %-10s contribution %+.4f",
                reason.get("feature"),
                reason.get("text") == null ? reason.get("value") : reason.get("text"),
                ((Number) reason.get("contribution")).doubleValue());
    }

    private void model(TracedModel model) {
        line("model");
        line(
                "  %s version %s, trained at %s from %d files, sha256 %s",
                model.name(),
                model.version(),
                model.trainedAt(),
                model.trainingFiles() == null ? 0 : model.trainingFiles().size(),
                model.sha256());
        if (model.importedFrom() != null) {
            line(
                    "  from environment %s, trained there by run %s, manifest sha256 %s",
                    model.importedFrom(), model.trainingRun(), model.trainingManifestSha256());
        }
    }

    private void files() {
        if (trace.files() == null) {
            line(FILES);
            line("  %s", trace.filesUntold());
            return;
        }
        line("%s (%d)", FILES, trace.files().size());
        trace.files()
                .forEach(file -> line(
                        "  %-60s %5d rows  sha256 %s…%s",
                        file.path(),
                        file.rowsUsed(),
                        file.sha256().substring(0, HASH_SHOWN),
                        file.overwrittenBy() == null
                                ? ""
                                : "  overwritten since, taken again by unit " + file.overwrittenBy()));
    }

    private void keptOut() {
        List<KeptOut.File> files = trace.keptOut() == null ? List.of() : trace.keptOut();
        if (!files.isEmpty()) {
            line("files of which something was kept out, which might else have reached it (%d)", files.size());
            files.stream()
                    .skip(Math.max(0, files.size() - KEPT_OUT_SHOWN))
                    .forEach(file -> line(
                            "  %-60s %s  unit %s  sha256 %s…  %s",
                            file.path(),
                            file.records() == 0 ? "    whole" : String.format(Locale.ROOT, "%5d rows", file.records()),
                            file.unit(),
                            file.sha256()
                                    .substring(
                                            0,
                                            Math.min(HASH_SHOWN, file.sha256().length())),
                            String.join(", ", file.codes())));
            if (files.size() > KEPT_OUT_SHOWN) {
                line("  and %d of units before: --json names all", files.size() - KEPT_OUT_SHOWN);
            }
        }
        if (trace.keptOutUntold() != null) {
            line("files of which something was kept out");
            line("  %s", trace.keptOutUntold());
        }
    }

    private static String changed(Map<String, String> provenance) {
        return switch (String.valueOf(provenance.get("pipeline_dirty"))) {
            case "true" -> ", and its configuration was changed beyond it";
            case "false" -> "";
            default -> "; whether its configuration was changed beyond it is unknown";
        };
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
