package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.UnitId;
import io.penstock.core.config.LabelSpec.Known;
import io.penstock.core.config.LabelSpec.Several;
import io.penstock.core.config.SqlTree.Sound;
import io.penstock.core.config.TrainingSpec.Leakage;
import io.penstock.core.model.Metric;
import io.penstock.core.model.Task;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Binds one model, and checks it against the sources and feature views it names. */
final class ModelBinder {
    private static final String CUT = "cut";
    private static final ScoringSpec NEVER = new ScoringSpec(UnitId.MAX, 0, 0.5, List.of());
    private static final List<String> FALLBACKS = List.of("last-good", "hold", "when-refused");
    private static final LocalDate NO_DATE = LocalDate.EPOCH;
    private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_-]{0,39}");
    private static final Pattern OWN_CODE = Pattern.compile("PEN-SCO-0(0[1-9]|1\\d)");

    private final Section section;
    private final SqlChecks sql;
    private final String landing;
    private final Map<String, SourceSpec> sources;
    private final Map<String, ViewSpec> views;

    /** @param landing the landing folder */
    ModelBinder(
            Section section,
            SqlChecks sql,
            String landing,
            Map<String, SourceSpec> sources,
            Map<String, ViewSpec> views) {
        this.section = section;
        this.sql = sql;
        this.landing = landing;
        this.sources = sources;
        this.views = views;
    }

    ModelSpec bind(String name) {
        Section spineSection = section.requiredSection("spine");
        Optional<SourceSpec> spineSource = spineSection.has("from") || section.has("spine")
                ? ViewBinder.source(spineSection, "from", sources)
                : Optional.empty();
        Set<String> spineColumns = new LinkedHashSet<>();
        spineSource.map(ViewBinder::columns).ifPresent(spineColumns::addAll);
        boolean backtest = section.flag("backtest", false);
        Task task = task();
        SpineSpec spine = spine(spineSection, spineSource, spineColumns, backtest);
        LabelSpec label = label(section.requiredSection("label"), spineSource, spineColumns);
        List<String> used = viewsOf(section, "features", views.keySet(), List.of());
        used.forEach(view -> entityInSpine(views.get(view), spineSource, spineColumns));
        Map<String, String> rows = rows(spineSource);
        requireFreeNames(used, rows.keySet(), spineSource);
        if (used.isEmpty() && rows.isEmpty()) {
            section.report(
                    ErrorCode.NOTHING_DECLARED, "features", "", "the model has no feature: needs features or rows");
        }
        TrainingSpec training = training(section.requiredSection("training"), used, rows);
        if (training.leakage().isEmpty()) {
            refuseLabelColumns(label, spineSource, rows);
        }
        GateSpec gate = gate(section.section("gate"), task.gateMetric(), training, rows);
        ScoringSpec scoring = backtest ? neverScored() : scoring(section.section("scoring"), training);
        ModelSpec model = new ModelSpec(
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
                monitoring(backtest),
                task);
        section.finish();
        return model;
    }

    private Task task() {
        String otherwise = Task.binary().id();
        String id = section.text("task", otherwise);
        Optional<Task> named = Task.named(id);
        if (named.isEmpty()) {
            section.report(
                    ErrorCode.UNKNOWN_TASK,
                    "task",
                    id,
                    "no task " + id,
                    Task.all().stream().map(Task::id).toList());
        }
        return named.orElseGet(Task::binary);
    }

    private MonitoringSpec monitoring(boolean backtest) {
        if (backtest && section.has("monitoring")) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "monitoring",
                    "",
                    "a backtest is never scored: there is nothing to monitor");
        }
        MonitoringSpec otherwise = MonitoringSpec.DEFAULT;
        Section monitoring = section.section("monitoring");
        Section missing = monitoring.section("missing-view");
        Section shift = monitoring.section("score-shift");
        Section held = monitoring.section("all-held");
        Section unlabelled = monitoring.section("no-label");
        MonitoringSpec bound = new MonitoringSpec(
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

    private ScoringSpec neverScored() {
        if (section.has("scoring")) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "scoring",
                    "",
                    "a backtest is evaluated and never scored; remove scoring, or write scoring = null over an included one");
        }
        return NEVER;
    }

    private SpineSpec spine(Section spine, Optional<SourceSpec> from, Set<String> columns, boolean backtest) {
        Optional<String> asOf = spine.optionalText("as-of").filter(text -> !text.equals(CUT));
        asOf.ifPresent(text -> {
            if (!backtest) {
                spine.report(
                        ErrorCode.CONTRADICTING_KEYS,
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
                        ErrorCode.COUNTERPART_MISSING,
                        "from",
                        "",
                        "source " + source.name() + " has no key, so its rows cannot be scored one by one"));
        from.stream()
                .flatMap(source -> source.key().stream())
                .filter(name ->
                        ReservedColumns.BESIDE_INPUTS.contains(name) || ReservedColumns.BESIDE_SCORES.contains(name))
                .forEach(name -> spine.report(
                        ErrorCode.NAME_TAKEN,
                        "from",
                        "",
                        "has the key column " + name
                                + ", which is a column of the scores table itself; derive the key under another name,"
                                + " such as " + name + "_id"));
        spine.finish();
        return new SpineSpec(from.map(SourceSpec::name).orElse(""), asOf, hold);
    }

    /** Codes are the user's; those that begin as Penstock's own do mean something already. */
    private static void checkCode(Section conditions, String code) {
        if (!CODE.matcher(code).matches()) {
            conditions.report(
                    ErrorCode.INVALID_NAME,
                    code,
                    "",
                    "is no code: must begin with a capital letter, go on with capital letters, digits, - and _, and have"
                            + " at most 40 characters, such as DEPARTED");
        } else if (code.startsWith("PEN-") && !OWN_CODE.matcher(code).matches()) {
            conditions.report(
                    ErrorCode.NAME_TAKEN,
                    code,
                    "",
                    "is taken: codes that begin with PEN- are Penstock's, but for PEN-SCO-001 to 019; choose another,"
                            + " such as DEPARTED");
        }
    }

    /** Checks SQL over the spine's columns and {@code as_of}. */
    private Optional<Sound> expression(Section at, String key, String text, Optional<SourceSpec> from, SqlUse use) {
        return from.flatMap(source ->
                sql.check(at.place(key), text, sql.table(source.name()).and("as_of", "timestamp"), use));
    }

    private LabelSpec label(Section label, Optional<SourceSpec> spineSource, Set<String> spineColumns) {
        Optional<SourceSpec> from = section.has("label") ? ViewBinder.source(label, "from", sources) : Optional.empty();
        List<String> on = label.texts("on", spineSource.map(SourceSpec::key).orElse(List.of()));
        from.ifPresent(source -> on.forEach(c -> SourceBinder.mustExist(label, "on", c, ViewBinder.columns(source))));
        on.stream()
                .filter(c -> spineSource.isPresent() && !spineColumns.contains(c))
                .forEach(c -> label.report(
                        ErrorCode.NOT_DECLARED,
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
        return new LabelSpec(from.map(SourceSpec::name).orElse(""), on, value, matures).with(several, known);
    }

    private static List<String> viewsOf(Section section, String key, Set<String> declared, List<String> otherwise) {
        List<String> names = section.texts(key, otherwise);
        List<String> known = new ArrayList<>();
        for (String name : names) {
            if (!declared.contains(name)) {
                section.report(ErrorCode.NOT_DECLARED, key, name, "no feature view " + name, List.copyOf(declared));
            } else if (known.contains(name)) {
                section.report(ErrorCode.REPEATED_VALUE, key, "", "names " + name + " twice");
            } else {
                known.add(name);
            }
        }
        return known;
    }

    private void entityInSpine(ViewSpec view, Optional<SourceSpec> spine, Set<String> columns) {
        if (spine.isEmpty()) {
            return;
        }
        Set<String> own = sources.containsKey(view.from()) ? ViewBinder.columns(sources.get(view.from())) : Set.of();
        view.entity().stream()
                .filter(c -> own.contains(c) && !columns.contains(c))
                .forEach(c -> section.report(
                        ErrorCode.NOT_DECLARED,
                        "features",
                        "",
                        "view " + view.name() + " is about " + c + ", which the spine's source "
                                + spine.get().name() + " does not have"));
    }

    /** A column of the label, known when the label is, tells it at training and is missing or stale when scores are made. */
    private void refuseLabelColumns(LabelSpec label, Optional<SourceSpec> spine, Map<String, String> rows) {
        Optional<SourceSpec> told = Optional.ofNullable(sources.get(label.from()));
        if (spine.isEmpty() || told.isEmpty()) {
            return;
        }
        new LabelLineage(spine.get(), told.get(), label.value(), landing, sql::columns)
                .shared(rows)
                .forEach((name, shared) -> section.section("rows")
                        .report(
                                ErrorCode.FEATURE_READS_LABEL,
                                name,
                                "",
                                "reads " + String.join(", ", shared)
                                        + ", which label.value is made of: the model would be"
                                        + " told its answer. Take it out; if it is known before, "
                                        + "set training.leakage = warn or allow"));
    }

    private Map<String, String> rows(Optional<SourceSpec> from) {
        Map<String, String> rows = section.textMap("rows");
        Section parent = section.section("rows");
        rows.forEach((name, text) -> {
            Binder.checkName(parent, name);
            if (ReservedColumns.BESIDE_INPUTS.contains(name)
                    || from.filter(source -> source.key().contains(name)).isPresent()) {
                parent.report(
                        ErrorCode.NAME_TAKEN,
                        name,
                        "",
                        "is a column that stands beside the inputs already; choose another name");
            }
            expression(parent, name, text, from, SqlUse.INPUT);
        });
        return rows;
    }

    /** An input of a view is a column {@code <view>_<feature>} next to the key and the row features. */
    private void requireFreeNames(List<String> used, Set<String> rows, Optional<SourceSpec> from) {
        Map<String, String> taken = new LinkedHashMap<>();
        ReservedColumns.BESIDE_INPUTS.forEach(name -> taken.put(name, "a column that Penstock adds"));
        from.ifPresent(source -> source.key().forEach(name -> taken.put(name, "a key column of " + source.name())));
        rows.forEach(name -> taken.putIfAbsent(name, "a row feature"));
        used.stream()
                .map(views::get)
                .forEach(view -> view.features().stream().distinct().forEach(feature -> {
                    String name = view.name() + "_" + feature;
                    String owner = taken.putIfAbsent(name, "a feature of view " + view.name());
                    if (owner != null) {
                        section.report(
                                ErrorCode.NAME_TAKEN,
                                "features",
                                "",
                                "gives the model an input " + name + ", feature " + feature + " of view " + view.name()
                                        + ", which is the name of " + owner + "; rename one");
                    }
                }));
    }

    private TrainingSpec training(Section training, List<String> used, Map<String, String> rows) {
        List<UnitId> at = units(training);
        LocalDate testFrom =
                section.has("training") ? training.date("test-from", true).orElse(NO_DATE) : NO_DATE;
        int workers = training.whole("workers", 1, 1, 4096);
        int rounds = training.whole("rounds", 100, 1, 100_000);
        ParamsBinder shared = ParamsBinder.of(CandidateSpec.DEFAULT_TRAINER);
        Map<String, String> params = shared.withDefaults(shared.bind(training, inputs(used, rows)));
        Map<String, CandidateSpec> candidates = new LinkedHashMap<>();
        training.sections("candidates").forEach((name, candidate) -> {
            Binder.checkName(training.section("candidates"), name);
            CandidateSpec bound = candidate(name, candidate, used, rows);
            candidates.put(name, bound);
            ParamsBinder.of(bound.trainedBy())
                    .contradictions(training, candidate, params, bound, workers, rounds, inputs(bound.views(), rows));
        });
        if (candidates.isEmpty() && training.has("candidates")) {
            training.report(
                    ErrorCode.NOTHING_DECLARED, "candidates", "", "is empty: declare a candidate or leave the key out");
        }
        if (candidates.isEmpty()) {
            CandidateSpec full = new CandidateSpec("full", used, Map.of());
            candidates.put("full", full);
            shared.contradictions(training, training, params, full, workers, rounds, inputs(used, rows));
        }
        boolean isShared = candidates.values().stream()
                .anyMatch(candidate -> candidate.trainedBy().equals(CandidateSpec.DEFAULT_TRAINER));
        if (training.has("params") && !isShared) {
            training.report(
                    ErrorCode.UNUSED_TRAINING_PARAMS,
                    "params",
                    "",
                    "is for candidates of trainer " + CandidateSpec.DEFAULT_TRAINER
                            + ", and there is none: give each candidate params of its own");
        }
        String publish = publish(training, candidates);
        at.stream()
                .filter(unit -> !unit.date().isAfter(testFrom))
                .forEach(unit -> training.report(
                        ErrorCode.CONTRADICTING_KEYS,
                        "at",
                        "",
                        unit + " is not after test-from " + testFrom + ": the test slice would be empty"));
        Duration validation = training.duration("validation").orElse(Duration.ofDays(15));
        if (!validation.equals(Duration.ofDays(validation.toDays()))) {
            training.report(
                    ErrorCode.INVALID_VALUE,
                    "validation",
                    "",
                    "is " + validation + ", must be whole days, such as 15d");
        }
        TrainingSpec bound = new TrainingSpec(
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

    private List<UnitId> units(Section training) {
        List<UnitId> units = new ArrayList<>();
        for (String text : training.texts("at", List.of())) {
            try {
                units.add(UnitId.parse(text));
            } catch (java.time.DateTimeException e) {
                training.report(
                        ErrorCode.INVALID_VALUE, "at", "", "holds " + text + ", must be dates as \"2013-12-25\"");
            }
        }
        return units.stream().sorted().distinct().toList();
    }

    private static Optional<Leakage> leakage(Section training) {
        return Optional.of(training.choice("leakage", Leakage.REFUSE, Leakage.class))
                .filter(policy -> policy != Leakage.REFUSE);
    }

    /** The inputs of a model that uses some views, in their order. */
    private List<String> inputs(List<String> used, Map<String, String> rows) {
        List<String> inputs = new ArrayList<>(rows.keySet());
        for (String name : used) {
            ViewSpec view = views.get(name);
            view.aggregates()
                    .values()
                    .forEach(aggregate ->
                            aggregate.over().forEach(window -> inputs.add(name + "_" + aggregate.column(window))));
            view.latest().forEach(column -> inputs.add(name + "_" + column));
        }
        return inputs;
    }

    private CandidateSpec candidate(String name, Section candidate, List<String> used, Map<String, String> rows) {
        List<String> own = viewsOf(candidate, "features", new LinkedHashSet<>(used), used);
        if (own.isEmpty() && rows.isEmpty()) {
            candidate.report(ErrorCode.NOTHING_DECLARED, "features", "", "the candidate has no feature");
        }
        List<String> inputs = inputs(own, rows);
        Optional<String> named = candidate.optionalText("trainer");
        Optional<String> trainer = named.filter(one -> !one.equals(CandidateSpec.DEFAULT_TRAINER));
        Map<String, String> params = Map.of();
        if (trainer.isEmpty()) {
            params = ParamsBinder.of(CandidateSpec.DEFAULT_TRAINER).bind(candidate, inputs);
        } else if (isKnown(candidate, trainer.get())) {
            ParamsBinder binder = ParamsBinder.of(trainer.get());
            params = binder.withDefaults(binder.bind(candidate, inputs));
        } else {
            candidate.allow("params"); // whose they are is not known
            trainer = Optional.empty();
        }
        candidate.finish();
        return new CandidateSpec(name, own, params, trainer);
    }

    private static boolean isKnown(Section candidate, String trainer) {
        List<String> known =
                TrainerParameters.all().stream().map(TrainerParameters::trainer).toList();
        if (!known.contains(trainer)) {
            candidate.report(ErrorCode.UNKNOWN_TRAINER, "trainer", trainer, "no trainer " + trainer, known);
        }
        return known.contains(trainer);
    }

    private static String publish(Section training, Map<String, CandidateSpec> candidates) {
        Optional<String> named = training.optionalText("publish");
        if (named.isPresent()) {
            mustBeCandidate(training, "publish", named.get(), candidates);
            return named.get();
        }
        if (candidates.size() > 1) {
            training.report(
                    ErrorCode.REQUIRED_KEY_MISSING,
                    "publish",
                    "",
                    "needs publish: which candidate is registered?",
                    List.copyOf(candidates.keySet()));
        }
        return candidates.keySet().iterator().next();
    }

    private static void mustBeCandidate(
            Section section, String key, String name, Map<String, CandidateSpec> candidates) {
        if (!candidates.containsKey(name)) {
            section.report(ErrorCode.NOT_DECLARED, key, name, "no candidate " + name, List.copyOf(candidates.keySet()));
        }
    }

    private GateSpec gate(Section gate, Metric metric, TrainingSpec training, Map<String, String> rows) {
        Section judged = gate.section(metric.name());
        String rivalKey = GateSpec.rivalKey(metric);
        double bound = judged.number(GateSpec.boundKey(metric), metric.easiest(), metric.least(), metric.most());
        Optional<String> rival = judged.optionalText(rivalKey);
        rival.ifPresent(name -> mustBeCandidate(judged, rivalKey, name, training.candidates()));
        if (rival.isPresent() && rival.get().equals(training.publish())) {
            judged.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    rivalKey,
                    "",
                    rival.get() + " is the candidate to publish; it cannot beat itself");
        }
        if (judged.has("by") && rival.isEmpty()) {
            judged.report(
                    ErrorCode.COUNTERPART_MISSING,
                    "by",
                    "",
                    "needs " + rivalKey + ": which candidate must be beaten by that much?");
        }
        double by = judged.number("by", 0, 0, metric.most());
        judged.finish();
        List<String> slices = gate.texts("slices", List.of());
        List<String> inputs = List.copyOf(rows.keySet());
        slices.stream()
                .filter(slice -> !inputs.contains(slice))
                .forEach(slice -> gate.report(
                        ErrorCode.NOT_DECLARED, "slices", slice, "no row feature " + slice + " in this model", inputs));
        gate.finish();
        return new GateSpec(metric, bound, rival, by, slices);
    }

    private ScoringSpec scoring(Section scoring, TrainingSpec training) {
        Optional<UnitId> first = training.at().stream().findFirst();
        Optional<UnitId> stated = scoring.unitId("from");
        if (stated.isEmpty() && first.isEmpty() && section.has("training")) {
            scoring.report(
                    ErrorCode.REQUIRED_KEY_MISSING,
                    "from",
                    "",
                    "needs from, the first unit that is scored, such as from = \"2013-12-25\"");
        }
        UnitId from = stated.or(() -> first).orElse(UnitId.of(NO_DATE));
        if (first.isPresent() && from.isBefore(first.get())) {
            scoring.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "from",
                    "",
                    from + " is before the first training, " + first.get() + ": there would be no model");
        }
        List<String> fallback = scoring.texts("fallback", List.of("last-good", "hold"));
        fallback.stream()
                .filter(name -> !FALLBACKS.contains(name))
                .forEach(name ->
                        scoring.report(ErrorCode.INVALID_VALUE, "fallback", name, "no fallback " + name, FALLBACKS));
        ScoringSpec bound = new ScoringSpec(
                from, scoring.whole("reasons", 5, 0, 100), scoring.number("threshold", 0.5, 0, 1), fallback);
        scoring.finish();
        return bound;
    }
}
