package io.penstock.core.config;

import io.penstock.core.config.PipelineConfig.Candidate;
import io.penstock.core.config.PipelineConfig.Gate;
import io.penstock.core.config.PipelineConfig.Known;
import io.penstock.core.config.PipelineConfig.Label;
import io.penstock.core.config.PipelineConfig.Leakage;
import io.penstock.core.config.PipelineConfig.Model;
import io.penstock.core.config.PipelineConfig.Monitoring;
import io.penstock.core.config.PipelineConfig.Reaction;
import io.penstock.core.config.PipelineConfig.Scoring;
import io.penstock.core.config.PipelineConfig.Several;
import io.penstock.core.config.PipelineConfig.Source;
import io.penstock.core.config.PipelineConfig.Spine;
import io.penstock.core.config.PipelineConfig.Training;
import io.penstock.core.config.PipelineConfig.View;
import io.penstock.core.config.SqlTree.Sound;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Binds one model, and checks it against the sources and feature views it names. */
final class ModelBinder {
    private static final String CUT = "cut";
    private static final Scoring NEVER = new Scoring(LocalDate.MAX, 0, 0.5, List.of());
    private static final List<String> FALLBACKS = List.of("last-good", "hold", "when-refused");
    private static final LocalDate NO_DATE = LocalDate.EPOCH;
    private static final String MONOTONE = "monotone_constraints";
    private static final Set<String> CONSTRAINTS = Set.of(MONOTONE, "interaction_constraints");
    private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_-]{0,39}");
    private static final Pattern OWN_CODE = Pattern.compile("PEN-SCO-0(0[1-9]|1\\d)");

    private final Section section;
    private final SqlChecks sql;
    private final String landing;
    private final Map<String, Source> sources;
    private final Map<String, View> views;

    /** @param landing the landing folder */
    ModelBinder(Section section, SqlChecks sql, String landing, Map<String, Source> sources, Map<String, View> views) {
        this.section = section;
        this.sql = sql;
        this.landing = landing;
        this.sources = sources;
        this.views = views;
    }

    Model bind(String name) {
        Section spineSection = section.requiredSection("spine");
        Optional<Source> spineSource = spineSection.has("from") || section.has("spine")
                ? ViewBinder.source(spineSection, "from", sources)
                : Optional.empty();
        Set<String> spineColumns = new LinkedHashSet<>();
        spineSource.map(ViewBinder::columns).ifPresent(spineColumns::addAll);
        boolean backtest = section.flag("backtest", false);
        Spine spine = spine(spineSection, spineSource, spineColumns, backtest);
        Label label = label(section.requiredSection("label"), spineSource, spineColumns);
        List<String> used = viewsOf(section, "features", views.keySet(), List.of());
        used.forEach(view -> entityInSpine(views.get(view), spineSource, spineColumns));
        Map<String, String> rows = rows(spineSource);
        if (used.isEmpty() && rows.isEmpty()) {
            section.report("PEN-CFG-024", "features", "", "the model has no feature: needs features or rows");
        }
        Training training = training(section.requiredSection("training"), used, rows);
        if (training.leakage().isEmpty()) {
            refuseLabelColumns(label, spineSource, rows);
        }
        Gate gate = gate(section.section("gate"), training, rows);
        Scoring scoring = backtest ? neverScored() : scoring(section.section("scoring"), training);
        Model model = new Model(
                name,
                backtest,
                spine,
                label,
                used,
                rows,
                training,
                gate,
                scoring,
                section.text("comment", ""),
                monitoring(backtest));
        section.finish();
        return model;
    }

    private Monitoring monitoring(boolean backtest) {
        if (backtest && section.has("monitoring")) {
            section.report("PEN-CFG-009", "monitoring", "", "a backtest is never scored: there is nothing to monitor");
        }
        Monitoring otherwise = Monitoring.DEFAULT;
        Section monitoring = section.section("monitoring");
        Section missing = monitoring.section("missing-view");
        Section shift = monitoring.section("score-shift");
        Section held = monitoring.section("all-held");
        Section unlabelled = monitoring.section("no-label");
        Monitoring bound = new Monitoring(
                missing.number("at-least", otherwise.missingShare(), 0.01, 1),
                missing.choice("then", otherwise.onMissing(), Reaction.class),
                shift.number("beyond", otherwise.shiftBeyond(), 1, 1000),
                shift.choice("then", otherwise.onShift(), Reaction.class),
                held.choice("then", otherwise.onAllHeld(), Reaction.class),
                unlabelled.choice("then", otherwise.onNoLabel(), Reaction.class));
        List.of(missing, shift, held, unlabelled).forEach(Section::finish);
        monitoring.finish();
        return bound;
    }

    private Scoring neverScored() {
        if (section.has("scoring")) {
            section.report(
                    "PEN-CFG-009",
                    "scoring",
                    "",
                    "a backtest is evaluated and never scored; remove scoring, or write scoring = null over an included one");
        }
        return NEVER;
    }

    private Spine spine(Section spine, Optional<Source> from, Set<String> columns, boolean backtest) {
        Optional<String> asOf = spine.optionalText("as-of").filter(text -> !text.equals(CUT));
        asOf.ifPresent(text -> {
            if (!backtest) {
                spine.report(
                        "PEN-CFG-009",
                        "as-of",
                        "",
                        "must be cut, when scores are made; an instant per row needs backtest = true in the model");
            }
            from.ifPresent(source -> sql.check(spine.place("as-of"), text, sql.table(source.name()), SqlUse.INSTANT));
        });
        Map<String, String> hold = spine.textMap("hold");
        Section conditions = spine.section("hold");
        hold.forEach((code, condition) -> {
            checkCode(conditions, code);
            expression(conditions, code, condition, from, SqlUse.HOLD);
        });
        from.filter(source -> source.key().isEmpty())
                .ifPresent(source -> spine.report(
                        "PEN-CFG-097",
                        "from",
                        "",
                        "source " + source.name() + " has no key, so its rows cannot be scored one by one"));
        from.stream()
                .flatMap(source -> source.key().stream())
                .filter(name ->
                        PipelineConfig.BESIDE_INPUTS.contains(name) || PipelineConfig.BESIDE_SCORES.contains(name))
                .forEach(name -> spine.report(
                        "PEN-CFG-094",
                        "from",
                        "",
                        "has the key column " + name
                                + ", which stands beside the key in scores; derive the key under another name"));
        spine.finish();
        return new Spine(from.map(Source::name).orElse(""), asOf, hold);
    }

    /** Codes are the user's; those that begin as Penstock's own do mean something already. */
    private static void checkCode(Section conditions, String code) {
        if (!CODE.matcher(code).matches()) {
            conditions.report(
                    "PEN-CFG-091",
                    code,
                    "",
                    "is no code: must begin with a capital letter, go on with capital letters, digits, - and _, and have"
                            + " at most 40 characters, such as DEPARTED");
        } else if (code.startsWith("PEN-") && !OWN_CODE.matcher(code).matches()) {
            conditions.report(
                    "PEN-CFG-094",
                    code,
                    "",
                    "is taken: codes that begin with PEN- are Penstock's, but for PEN-SCO-001 to 019; choose another,"
                            + " such as DEPARTED");
        }
    }

    /** Checks SQL over the spine's columns and {@code as_of}. */
    private Optional<Sound> expression(Section at, String key, String text, Optional<Source> from, SqlUse use) {
        return from.flatMap(source ->
                sql.check(at.place(key), text, sql.table(source.name()).and("as_of", "timestamp"), use));
    }

    private Label label(Section label, Optional<Source> spineSource, Set<String> spineColumns) {
        Optional<Source> from = section.has("label") ? ViewBinder.source(label, "from", sources) : Optional.empty();
        List<String> on = label.texts("on", spineSource.map(Source::key).orElse(List.of()));
        from.ifPresent(source -> on.forEach(c -> SourceBinder.mustExist(label, "on", c, ViewBinder.columns(source))));
        on.stream()
                .filter(c -> spineSource.isPresent() && !spineColumns.contains(c))
                .forEach(c -> label.report(
                        "PEN-CFG-093",
                        "on",
                        c,
                        "no column " + c + " in the spine's source",
                        List.copyOf(spineColumns)));
        String value = section.has("label") ? label.requiredText("value", "\"arr_delay >= 15\"") : "";
        if (!value.isEmpty()) {
            from.ifPresent(source -> sql.check(label.place("value"), value, sql.table(source.name()), SqlUse.LABEL));
        }
        Duration matures = label.duration("matures-after").orElse(Duration.ZERO);
        Several several = label.choice("several", Several.REFUSE, Several.class);
        Known known = label.choice("known-at-as-of", Known.DROP, Known.class);
        label.finish();
        return new Label(from.map(Source::name).orElse(""), on, value, matures).with(several, known);
    }

    private static List<String> viewsOf(Section section, String key, Set<String> declared, List<String> otherwise) {
        List<String> names = section.texts(key, otherwise);
        List<String> known = new ArrayList<>();
        for (String name : names) {
            if (!declared.contains(name)) {
                section.report("PEN-CFG-093", key, name, "no feature view " + name, List.copyOf(declared));
            } else if (known.contains(name)) {
                section.report("PEN-CFG-096", key, "", "names " + name + " twice");
            } else {
                known.add(name);
            }
        }
        return known;
    }

    private void entityInSpine(View view, Optional<Source> spine, Set<String> columns) {
        if (spine.isEmpty()) {
            return;
        }
        Set<String> own = sources.containsKey(view.from()) ? ViewBinder.columns(sources.get(view.from())) : Set.of();
        view.entity().stream()
                .filter(c -> own.contains(c) && !columns.contains(c))
                .forEach(c -> section.report(
                        "PEN-CFG-093",
                        "features",
                        "",
                        "view " + view.name() + " is about " + c + ", which the spine's source "
                                + spine.get().name() + " does not have"));
    }

    /** A column of the label, known when the label is, tells it at training and is missing or stale when scores are made. */
    private void refuseLabelColumns(Label label, Optional<Source> spine, Map<String, String> rows) {
        Optional<Source> told = Optional.ofNullable(sources.get(label.from()));
        if (spine.isEmpty() || told.isEmpty()) {
            return;
        }
        new LabelLineage(spine.get(), told.get(), label.value(), landing, sql::columns)
                .shared(rows)
                .forEach((name, shared) -> section.section("rows")
                        .report(
                                "PEN-CFG-054",
                                name,
                                "",
                                "reads " + String.join(", ", shared)
                                        + ", which label.value is made of: the model would be"
                                        + " told its answer. Take it out; if it is known before, "
                                        + "set training.leakage = warn or allow"));
    }

    private Map<String, String> rows(Optional<Source> from) {
        Map<String, String> rows = section.textMap("rows");
        Section parent = section.section("rows");
        rows.forEach((name, text) -> {
            Binder.checkName(parent, name);
            if (PipelineConfig.BESIDE_INPUTS.contains(name)
                    || from.filter(source -> source.key().contains(name)).isPresent()) {
                parent.report(
                        "PEN-CFG-094",
                        name,
                        "",
                        "is a column that stands beside the inputs already; choose another name");
            }
            expression(parent, name, text, from, SqlUse.INPUT);
        });
        return rows;
    }

    private Training training(Section training, List<String> used, Map<String, String> rows) {
        List<LocalDate> at = dates(training);
        LocalDate testFrom =
                section.has("training") ? training.date("test-from", true).orElse(NO_DATE) : NO_DATE;
        int workers = training.whole("workers", 1, 1, 4096);
        int rounds = training.whole("rounds", 100, 1, 100_000);
        Map<String, String> params = new LinkedHashMap<>(new TreeMap<>(XgboostParameters.DEFAULTS));
        params.putAll(params(training, inputs(used, rows)));
        Map<String, Candidate> candidates = new LinkedHashMap<>();
        training.sections("candidates").forEach((name, candidate) -> {
            Binder.checkName(training.section("candidates"), name);
            Candidate bound = candidate(name, candidate, used, rows);
            candidates.put(name, bound);
            contradictions(training, candidate, params, bound, workers, rounds, inputs(bound.views(), rows));
        });
        if (candidates.isEmpty() && training.has("candidates")) {
            training.report("PEN-CFG-024", "candidates", "", "is empty: declare a candidate or leave the key out");
        }
        if (candidates.isEmpty()) {
            Candidate full = new Candidate("full", used, Map.of());
            candidates.put("full", full);
            contradictions(training, training, params, full, workers, rounds, inputs(used, rows));
        }
        String publish = publish(training, candidates);
        at.stream()
                .filter(date -> !date.isAfter(testFrom))
                .forEach(date -> training.report(
                        "PEN-CFG-009",
                        "at",
                        "",
                        date + " is not after test-from " + testFrom + ": the test slice would be empty"));
        Duration validation = training.duration("validation").orElse(Duration.ofDays(15));
        if (!validation.equals(Duration.ofDays(validation.toDays()))) {
            training.report("PEN-CFG-007", "validation", "", "is " + validation + ", must be whole days, such as 15d");
        }
        Training bound = new Training(
                at,
                testFrom,
                validation,
                workers,
                rounds,
                training.whole("early-stopping", 15, 1, 100_000),
                params,
                candidates,
                publish,
                leakage(training));
        training.finish();
        return bound;
    }

    private List<LocalDate> dates(Section training) {
        List<LocalDate> dates = new ArrayList<>();
        for (String text : training.texts("at", List.of())) {
            try {
                dates.add(LocalDate.parse(text));
            } catch (java.time.DateTimeException e) {
                training.report("PEN-CFG-007", "at", "", "holds " + text + ", must be dates as \"2013-12-25\"");
            }
        }
        return dates.stream().sorted().distinct().toList();
    }

    private static Optional<Leakage> leakage(Section training) {
        return Optional.of(training.choice("leakage", Leakage.REFUSE, Leakage.class))
                .filter(policy -> policy != Leakage.REFUSE);
    }

    /** The inputs of a model that uses some views, in their order. */
    private List<String> inputs(List<String> used, Map<String, String> rows) {
        List<String> inputs = new ArrayList<>(rows.keySet());
        for (String name : used) {
            View view = views.get(name);
            view.aggregates()
                    .values()
                    .forEach(aggregate ->
                            aggregate.over().forEach(window -> inputs.add(name + "_" + aggregate.column(window))));
            view.latest().forEach(column -> inputs.add(name + "_" + column));
        }
        return inputs;
    }

    /** @return by the library's own names, whatever they were written as */
    private static Map<String, String> params(Section section, List<String> inputs) {
        Map<String, String> params = new LinkedHashMap<>();
        Section parent = section.section("params");
        section.jsonMap("params", CONSTRAINTS).forEach((written, value) -> {
            String name = XgboostParameters.own(written);
            Optional<String> managed = XgboostParameters.managedBy(name);
            if (managed.isPresent()) {
                parent.report("PEN-CFG-017", written, "", "is set by Penstock; use " + managed.get());
            } else if (!XgboostParameters.isKnown(name)) {
                parent.report(
                        "PEN-CFG-017", written, written, "no XGBoost parameter " + written, XgboostParameters.names());
            } else {
                XgboostParameters.violation(name, value)
                        .ifPresent(
                                must -> parent.report("PEN-CFG-017", written, "", "is " + value + ", must be " + must));
            }
            if (params.put(name, value) != null) {
                parent.report(
                        "PEN-CFG-017", written, "", "sets " + name + ", which another name sets as well; keep one");
            }
            if (CONSTRAINTS.contains(name)) {
                constrained(parent, name, value, inputs);
            }
        });
        return params;
    }

    private static void constrained(Section params, String name, String value, List<String> inputs) {
        try {
            FeatureConstraints.requireEffect(name, value, inputs);
            FeatureConstraints.names(name, value).stream()
                    .filter(input -> !inputs.contains(input))
                    .forEach(input -> params.report("PEN-CFG-017", name, input, "no input " + input, inputs));
        } catch (IllegalArgumentException e) {
            params.report("PEN-CFG-017", name, "", e.getMessage());
        }
    }

    /** What is wrong with all parameters of a candidate together, told where the parameter stands. */
    private static void contradictions(
            Section training,
            Section own,
            Map<String, String> shared,
            Candidate candidate,
            int workers,
            int rounds,
            List<String> inputs) {
        Map<String, String> params = new LinkedHashMap<>(shared);
        params.putAll(candidate.params());
        Map<String, String> found = new TreeMap<>(XgboostParameters.contradictions(params, workers, rounds));
        for (String name : CONSTRAINTS) {
            misplaced(name, params, inputs).ifPresent(problem -> found.put(name, problem));
        }
        found.forEach((name, problem) -> {
            Section at = candidate.params().containsKey(name) ? own : training;
            Section section = at.section("params");
            String written = XgboostParameters.aliases().entrySet().stream()
                    .filter(alias -> alias.getValue().equals(name) && section.has(alias.getKey()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(name);
            section.report("PEN-CFG-017", written, "", problem);
        });
    }

    private static Optional<String> misplaced(String name, Map<String, String> params, List<String> inputs) {
        String value = params.get(name);
        try {
            if (value != null && name.equals(MONOTONE)) {
                FeatureConstraints.monotone(value, inputs);
            } else if (value != null) {
                FeatureConstraints.interaction(value, inputs);
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    private Candidate candidate(String name, Section candidate, List<String> used, Map<String, String> rows) {
        List<String> own = viewsOf(candidate, "features", new LinkedHashSet<>(used), used);
        if (own.isEmpty() && rows.isEmpty()) {
            candidate.report("PEN-CFG-024", "features", "", "the candidate has no feature");
        }
        Map<String, String> params = params(candidate, inputs(own, rows));
        candidate.finish();
        return new Candidate(name, own, params);
    }

    private static String publish(Section training, Map<String, Candidate> candidates) {
        Optional<String> named = training.optionalText("publish");
        if (named.isPresent()) {
            mustBeCandidate(training, "publish", named.get(), candidates);
            return named.get();
        }
        if (candidates.size() > 1) {
            training.report(
                    "PEN-CFG-025",
                    "publish",
                    "",
                    "needs publish: which candidate is registered?",
                    List.copyOf(candidates.keySet()));
        }
        return candidates.keySet().iterator().next();
    }

    private static void mustBeCandidate(Section section, String key, String name, Map<String, Candidate> candidates) {
        if (!candidates.containsKey(name)) {
            section.report("PEN-CFG-093", key, name, "no candidate " + name, List.copyOf(candidates.keySet()));
        }
    }

    private Gate gate(Section gate, Training training, Map<String, String> rows) {
        Section auc = gate.section("auc");
        double atLeast = auc.number("at-least", 0.5, 0, 1);
        Optional<String> above = auc.optionalText("above");
        above.ifPresent(name -> mustBeCandidate(auc, "above", name, training.candidates()));
        if (above.isPresent() && above.get().equals(training.publish())) {
            auc.report("PEN-CFG-009", "above", "", above.get() + " is the candidate to publish; it cannot beat itself");
        }
        if (auc.has("by") && above.isEmpty()) {
            auc.report("PEN-CFG-097", "by", "", "needs above: which candidate must be beaten by that much?");
        }
        double by = auc.number("by", 0, 0, 1);
        auc.finish();
        List<String> slices = gate.texts("slices", List.of());
        List<String> inputs = List.copyOf(rows.keySet());
        slices.stream()
                .filter(slice -> !inputs.contains(slice))
                .forEach(slice -> gate.report(
                        "PEN-CFG-093", "slices", slice, "no row feature " + slice + " in this model", inputs));
        gate.finish();
        return new Gate(atLeast, above, by, slices);
    }

    private Scoring scoring(Section scoring, Training training) {
        Optional<LocalDate> first = training.at().stream().findFirst();
        Optional<LocalDate> stated = scoring.date("from", false);
        if (stated.isEmpty() && first.isEmpty() && section.has("training")) {
            scoring.report(
                    "PEN-CFG-025",
                    "from",
                    "",
                    "needs from, the first unit that is scored, such as from = \"2013-12-25\"");
        }
        LocalDate from = stated.or(() -> first).orElse(NO_DATE);
        if (first.isPresent() && from.isBefore(first.get())) {
            scoring.report(
                    "PEN-CFG-009",
                    "from",
                    "",
                    from + " is before the first training, " + first.get() + ": there would be no model");
        }
        List<String> fallback = scoring.texts("fallback", List.of("last-good", "hold"));
        fallback.stream()
                .filter(name -> !FALLBACKS.contains(name))
                .forEach(name -> scoring.report("PEN-CFG-007", "fallback", name, "no fallback " + name, FALLBACKS));
        Scoring bound = new Scoring(
                from, scoring.whole("reasons", 5, 0, 100), scoring.number("threshold", 0.5, 0, 1), fallback);
        scoring.finish();
        return bound;
    }
}
