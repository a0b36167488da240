package io.penstock.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The rules by name, for the classes below a root package: Penstock's own, or the counterexamples of these tests. */
final class Rules {
    private static final List<String> STAGES =
            List.of("ingestion", "validation", "features", "training", "scoring", "lineage");
    private static final Set<String> CHANCE =
            Set.of("rand", "randn", "uuid", "shuffle", "monotonically_increasing_id", "input_file_name");
    private static final Set<String> NOW = Set.of("now", "current_date", "current_timestamp", "localtimestamp");

    private final String root;
    private final Map<String, ArchRule> rules = new LinkedHashMap<>();

    private Rules(String root) {
        this.root = root;
    }

    static Map<String, ArchRule> below(String root) {
        Rules rules = new Rules(root);
        rules.modules();
        rules.roomsOfIngestion();
        rules.libraries();
        rules.world();
        return rules.rules;
    }

    private String in(String module) {
        return root + "." + module;
    }

    private void modules() {
        add("core depends on no other module", onlySees("core", List.of("core")));
        STAGES.forEach(stage -> add(stage + " depends on core alone", onlySees(stage, List.of("core", stage))));
        add(
                "packages are free of cycles",
                SlicesRuleDefinition.slices()
                        .assignedFrom(new Packages(root))
                        .should()
                        .beFreeOfCycles());
    }

    private ArchRule onlySees(String module, List<String> seen) {
        DescribedPredicate<JavaClass> allowed =
                resideInAnyPackage(seen.stream().map(name -> in(name) + "..").toArray(String[]::new));
        return classes()
                .that()
                .resideInAPackage(in(module) + "..")
                .should()
                .onlyDependOnClassesThat(allowed.or(DescribedPredicate.not(resideInAPackage(root + ".."))));
    }

    /** Each package of ingestion with the others that it may see; {@code take} and {@code read} do not see each other. */
    private void roomsOfIngestion() {
        room("contract", List.of());
        room("landing", List.of("contract"));
        room("format", List.of("contract", "landing"));
        room("versions", List.of("contract", "landing"));
        room("repair", List.of("contract", "landing", "format", "versions"));
        room("take", List.of("contract", "landing", "versions", "repair"));
        room("read", List.of("contract", "landing", "format", "versions", "repair"));
        room("suggest", List.of("contract", "landing", "format"));
        room("extract", List.of("contract", "landing", "format"));
    }

    private void room(String name, List<String> seen) {
        String own = in("ingestion." + name);
        String[] allowed = Stream.concat(Stream.of(own), seen.stream().map(other -> in("ingestion." + other)))
                .toArray(String[]::new);
        add(
                "ingestion." + name + " sees "
                        + (seen.isEmpty() ? "no other room" : "of the rooms " + String.join(", ", seen)),
                classes()
                        .that()
                        .resideInAPackage(own)
                        .should()
                        .onlyDependOnClassesThat(resideInAnyPackage(allowed)
                                .or(DescribedPredicate.not(resideInAPackage(in("ingestion") + "..")))));
    }

    /** Each library behind a port, in the package that bears its name or owns it. */
    private void libraries() {
        only("Deequ", List.of("com.amazon.deequ.."), List.of("validation.deequ"));
        only("XGBoost", List.of("ml.dmlc.."), List.of("training.xgboost", "scoring.xgboost"));
        only("Spark ML", List.of("org.apache.spark.ml.."), List.of("training.sparkml", "training.xgboost"));
        only("Delta Kernel", List.of("io.delta.kernel.."), List.of("core.kernel"));
        only(
                "Delta through Spark",
                List.of("org.apache.spark.sql.delta..", "io.delta.tables..", "io.delta.storage.."),
                List.of("core.delta"));
        only("Typesafe Config", List.of("com.typesafe.config.."), List.of("core.config"));
        only("picocli", List.of("picocli.."), List.of("jobs", "jobs.cli"));
        only("the CSV parser", List.of("com.univocity.."), List.of("ingestion"));
        only("the network", List.of("java.net.http.."), List.of("training.mlflow"));
        add(
                "control tables and lineage need no Spark",
                noClasses()
                        .that()
                        .resideInAnyPackage(in("core.kernel") + "..", in("lineage") + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.apache.spark.."));
    }

    private void only(String library, List<String> packages, List<String> homes) {
        add(
                library + " only in " + String.join(" and ", homes),
                noClasses()
                        .that()
                        .resideInAPackage(root + "..")
                        .and()
                        .resideOutsideOfPackages(homes.stream().map(this::in).toArray(String[]::new))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(packages.toArray(String[]::new)));
    }

    /** What results could depend on without saying so. */
    private void world() {
        never("the wall clock only in Clock", "core.Clock", target -> {
            String owner = target.getOwner().getName();
            boolean plain = target instanceof AccessTarget.CodeUnitAccessTarget unit
                    && unit.getRawParameterTypes().isEmpty();
            return owner.equals("java.lang.System") && target.getName().equals("currentTimeMillis")
                    || owner.startsWith("java.time.") && target.getName().equals("now")
                    || owner.equals("java.time.Clock")
                    || owner.equals("java.util.Date")
                            && plain
                            && target.getName().equals("<init>")
                    || owner.equals("java.util.Calendar") && target.getName().equals("getInstance")
                    || owner.equals("org.apache.spark.sql.functions") && NOW.contains(target.getName());
        });
        never("chance only with a seed", "", target -> {
            String owner = target.getOwner().getName();
            boolean unseeded = target instanceof AccessTarget.ConstructorCallTarget made
                    && made.getRawParameterTypes().isEmpty();
            return unseeded
                            && Set.of("java.util.Random", "java.util.SplittableRandom")
                                    .contains(owner)
                    || owner.equals("java.lang.Math") && target.getName().equals("random")
                    || owner.equals("java.util.concurrent.ThreadLocalRandom")
                    || owner.equals("org.apache.spark.sql.functions") && CHANCE.contains(target.getName());
        });
        never("only the main class ends the process", "jobs.Penstock", target -> {
            String owner = target.getOwner().getName();
            return Set.of("java.lang.System", "java.lang.Runtime").contains(owner)
                    && Set.of("exit", "halt").contains(target.getName());
        });
    }

    private void never(String name, String except, Predicate<AccessTarget> target) {
        add(
                name,
                noClasses()
                        .that()
                        .resideInAPackage(root + "..")
                        .and()
                        .doNotHaveFullyQualifiedName(in(except))
                        .should()
                        .accessTargetWhere(describe(name, (JavaAccess<?> access) -> target.test(access.getTarget()))));
    }

    private void add(String name, ArchRule rule) {
        rules.put(name, rule.allowEmptyShould(false).as(name));
    }

    /** Every package is a slice of its own, a module's root package too. */
    private record Packages(String root) implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().startsWith(root + ".")
                    ? SliceIdentifier.of(type.getPackageName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "every package";
        }
    }
}
