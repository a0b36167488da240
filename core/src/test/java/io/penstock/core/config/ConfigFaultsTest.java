package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The mistakes of the fault catalogue: each test is named after the mistake it makes. */
class ConfigFaultsTest {
    private static final String SOUND = """
            pipeline = shop
            sources {
              orders {
                path = "orders/landed={landed}/*.csv"
                mode = append
                key = [id]
                event-time = ordered
                columns {
                  id { type = long }
                  shop { type = string }
                  amount { type = double }
                  ordered { type = timestamp }
                }
              }
              returns {
                path = "returns/landed={landed}/*.csv"
                mode = upsert
                key = [id]
                sequence = landed
                event-time = returned
                columns { id { type = long }, city { type = string }, returned { type = timestamp }, back { type = int } }
              }
            }
            features {
              sales { from = orders, entity = [shop], aggregate { sold { sum = amount, over = [1d, 7d] } } }
            }
            models {
              comes_back {
                spine { from = orders, as-of = cut }
                label { from = returns, on = [id], value = "back > 0", matures-after = 2d }
                features = [sales]
                rows { amount = amount }
                training {
                  at = ["2013-12-25"], test-from = "2013-11-01", params { eta = 0.1 }
                  candidates { plain { features = [] }, full {} }
                  publish = full
                }
                gate { auc { at-least = 0.6, above = plain, by = 0.01 }, slices = [amount] }
              }
            }
            """;

    @TempDir
    Path temp;

    Path conf;

    @BeforeEach
    void confFolder() throws IOException {
        conf = Files.createDirectories(temp.resolve("conf"));
    }

    private List<ConfigProblem> problems(String text) throws IOException {
        return read(text, Map.of(), Map.of()).problems();
    }

    private ConfigLoader.Result read(String text, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        Files.writeString(conf.resolve("shop.conf"), text);
        return ConfigLoader.read(conf, "shop", "local", overrides, environment, Optional.empty());
    }

    /** The one line reported when {@code from} is replaced by {@code to} in a sound file. */
    private String with(String from, String to) throws IOException {
        assertThat(SOUND).contains(from);
        List<ConfigProblem> problems = problems(SOUND.replace(from, to));
        assertThat(problems).as("problems").hasSize(1);
        return problems.get(0).render();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            every = 1w, days = [] | PEN-CFG-024 | schedule.days: names no day
            every = 1w            | PEN-CFG-070 | holds 2013-12-25, which is no unit: units are every mon, the nearest 2013-12-23 and 2013-12-30
            every = 6h            | PEN-CFG-070 | units are every 6 hours from 00:00Z, the nearest 2013-12-24T18:00Z and 2013-12-25T06:00Z
            every = 1mo           | PEN-CFG-070 | units are on the first of each month, the nearest 2013-12-01 and 2014-01-01
            """)
    void aScheduleMustHaveDaysAndTheUnitsOfTraining(String schedule, String code, String message) throws IOException {
        assertThat(with("pipeline = shop", "pipeline = shop, schedule { " + schedule + " }"))
                .startsWith(code)
                .contains(message);
    }

    @Test
    void theSoundFileIsSound() throws IOException {
        assertThat(problems(SOUND)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "monitoring { missing-view { then = refuse, at-least = 0.3 }, score-shift { then = pass, beyond = 6 } } | ''",
                "monitoring { missing-view { then = refused } } | PEN-CFG-007 monitoring.missing-view.then allowed: pass, warn, refuse",
                "monitoring { score-shift { beyond = 0 } } | PEN-CFG-007 monitoring.score-shift.beyond",
                "monitoring { shift {} } | PEN-CFG-003 monitoring.shift score-shift"
            })
    void whatIsMonitoredIsChecked(String monitoring, String says) throws IOException {
        String found =
                problems(SOUND.replace("rows { amount = amount }", "rows { amount = amount }\n    " + monitoring))
                        .stream()
                        .map(ConfigProblem::render)
                        .collect(java.util.stream.Collectors.joining("\n"));
        if (says.isEmpty()) {
            assertThat(found).isEmpty();
        } else {
            assertThat(found).contains(says.split(" (?!pass|warn|refuse)"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"weight", "id"})
    void aRowFeatureCannotTakeTheNameOfAColumnBesideTheInputs(String name) throws IOException {
        assertThat(with("rows { amount = amount }", "rows { amount = amount, " + name + " = amount }"))
                .contains("PEN-CFG-094", "rows." + name, "beside the inputs");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode = append | on-missing-column = null | sources.orders.on-missing-column | allowed: reject, as-null",
                "mode = append | on-overwrite = null | sources.orders.on-overwrite | allowed: restate, note, refuse",
                "mode = append | allow-empty = null | sources.orders.allow-empty | leave the key out",
                "mode = append | null-values = null | sources.orders.null-values | leave the key out",
                "shop { type = string } | shop { type = null } | sources.orders.columns.shop.type | allowed: string, int",
                "shop { type = string } | shop = null | sources.orders.columns.shop | leave the key out"
            })
    void aNullOfASourceIsNotTakenForItsDefault(String from, String to, String key, String says) throws IOException {
        assertThat(with(from, to)).contains("PEN-CFG-090", key, "is null", says);
    }

    @Test
    void aNullOfAnotherFileTakesAKeyAwayButChoosesNothing() throws IOException {
        Files.createDirectories(conf.resolve("env"));
        Files.writeString(
                conf.resolve("env/local.conf"), "sources { returns.columns.city = null, orders.mode = null }\n");

        assertThat(problems(SOUND))
                .singleElement()
                .satisfies(problem -> assertThat(problem.render())
                        .contains(
                                "PEN-CFG-090",
                                "env/local.conf:1",
                                "sources.orders.mode",
                                "allowed: append, upsert, snapshot"));
    }

    @Test
    void allMistakesAreReportedAtOnceInOneException() throws IOException {
        Files.writeString(
                conf.resolve("shop.conf"),
                SOUND.replace("mode = append", "moed = append")
                        .replace("matures-after = 2d", "matures-after = 2")
                        .replace("eta = 0.1", "max_dept = 6"));

        assertThatThrownBy(() -> ConfigLoader.load(conf, "shop", "local", Map.of(), Map.of()))
                .isInstanceOfSatisfying(PenstockException.class, e -> {
                    assertThat(e.code()).isEqualTo("PEN-CFG-003");
                    assertThat(e.exit()).isEqualTo(ExitCode.CONFIGURATION);
                    assertThat(e.what()).isEqualTo("Cannot load pipeline shop: 3 problems");
                    assertThat(e.where()
                                    .strip()
                                    .lines()
                                    .map(line -> line.strip().substring(0, 11)))
                            .containsExactly("PEN-CFG-003", "PEN-CFG-008", "PEN-CFG-017");
                });
    }

    @Test
    void c01_missingFileNamesThePathTriedAndTheWorkingFolder() throws IOException {
        Files.writeString(conf.resolve("shop.conf"), SOUND);
        assertThatThrownBy(() -> ConfigLoader.load(conf, "shopp", "local", Map.of(), Map.of()))
                .isInstanceOf(PenstockException.class)
                .hasMessageStartingWith("PEN-CFG-001 Cannot load pipeline shopp")
                .hasMessageContaining(conf.resolve("shopp.conf").toString())
                .hasMessageContaining("working folder " + Path.of("").toAbsolutePath())
                .hasMessageContaining("shop.conf");
    }

    @Test
    void c01_missingEnvironmentFile() throws IOException {
        Files.writeString(conf.resolve("shop.conf"), SOUND);
        assertThatThrownBy(() -> ConfigLoader.load(conf, "shop", "prod", Map.of(), Map.of()))
                .hasMessageContaining("PEN-CFG-001 conf/env/prod.conf: No such file");
    }

    @Test
    void c02_syntaxErrorNamesTheLineAndSaysQuoteIt() throws IOException {
        assertThat(with("pipeline = shop", "pipeline = shop\npenstock.landing = s3a://lake/in"))
                .startsWith("PEN-CFG-002 conf/shop.conf:2: Syntax error at column 20:")
                .endsWith("quote it: \"s3a://lake/in\"");
    }

    @Test
    void c03_unknownKeyNamesTheNearest() throws IOException {
        assertThat(with("mode = append", "moed = append"))
                .isEqualTo("PEN-CFG-003 conf/shop.conf:5 sources.orders.moed: unknown key; did you mean \"mode\"?");
    }

    @Test
    void c03_unknownKeyOnTheCommandLine() throws IOException {
        assertThat(read(SOUND, Map.of("penstok.work", "x"), Map.of()).problems())
                .extracting(ConfigProblem::render)
                .containsExactly("PEN-CFG-003 --set penstok: unknown key; did you mean \"penstock\"?");
    }

    @Test
    void c04_duplicateKeyNamesBothLines() throws IOException {
        assertThat(with(
                        "key = [id]\n    event-time = ordered",
                        "key = [id]\n    event-time = ordered\n    key = [shop]"))
                .isEqualTo(
                        "PEN-CFG-004 conf/shop.conf:8 sources.orders.key: declared twice, in lines 6 and 8; keep one");
    }

    @Test
    void c04_anOptionalVariableMayRepeatAKey() throws IOException {
        String text = SOUND.replace("pipeline = shop", "pipeline = shop\nowner = a\nowner = ${?OWNER}");
        assertThat(read(text, Map.of(), Map.of("OWNER", "b"))
                        .config()
                        .orElseThrow()
                        .owner())
                .isEqualTo("b");
    }

    @Test
    void c05_missingVariablesAreNamedWithTheKeysThatUseThem() throws IOException {
        List<ConfigProblem> problems =
                problems(SOUND + "penstock { landing = ${LANDING}\n warehouse = ${WAREHOUSE}\"/w\" }");
        int line = (int) SOUND.lines().count() + 1;
        assertThat(problems)
                .extracting(ConfigProblem::render)
                .containsExactly(
                        "PEN-CFG-005 conf/shop.conf:" + line
                                + " penstock.landing: environment variable LANDING is not set",
                        "PEN-CFG-005 conf/shop.conf:" + (line + 1)
                                + " penstock.warehouse: environment variable WAREHOUSE is not set");
    }

    @Test
    void c06_aMissingOptionalVariableIsAWarning() throws IOException {
        ConfigLoader.Result result = read(SOUND + "owner = ${?OWNER}", Map.of(), Map.of());
        assertThat(result.config()).isPresent();
        assertThat(result.warnings()).extracting(ConfigProblem::code).containsExactly("PEN-CFG-006");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            slices = [amount]                   | slices = amount                      | is amount, must be a list
            type = double                       | type = dubble                        | did you mean "double"?
            at-least = 0.6                      | at-least = high                      | is high, must be a number from 0 to 1
            publish = full                      | publish = full, workers = 1.5        | is 1.5, must be a whole number
            test-from = "2013-11-01"            | test-from = "1.11.2013"              | must be a date
            matures-after = 2d                  | matures-after = soon                 | must be a duration
            publish = full                      | publish = full, validation = 36h     | must be whole days
            pipeline = shop                     | pipeline = shop, schedule { every = 7d } | every: is 7d, must be 1h, 2h
            pipeline = shop                     | pipeline = shop, schedule { every = 5h } | is 5h, must be 1h, 2h
            pipeline = shop                     | pipeline = shop, schedule { every = 1h, zone = Europe/Berlin } | zone: is Europe/Berlin with every = 1h, must be UTC
            pipeline = shop                     | pipeline = shop, schedule { every = 1h, cut = "00:00:30" } | must be whole minutes
            pipeline = shop                     | pipeline = shop, schedule { every = 1w, days = [monday] } | holds monday, must be of mon, tue
            pipeline = shop                     | pipeline = shop, schedule { every = 1mo, days = [mon] } | is set with every = 1mo, must be with 1w
            over = [1d, 7d]                     | over = [90m, 7d]                     | holds 90m, must be whole hours
            mode = append                       | mode = apend                         | did you mean "append"?
            """)
    void c07_wrongType(String from, String to, String expected) throws IOException {
        assertThat(with(from.replace("\\n", "\n"), to.replace("\\n", "\n")))
                .startsWith("PEN-CFG-007")
                .contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            at-least = 0.6     | at-least = "0.6d"                      | is 0.6d, must be a number from 0 to 1
            at-least = 0.6     | at-least = "0x1p-1"                    | is 0x1p-1, must be a number from 0 to 1
            publish = full     | publish = full, workers = "+2"         | is +2, must be a whole number
            type = double      | type = double, between = ["0x1p3", 9]  | holds 0x1p3, must be two numbers
            id { type = long } | id { type = long, allowed = [1, two] } | holds two, which is no long
            type = double      | type = double, allowed = [1.5, 0x1]    | holds 0x1, which is no double
            """)
    void aNumberThatOnlyJavaReadsIsNone(String from, String to, String says) throws IOException {
        int at = SOUND.indexOf(from);
        String text = SOUND.substring(0, at) + to + SOUND.substring(at + from.length());
        assertThat(problems(text))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.render()).startsWith("PEN-CFG-007").contains(says));
    }

    /** Otherwise told by the run, with exit code 10, as a rule that could not be evaluated. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            { mean = shop, at-most = 3 }         | of type string | CAST(shop AS double)
            { minimum = ordered, at-least = 3 }  | of type timestamp | between
            { maximum = is_big, at-most = 1 }    | of type boolean | CAST(is_big AS int)
            { mean = upper_shop, at-most = 3 }   | of type string | CAST(upper_shop AS double)
            """)
    void aRuleOfNumbersTakesNoOtherColumn(String rule, String type, String remedy) throws IOException {
        String derive = "derive { is_big = \"amount > 5\", upper_shop = \"upper(shop)\", half = \"amount / 2\","
                + " cents = \"CAST(amount AS decimal(20,2))\" }, expectations = [";
        assertThat(with("mode = append", "mode = append, " + derive + rule + "]"))
                .startsWith("PEN-CFG-009 conf/shop.conf:5 sources.orders.expectations[0].")
                .contains(type, "must be of a number", remedy);
        assertThat(problems(SOUND.replace(
                        "mode = append",
                        "mode = append, " + derive
                                + "{ mean = half, at-most = 3 }, { maximum = id, at-most = 3 }, { minimum = cents, at-most = 3 },"
                                + " { approx-distinct = shop, at-most = 9 }, { completeness = ordered } ]")))
                .isEmpty();
    }

    @Test
    void ofAValueThatNobodyReadsTheStartAndTheLengthAreShown() throws IOException {
        String word = "x".repeat(9_000);
        for (String text : List.of(
                SOUND.replace("mode = append", "mode = " + word),
                SOUND.replace("mode = append", "mode = \"" + "x ".repeat(4_500) + "\""),
                SOUND.replace("features = [sales]", "features = [" + word + "]"),
                SOUND + word + " = 1",
                SOUND.replace("back > 0", word + " > 0"))) {
            assertThat(problems(text))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.render())
                            .contains("… (9,0", " characters)")
                            .hasSizeLessThan(2_500));
        }
    }

    @Test
    void aMisspeltMeasureIsOneProblem() throws IOException {
        List<ConfigProblem> problems = problems(
                SOUND.replace("mode = append", "mode = append, expectations = [{ max = amount, at-most = 5 }]"));

        assertThat(problems)
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.render()).contains("PEN-CFG-003", "expectations[0].max", "maximum"));
    }

    @Test
    void aRuleWithoutMeasureIsOneProblemOfItsPlace() throws IOException {
        assertThat(problems(SOUND.replace("mode = append", "mode = append, expectations = [{ at-most = 5 }]")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.render())
                        .startsWith("PEN-CFG-095 conf/shop.conf:5 sources.orders.expectations[0]: states no measure"));
    }

    @Test
    void everyKeyOfTheTableIsReadByABinder() throws IOException {
        problems(SOUND.replace("sequence = landed", "sequence = landed, max-withdrawals { share = 1 }")
                .replace("mode = append", "mode = append, expectations = [{ size = \"\", at-least = 1 }]"));

        assertThat(ConfigKeys.unread()).containsExactly("fragments");
    }

    @Test
    void aKeyThatNoTableHoldsIsNoneOfAPipeline() {
        assertThat(ConfigKeys.has("sources.orders.mode")).isTrue();
        assertThat(ConfigKeys.has("sources.orders.expectations[3].at-least")).isTrue();
        assertThat(ConfigKeys.has("penstock.hadoop.fs.s3a.endpoint")).isTrue();
        assertThat(ConfigKeys.has("sources.orders.moed")).isFalse();
        assertThat(ConfigKeys.isNumber("models.late.training.rounds", Optional.of(99.0), 1, 100_000))
                .isFalse();
    }

    @Test
    void c08_durationWithoutUnit() throws IOException {
        assertThat(with("over = [1d, 7d]", "over = [1d, 7]"))
                .startsWith("PEN-CFG-008 conf/shop.conf:25 features.sales.aggregate.sold.over[1]: is 7 without a unit");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sequence = landed                     |                                     | upsert needs a sequence | PEN-CFG-097
            mode = append                         | mode = append, delete-when = "amount < 0"   | contradicts mode = append | PEN-CFG-009
            mode = append                         | mode = snapshot, delete-when = "amount < 0" | contradicts mode = snapshot | PEN-CFG-009
            from = orders, entity                 | from = ordes, entity                | did you mean "orders"? | PEN-CFG-093
            spine { from = orders                 | spine { from = order                | did you mean "orders"? | PEN-CFG-093
            label { from = returns                | label { from = return               | did you mean "returns"? | PEN-CFG-093
            features = [sales]                    | features = [sails]                  | did you mean "sales"? | PEN-CFG-093
            above = plain                         | above = plane                       | did you mean "plain"? | PEN-CFG-093
            above = plain                         | above = full                        | cannot beat itself | PEN-CFG-009
            publish = full                        | publish = ful                       | did you mean "full"? | PEN-CFG-093
            slices = [amount]                     | slices = [ammount]                  | did you mean "amount"? | PEN-CFG-093
            from = orders, entity = [shop], aggregate { sold { sum = amount | from = returns, entity = [city], aggregate { sold { sum = back | does not have | PEN-CFG-093
            over = [1d, 7d]                       | over = [24h, 1d]                    | same window twice | PEN-CFG-096
            id { type = long }                    | unit { type = int }, id { type = long } | Penstock adds itself | PEN-CFG-094
            id { type = long }                    | x { type = int, max-length = 3 }, id { type = long } | does not fit type int | PEN-CFG-009
            at = ["2013-12-25"]                   | at = ["2013-10-25"]                 | test slice would be empty | PEN-CFG-009
            as-of = cut                           | as-of = ordered                     | needs backtest = true | PEN-CFG-009
            "orders/landed={landed}/*.csv"        | "orders/{landed}.csv"               | must hold the folder landed={landed} | PEN-CFG-098
            "orders/landed={landed}/*.csv"        | "orders/landed={landed}.csv"        | must hold the folder landed={landed} | PEN-CFG-098
            spine { from = orders, as-of = cut }  | backtest = true, scoring {}, spine { from = orders } | never scored | PEN-CFG-009
            """)
    void c09_contradiction(String from, String to, String expected, String code) throws IOException {
        String text = SOUND.contains(from) ? replaceFirst(from, to == null ? "" : to) : "";
        assertThat(problems(text))
                .isNotEmpty()
                .allSatisfy(p -> assertThat(p.code()).isEqualTo(code));
        assertThat(problems(text).get(0).render()).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"score", "class", "class_scores", "quantiles", "codes", "code", "reasons", "model_version"})
    void aKeyOfTheSpineCannotTakeTheNameOfAColumnOfScores(String name) throws IOException {
        List<ConfigProblem> problems =
                problems(replaceFirst("key = [id]", "key = [id, " + name + "], derive { " + name + " = id }"));

        assertThat(problems).extracting(ConfigProblem::code).containsExactly("PEN-CFG-094");
        assertThat(problems.get(0).render())
                .contains("has the key column " + name, "derive the key under another name, such as " + name + "_id");
    }

    @Test
    void aFeatureOfAViewCannotTakeTheNameOfAnotherInput() throws IOException {
        List<ConfigProblem> problems =
                problems(replaceFirst("rows { amount = amount }", "rows { sales_sold_7d = amount, class = amount }")
                        .replace(", slices = [amount]", ""));

        assertThat(problems).extracting(ConfigProblem::code).containsExactly("PEN-CFG-094");
        assertThat(problems.get(0).render())
                .contains("gives the model an input sales_sold_7d", "feature sold_7d of view sales", "a row feature");
    }

    private static String replaceFirst(String from, String to) {
        int at = SOUND.indexOf(from);
        return SOUND.substring(0, at) + to + SOUND.substring(at + from.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include url(\"http://localhost:1/x.conf\")",
                "include \"http://localhost:1/x.conf\"",
                "include \"../outside.conf\"",
                "include file(\"/etc/hosts\")",
                "include required(file(\"../outside.conf\"))",
                "include classpath(\"x.conf\")",
                "include \"shop.conf\""
            })
    void c10_includeFromOutsideTheFolder(String include) throws IOException {
        Files.writeString(temp.resolve("outside.conf"), "owner = outsider");
        assertThat(problems(include + "\n" + SOUND))
                .hasSize(1)
                .allSatisfy(p -> assertThat(p.render()).startsWith("PEN-CFG-010 conf/shop.conf:1: Cannot include"));
    }

    @Test
    void c10_aFileInsideTheFolderMayBeIncluded() throws IOException {
        Files.writeString(conf.resolve("owner.conf"), "owner = insider");
        ConfigLoader.Result result = read("include \"owner.conf\"\n" + SOUND, Map.of(), Map.of());
        assertThat(result.problems()).isEmpty();
        assertThat(result.config().orElseThrow().owner()).isEqualTo("insider");
        assertThat(result.config().orElseThrow().files()).contains("conf/owner.conf");
    }

    @Test
    void c10_aLinkThatLeavesTheFolderIsRefused() throws IOException {
        Files.writeString(temp.resolve("outside.conf"), "owner = outsider");
        Files.createSymbolicLink(conf.resolve("inside.conf"), temp.resolve("outside.conf"));
        assertThat(problems("include \"inside.conf\"\n" + SOUND))
                .extracting(ConfigProblem::code)
                .containsExactly("PEN-CFG-010");
    }

    @Test
    void c11_sqlSyntaxErrorShowsACaret() throws IOException {
        assertThat(with("back > 0", "back > > 0"))
                .startsWith("PEN-CFG-011 conf/shop.conf:30 models.comes_back.label.value: SQL syntax error at column 8")
                .endsWith("\n    back > > 0\n           ^");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reflect('java.lang.Runtime', 'getRuntime') = ''",
                "java_method('java.lang.System', 'exit', 1) = ''",
                "back > (select max(id) from other)",
                "back in (select id from text.`/etc/passwd`)",
                "exists (select 1 from other)",
                "input_file_name() = 'a'",
                "rand() < 0.5",
                "current_date > returned",
                "now() > returned",
                "unix_timestamp() > 0",
                "sum(back) > 1",
                "sum(back) over (partition by city) > 1",
                "default.upper(city) = 'A'",
                "*",
                "back > 0 as b"
            })
    void c12_forbiddenFunctionOrSubquery(String sql) throws IOException {
        assertThat(with("back > 0", sql)).startsWith("PEN-CFG-012 conf/shop.conf:30 models.comes_back.label.value: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "back between 1 and 3 and city like 'P%'",
                "case when back is null then false else back > 0 end",
                "returned + INTERVAL 2 HOURS > TIMESTAMP '2013-01-01 00:00:00'",
                "cast(back as double) / 2 >= 0.5 and city in ('Paris', 'Rome')",
                "extract(hour from returned) > 3 or trim(both ' ' from city) = 'x'",
                "substring(city, 1, 2) || 'x' = 'abx' and int(BACK) % 2 = 0",
                "city is not distinct from 'Rome' and not (back is true)"
            })
    void c12_ordinarySqlIsFine(String sql) throws IOException {
        assertThat(problems(SOUND.replace("back > 0", sql))).isEmpty();
    }

    @Test
    void c13_unknownColumnInAnExpressionOffersTheColumns() throws IOException {
        assertThat(with("back > 0", "bakc > 0"))
                .isEqualTo("PEN-CFG-013 conf/shop.conf:30 models.comes_back.label.value: no column bakc "
                        + "(allowed: id, city, returned, back); did you mean \"back\"?");
    }

    /** Checked as all SQL is, over the columns that a record has and those derived of it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bakc < 0                   | PEN-CFG-013 | did you mean "back"?
            amount < 0                 | PEN-CFG-013 | no column amount
            rand() < 0.5               | PEN-CFG-012 | function rand is not allowed
            back < (select 1)          | PEN-CFG-012 | a subquery is not allowed
            back <                     | PEN-CFG-011 | SQL syntax error
            """)
    void aConditionForWithdrawalsIsCheckedAsAllSqlIs(String sql, String code, String expected) throws IOException {
        assertThat(with("sequence = landed", "sequence = landed, delete-when = \"" + sql + "\""))
                .startsWith(code)
                .contains("sources.returns.delete-when", expected);
        assertThat(problems(SOUND.replace(
                        "sequence = landed",
                        "sequence = landed, derive { gone = \"back < 0\" }, delete-when = \"gone or city = 'x'\"")))
                .isEmpty();
    }

    @Test
    void c13_unknownColumnInAList() throws IOException {
        assertThat(with("entity = [shop]", "entity = [shopp]"))
                .startsWith("PEN-CFG-013")
                .endsWith("did you mean \"shop\"?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../{landed}/x.csv",
                "a/../../{landed}.csv",
                "~/x/{landed}.csv",
                "a\\n/{landed}.csv",
                "a\\u0000/{landed}.csv",
                "a[1]/{landed}.csv",
                "{a,b}/{landed}.csv",
                "/etc/{landed}.csv",
                "s3a://other/{landed}.csv",
                "_version=12/landed={landed}/x.csv"
            })
    void c14_hostilePath(String path) throws IOException {
        assertThat(with("\"orders/landed={landed}/*.csv\"", "\"" + path + "\""))
                .startsWith("PEN-CFG-014 conf/shop.conf:4 sources.orders.path: \"")
                .hasLineCount(1);
    }

    @Test
    void aLocationThatCannotBeAFolderIsTold() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "x");
        Path loop = Files.createSymbolicLink(temp.resolve("loop"), temp.resolve("pool"));
        Files.createSymbolicLink(temp.resolve("pool"), loop);
        Path landing = Files.createDirectories(temp.resolve("landing"));
        Files.writeString(landing.resolve("orders"), "x");
        Files.createSymbolicLink(landing.resolve("returns"), landing.resolve("returns"));
        Path dangling = Files.createSymbolicLink(temp.resolve("later"), temp.resolve("not/yet"));

        for (String key : List.of("landing", "warehouse", "work")) {
            assertThat(located(key, file.toString()))
                    .startsWith("PEN-CFG-062 --set penstock." + key)
                    .contains("is a file");
            assertThat(located(key, file + "/below")).startsWith("PEN-CFG-062").contains("file\", which is a file");
            assertThat(located(key, loop.toString())).startsWith("PEN-CFG-062").contains("leads to itself");
            assertThat(located(key, ""))
                    .startsWith("PEN-CFG-007 --set penstock." + key)
                    .contains("is empty");
        }
        assertThat(read(SOUND, Map.of("penstock.landing", landing.toString()), Map.of())
                        .problems())
                .extracting(ConfigProblem::render)
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("PEN-CFG-062 conf/shop.conf:4 sources.orders.path")
                                .contains("is a file"),
                        second -> assertThat(second)
                                .startsWith("PEN-CFG-062")
                                .contains("sources.returns.path", "leads to itself"));
        assertThat(read(SOUND, Map.of("penstock.landing", dangling.toString()), Map.of())
                        .problems())
                .isEmpty();
        assertThat(with("\"orders/landed={landed}/*.csv\"", "\"\""))
                .startsWith("PEN-CFG-007")
                .contains("orders.path: is empty");
    }

    private String located(String key, String location) throws IOException {
        return read(SOUND, Map.of("penstock." + key, location), Map.of()).problems().stream()
                .map(ConfigProblem::render)
                .collect(java.util.stream.Collectors.joining("\n"));
    }

    @Test
    void c15_inputAndOutputOverlap() throws IOException {
        assertThat(read(SOUND, Map.of("penstock.landing", "/data", "penstock.warehouse", "/data/out"), Map.of())
                        .problems())
                .extracting(ConfigProblem::code)
                .containsExactly("PEN-CFG-015");
    }

    @Test
    void c09_aNameThatIsTheTableOfAnother() throws IOException {
        String current = SOUND.replace("sequence = landed\n", "sequence = landed\n current = true\n") + """
                sources.returns_current { path = "c/landed={landed}/*", event-time = landed, columns { id {} } }
                models.comes_back_log = ${models.comes_back}
                """;
        assertThat(problems(current))
                .extracting(ConfigProblem::render)
                .anyMatch(line -> line.contains("sources.returns_current: has the name of a table of returns"))
                .anyMatch(line -> line.contains("models.comes_back_log: has the name of a table of comes_back"))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            back                                | is of type int, must be a condition      | such as "back > 0"
            CASE WHEN back > 0 THEN 2 ELSE 0 END | is of type int, must be a condition     | only binary labels
            "2"                                 | is always '2', must be a condition       | only binary labels
            city                                | is of type string, must be a condition   | such as "city = 'yes'"
            cast('NaN' as double)               | is of type double, must be a condition   | only binary labels
            null                                | is always NULL, must be a condition      | such as "back > 0"
            CASE WHEN back > 0 THEN null END    | is always NULL, must be a condition      | such as "back > 0"
            CASE WHEN back > 0 THEN '1' ELSE '0' END | is of type string, must be a condition | 0 and 1, without quotes
            CASE WHEN back > 0 THEN 'late' ELSE 'ok' END | is of type string              | END = 'late'"
            cast(back as boolean)               | takes a number or a time for a condition | such as "back > 0"
            nvl(boolean(returned), false)       | takes a number or a time for a condition | such as "back > 0"
            CASE WHEN boolean(back) THEN 1 ELSE 0 END | takes a number or a time          | such as "back > 0"
            true                                | is always true, so there is nothing to learn | such as "back > 0"
            1 = 1                               | is always true, so there is nothing to learn | such as "back > 0"
            0                                   | is always 0, so there is nothing to learn | such as "back > 0"
            CASE WHEN back > 0 THEN 1 END       | is 1 or NULL, and NULL is no label       | such as ELSE 0
            back > 0 OR true                    | is always true, so there is nothing to learn | such as "back > 0"
            """)
    void aLabelThatIsNoConditionIsRefusedWithWhatToDeclare(String sql, String says, String remedy) throws IOException {
        assertThat(with("\"back > 0\"", "\"\"\"" + sql + "\"\"\""))
                .startsWith("PEN-CFG-053 conf/shop.conf:30 models.comes_back.label.value: ")
                .contains(says, remedy);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "back > 0",
                "CASE WHEN back > 0 THEN 1 ELSE 0 END",
                "cast(back > 0 as double)",
                "nvl(int(back > 0), 0)",
                "1 - int(back > 0)",
                "abs(int(back > 0))",
                "nullif(int(back > 3), int(back < 1))",
                "nvl2(city, 1, 0)",
                "greatest(int(back > 0), int(city = 'x'))",
                "int(back > 0) * int(city = 'x')",
                "boolean(int(back > 0))",
                "boolean(city)",
                "pmod(back, 2)",
                "back <> 0",
                "CASE WHEN city IS NULL THEN null ELSE back > 0 END"
            })
    void aConditionOrANumberThatCanOnlyBeZeroOrOneIsALabel(String sql) throws IOException {
        assertThat(problems(SOUND.replace("back > 0", sql))).isEmpty();
    }

    /** Each place that takes an expression says what its value must be. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            event-time = ordered  | event-time = amount                                  | event-time: is of type double, must be a timestamp
            event-time = ordered  | event-time = ordered, known-at = id                  | timestamp_seconds(id)
            event-time = ordered  | event-time = ordered, derive { x = "array(id)" }     | derive.x: is of type array<bigint>
            event-time = ordered  | event-time = ordered, derive { x = "ordered - ordered" } | interval day to second
            event-time = returned | event-time = returned, delete-when = back            | delete-when: is of type int, must be a condition
            sequence = landed     | sequence = "back / 2"                                | must be a whole number, a time, a day or text
            sum = amount          | sum = shop                                           | must be a number or a condition
            aggregate {           | where = amount, aggregate {                          | where: is of type double, must be a condition
            rows { amount = amount } | rows { amount = amount, all = "array(amount)" }   | rows.all: is of type array<double>
            as-of = cut           | as-of = cut, hold { LATE = amount }                  | hold.LATE: is of type double
            """)
    void anExpressionMustBeOfTheTypeThatItsPlaceTakes(String from, String to, String says) throws IOException {
        assertThat(with(from, to)).startsWith("PEN-CFG-053").contains(says);
    }

    @Test
    void aTimeThatIsReadFromTextIsNotThePresent() throws IOException {
        assertThat(with("event-time = ordered", "event-time = \"coalesce(shop, 'today')\""))
                .startsWith("PEN-CFG-012 conf/shop.conf:7 sources.orders.event-time: 'today' is not allowed");
        assertThat(problems(
                        SOUND.replace("rows { amount = amount }", "rows { amount = amount, f = \"shop = 'today'\" }")))
                .isEmpty();
    }

    @Test
    void typesFollowDerivedColumnsAndABrokenOneBlamesItsOwnLineOnly() throws IOException {
        String twice = "event-time = returned, derive { late = \"returned > TIMESTAMP '2013-01-01'\", twice = %s }";
        assertThat(with("event-time = returned", twice.formatted("\"late + 1\"")))
                .startsWith("PEN-CFG-051");
        assertThat(problems(SOUND.replace("event-time = returned", twice.formatted("back"))
                        .replace("\"back > 0\"", "late")))
                .isEmpty();
        assertThat(problems(SOUND.replace("event-time = returned", twice.formatted("\"upper(\""))
                        .replace("\"back > 0\"", "twice")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.path()).endsWith("derive.twice"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEPARTED", "NO_STOCK-2", "PEN-SCO-001", "PEN-SCO-019"})
    void codesOfHeldRowsAreTheUsers(String code) throws IOException {
        assertThat(problems(SOUND.replace("as-of = cut", "as-of = cut, hold { " + code + " = \"amount < 0\" }")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "departed, begin with a capital letter",
        "9LIVES, begin with a capital letter",
        "_X, begin with a capital letter",
        "A23456789012345678901234567890123456789_X, at most 40 characters",
        "'\"NO STOCK\"', capital letters, digits, - and _",
        "PEN-ROW-020, Penstock's",
        "PEN-X, Penstock's"
    })
    void aCodeThatIsNoneOrMeansSomethingAlreadyIsRefused(String code, String says) throws IOException {
        assertThat(with("as-of = cut", "as-of = cut, hold { " + code + " = \"amount < 0\" }"))
                .startsWith(says.equals("Penstock's") ? "PEN-CFG-094" : "PEN-CFG-091")
                .contains(says);
    }

    /** What a column is derived of tells what its users make of it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            int(back > 0)         | came     |
            int(back > 0)         | 1 - came |
            boolean(back)         | came     | takes a number or a time for a condition
            boolean(back) AND true | NOT again | takes a number or a time for a condition
            1                     | came     | is always 1, so there is nothing to learn
            back                  | came     | is of type int, must be a condition
            """)
    void aLabelOfADerivedColumnIsJudgedByWhatThatIs(String derived, String label, String says) throws IOException {
        List<ConfigProblem> problems = problems(SOUND.replace(
                        "event-time = returned",
                        "event-time = returned, derive { came = \"" + derived + "\", again = came }")
                .replace("\"back > 0\"", "\"" + label + "\""));

        if (says == null) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems)
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.render())
                            .startsWith("PEN-CFG-053")
                            .contains("label.value: " + says));
        }
    }

    private static final String VIEW = "entity = [shop], aggregate";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            false             | is never true, so no row would be taken
            null              | is always NULL
            shop = 'x' AND 1 > 2 | is never true, so no row would be taken
            shop not in ('x', null) | is never true, so no row would be taken
            amount            | is of type double, must be a condition, such as "amount > 0"
            1                 | is always 1, must be a condition, such as "amount > 0"
            boolean(amount)   | takes a number or a time for a condition
            true              |
            boolean(shop)     |
            """)
    void aFilterThatTakesNothingIsRefused(String where, String says) throws IOException {
        if (says == null) {
            assertThat(problems(SOUND.replace(VIEW, "where = \"" + where + "\", " + VIEW)))
                    .isEmpty();
        } else {
            assertThat(with(VIEW, "where = \"" + where + "\", " + VIEW))
                    .startsWith("PEN-CFG-053")
                    .contains("features.sales.where: " + says);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            true              | is always true, so every record would withdraw its key
            city = 'x' OR true | is always true, so every record would withdraw its key
            false             | is never true, so no record would withdraw its key
            cast(null as boolean) | is always NULL
            cast(back as boolean) | takes a number or a time for a condition
            city = 'x'        |
            """)
    void aWithdrawalOfAllOrNothingIsRefused(String when, String says) throws IOException {
        String to = "sequence = landed, delete-when = \"" + when + "\"";
        if (says == null) {
            assertThat(problems(SOUND.replace("sequence = landed", to))).isEmpty();
        } else {
            assertThat(with("sequence = landed", to))
                    .startsWith("PEN-CFG-053")
                    .contains("sources.returns.delete-when: " + says);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rows { amount = null }",
                "rows { amount = \"cast(null as double)\" }",
                "rows { amount = \"nullif(1, 1)\" }",
                "rows { amount = \"amount + null\" }",
                "rows { amount = \"if(false, amount, null)\" }"
            })
    void aFeatureThatIsAlwaysNullIsRefused(String rows) throws IOException {
        // HOCON's own null takes the key away, so the text is meant
        assertThat(with("rows { amount = amount }", rows.replace("= null", "= \"null\"")))
                .startsWith("PEN-CFG-053")
                .contains("rows.amount: is always NULL");
    }

    @Test
    void whatIsAlwaysNullIsNoColumnNoTimeAndNoSum() throws IOException {
        String text = SOUND.replace("sum = amount", "sum = \"if(1 > 2, amount, null)\"")
                .replace("event-time = ordered", "event-time = \"cast(null as timestamp)\", derive { x = \"null\" }")
                .replace("as-of = cut", "as-of = cut, hold { GONE = \"1 > 2\" }")
                .replace("back > 0", "back / 0 > 1");

        assertThat(problems(text).stream().map(ConfigProblem::render))
                .hasSize(5)
                .anyMatch(line -> line.contains("aggregate.sold.sum: is always NULL"))
                .anyMatch(line -> line.contains("event-time: is always NULL"))
                .anyMatch(line -> line.contains("derive.x: is always NULL"))
                .anyMatch(line -> line.contains("hold.GONE: is never true, so no row would be held"))
                .anyMatch(line -> line.startsWith("PEN-CFG-052") && line.contains("it divides by zero"));
    }

    /** The files of the label, declared once more by another path. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "returns/landed={landed}/*",
                "returns//landed={landed}/*.csv",
                "./returns/./landed={landed}/*.csv",
                "returns/landed={landed}/**",
                "*/landed={landed}/*.csv",
                "ret?rns/landed={landed}/r*.csv",
                "{city}/landed={landed}/*.cs?"
            })
    void aColumnOfTheLabelIsNoInputHoweverItsFilesAreDeclared(String path) throws IOException {
        List<ConfigProblem> problems = problems(twice(path, "late", "renamed-from = [back]", "late"));
        assertThat(problems)
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.render()).startsWith("PEN-CFG-054").contains("rows.gap", "reads late, "));
    }

    @Test
    void otherFilesAreOtherRows() throws IOException {
        for (String path : List.of(
                "returns2/landed={landed}/*.csv",
                "returns/landed={landed}/*.json",
                "returns/*/landed={landed}/*.csv")) {
            assertThat(problems(twice(path, "back", "type = int", "back"))).isEmpty();
        }
        assertThat(problems(twice("returns/landed={landed}/*", "late", "renamed-from = [delay]", "late")))
                .isEmpty();
    }

    @Test
    void aLinkToTheFilesOfTheLabelIsThoseFiles() throws IOException {
        Path landing = Files.createDirectories(temp.resolve("landing/returns")).getParent();
        Files.createSymbolicLink(landing.resolve("again"), landing.resolve("returns"));
        String text = twice("again/landed={landed}/*.csv", "back", "type = int", "back");

        assertThat(read(text, Map.of("penstock.landing", landing.toString()), Map.of())
                        .problems())
                .extracting(ConfigProblem::code)
                .containsExactly("PEN-CFG-054");
    }

    @Test
    void aTableIsOneHoweverItsFolderIsWritten() throws IOException {
        String text = twice("/lake/returns/", "late", "renamed-from = [back]", "late")
                .replace("again {", "again { format = delta,")
                .replace(
                        "path = \"returns/landed={landed}/*.csv\"", "path = \"file:///lake//returns\", format = delta");

        assertThat(problems(text)).extracting(ConfigProblem::code).containsExactly("PEN-CFG-054");
    }

    @Test
    void aFolderIsOneColumnWhateverItIsCalled() throws IOException {
        String text = twice("returns/{at}/landed={landed}/*.csv", "at", "type = string", "at")
                .replace("\"returns/landed={landed}/*.csv\"", "\"returns/{city}/landed={landed}/*.csv\"")
                .replace("back > 0", "city = 'x'");

        assertThat(problems(text))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.render()).startsWith("PEN-CFG-054").contains("reads at, "));
    }

    private static String twice(String path, String column, String rule, String read) {
        return SOUND.replace(
                        "  returns {",
                        "  again { path = \"" + path + "\", mode = append, key = [id], event-time = landed, columns {"
                                + " id { type = long }, city {}, " + column + " { " + rule + " } } }\n  returns {")
                .replace("spine { from = orders", "spine { from = again")
                .replace("features = [sales]", "features = []")
                .replace("rows { amount = amount }", "rows { gap = " + read + " }")
                .replace(", slices = [amount]", "");
    }

    /** An expression of a column that is declared under its own name reads itself. */
    @Test
    void aDerivedColumnOfItsOwnNameEndsNothing() throws IOException {
        List<ConfigProblem> problems = problems(leaking("rows { gap = scaled }").replace("half = ", "back = "));

        assertThat(problems).extracting(ConfigProblem::code).contains("PEN-CFG-094");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rows { gap = back }                                          | reads back
            rows { gap = "concat(coalesce(city, 'x'), back)" }           | reads back
            rows { gap = scaled }                                        | reads back
            rows { other = city, gap = "CASE WHEN scaled > 3 THEN 1 END" } | reads back
            """)
    void aColumnOfTheLabelIsNoInput(String rows, String says) throws IOException {
        assertThat(problems(leaking(rows))).singleElement().satisfies(problem -> {
            assertThat(problem.render()).startsWith("PEN-CFG-054").contains("rows.gap", says, "training.leakage");
        });
        for (String policy : List.of("warn", "allow")) {
            assertThat(problems(leaking(rows).replace("publish = full", "publish = full, leakage = " + policy)))
                    .isEmpty();
        }
        assertThat(problems(leaking("rows { city = city }"))).isEmpty();
    }

    @Test
    void theEventTimeAndTheKeyOfTheSpineAreKnownWhenARowIsAsked() throws IOException {
        String label = "\"half > 0 and hour(returned) > 3 and id > 0\"";
        String known =
                leaking("rows { hour = \"hour(returned)\", odd = \"id % 2\" }").replace("\"half > 0\"", label);

        assertThat(problems(known)).isEmpty();
        assertThat(problems(known.replace("odd = \"id % 2\"", "odd = \"id + back\"")))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.render()).startsWith("PEN-CFG-054").contains("reads back, "));
    }

    private static String leaking(String rows) {
        return SOUND.replace("spine { from = orders", "spine { from = returns")
                .replace("features = [sales]", "features = []")
                .replace(
                        "event-time = returned",
                        "event-time = returned, derive { half = \"back / 2\", scaled = \"half * 3\" }")
                .replace("\"back > 0\"", "\"half > 0\"")
                .replace("rows { amount = amount }", rows)
                .replace(", slices = [amount]", "");
    }

    @Test
    void whatIsRememberedOfExpressionsIsJudgedAlike() throws IOException {
        Files.writeString(conf.resolve("shop.conf"), leaking("rows { gap = scaled, all = \"array(back)\" }"));
        Optional<Path> memory = Optional.of(temp.resolve("memory"));

        List<ConfigProblem> first = ConfigLoader.read(conf, "shop", "local", Map.of(), Map.of(), memory)
                .problems();
        List<ConfigProblem> again = ConfigLoader.read(conf, "shop", "local", Map.of(), Map.of(), memory)
                .problems();

        assertThat(first).extracting(ConfigProblem::code).contains("PEN-CFG-053", "PEN-CFG-054");
        assertThat(again).isEqualTo(first);
        assertThat(memory.get()).content().contains("\tboolean\tNULL,false,true\tfalse\thalf");
    }

    @Test
    void anotherTypeOfAColumnIsAnotherExpression() throws IOException {
        Optional<Path> memory = Optional.of(temp.resolve("memory"));
        Files.writeString(conf.resolve("shop.conf"), SOUND);
        ConfigLoader.read(conf, "shop", "local", Map.of(), Map.of(), memory);
        Files.writeString(
                conf.resolve("shop.conf"), SOUND.replace("amount { type = double }", "amount { type = string }"));

        assertThat(ConfigLoader.read(conf, "shop", "local", Map.of(), Map.of(), memory)
                        .problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.render()).contains("aggregate.sold.sum", "of type string"));
    }

    @Test
    void whatIsNestedTooDeeplyIsToldWithItsFileAndLine() throws IOException {
        String braces = SOUND + "\ndescription = x\ndeep " + "{ a ".repeat(5_000) + "= 1" + " }".repeat(5_000);
        String lists = SOUND + "\n\nowner = " + "[".repeat(5_000) + "]".repeat(5_000);
        String path = SOUND + "\n\n" + "a.".repeat(5_000) + "a = 1";
        for (String text : List.of(braces, lists, path)) {
            assertThat(problems(text))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.render())
                            .isEqualTo("PEN-CFG-050 conf/shop.conf:"
                                    + (SOUND.lines().count() + 3) + ": is nested more than 100 levels deep"));
        }
        assertThat(read(SOUND, Map.of("a.".repeat(5_000) + "a", "1"), Map.of()).problems())
                .extracting(ConfigProblem::code)
                .containsExactly("PEN-CFG-050");
        assertThat(read(SOUND, Map.of("owner", "[".repeat(5_000)), Map.of()).problems())
                .extracting(ConfigProblem::code)
                .containsExactly("PEN-CFG-050");
    }

    @ParameterizedTest
    @CsvSource({"shop { type = string,pattern,(,)", "ordered { type = timestamp,format,[,]"})
    void aPatternThatIsNestedTooDeeplyIsTold(String column, String key, String open, String close) throws IOException {
        String deep = open.repeat(20_000) + "yyyy-MM-dd" + close.repeat(20_000);
        assertThat(with(column, column + ", " + key + " = \"" + deep + "\""))
                .startsWith("PEN-CFG-050 conf/shop.conf:")
                .endsWith(key + ": is nested too deeply");
    }

    /** With 24 lines 2^24 times the length, with 60 more than there is memory anywhere. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "xx"      | ${fragments.aN}${fragments.aN}
            [1, 2]    | [${fragments.aN}, ${fragments.aN}]
            [1, 2]    | ${fragments.aN} ${fragments.aN}
            "xx"      | ${?NOTHING}${fragments.aN}${?fragments.aN}
            { x = 1 } | { l = ${fragments.aN}, r = ${fragments.aN} }
            [{x = 1}] | [{ l = ${fragments.aN} }, { r = ${fragments.aN} }]
            """)
    void substitutionsThatDoubleAreToldBeforeTheyArePutIn(String first, String next) throws IOException {
        for (int lines : List.of(24, 60)) {
            StringBuilder doubling =
                    new StringBuilder(SOUND).append("fragments.a0 = ").append(first);
            for (int i = 1; i < lines; i++) {
                doubling.append("\nfragments.a")
                        .append(i)
                        .append(" = ")
                        .append(next.replace("N", String.valueOf(i - 1)));
            }
            long begun = System.nanoTime();
            assertThat(problems(doubling.toString()))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.render())
                            .startsWith("PEN-CFG-050 conf/shop.conf:")
                            .contains("fragments.a", "characters once its substitutions are put in (at most 524,288)"));
            assertThat(System.nanoTime() - begun).isLessThan(5_000_000_000L);
        }
    }

    @Test
    void aValueThatGrowsByItselfByAVariableOrByAnIncludedFileIsTold() throws IOException {
        Files.writeString(
                conf.resolve("parts.conf"),
                "b0 = xx\n"
                        + java.util.stream.IntStream.range(1, 40)
                                .mapToObj(i -> "b" + i + " = ${b" + (i - 1) + "}${b" + (i - 1) + "}\n")
                                .collect(java.util.stream.Collectors.joining()));
        String big = "x".repeat(1000);

        for (String text : List.of(
                SOUND + "description = xx\n" + "description = ${description}${description}\n".repeat(40),
                SOUND + "fragments.a = [1]\n" + "fragments.a += ${fragments.a}\n".repeat(40),
                SOUND + "description = " + "${BIG}".repeat(1000),
                SOUND + "fragments { include \"parts.conf\" }\ndescription = ${fragments.b39}\n",
                SOUND + "description = \"" + "x".repeat(600_000) + "\"")) {
            assertThat(read(text, Map.of(), Map.of("BIG", big)).problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.render())
                            .startsWith("PEN-CFG-050 conf/")
                            .contains("characters"));
        }
        assertThat(read(
                                SOUND + "fragments.a = ${BIG}\ndescription = x",
                                Map.of("owner", "[${fragments.a}]"),
                                Map.of("BIG", big.repeat(600)))
                        .problems())
                .extracting(ConfigProblem::code)
                .containsExactly("PEN-CFG-050");
        assertThat(read(SOUND + "description = " + "${BIG}".repeat(100), Map.of(), Map.of("BIG", big))
                        .problems())
                .isEmpty();
    }

    @Test
    void filesThatEachIncludeTwoOthersAreTold() throws IOException {
        for (int i = 0; i < 24; i++) {
            String next = "include \"f" + (i + 1) + ".conf\"\n";
            Files.writeString(conf.resolve("f" + i + ".conf"), i < 23 ? next + next : "owner = me\n");
        }
        assertThat(problems("include \"f0.conf\"\n" + SOUND))
                .singleElement()
                .satisfies(problem -> assertThat(problem.render())
                        .isEqualTo(
                                "PEN-CFG-050 conf/shop.conf include: files include one another more than 1,000 times;"
                                        + " include each once"));
    }

    @Test
    void substitutionsThatNestWithoutEndAreTold() throws IOException {
        StringBuilder chain = new StringBuilder(SOUND).append("\nfragments {\n  a0 = 1\n");
        for (int i = 1; i < 8_000; i++) {
            chain.append("  a")
                    .append(i)
                    .append(" { b = ${fragments.a")
                    .append(i - 1)
                    .append("} }\n");
        }
        assertThat(problems(chain.append("}").toString()))
                .singleElement()
                .satisfies(problem -> assertThat(problem.render()).startsWith("PEN-CFG-050 conf/shop.conf"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            learning_rate = 0.01     | eta
            min_split_loss = 2       | gamma
            reg_lambda = 3           | lambda
            reg_alpha = 0.5          | alpha
            random_state = 11        | seed
            """)
    void anotherSpellingOfAParameterIsTheLibrarysOwn(String written, String own) throws IOException {
        String value = written.replaceFirst(".*= ", "");
        PipelineConfig config = read(SOUND.replace("eta = 0.1", written), Map.of(), Map.of())
                .config()
                .orElseThrow();
        assertThat(config.models().get("comes_back").training().params())
                .containsEntry(own, value)
                .doesNotContainKey(written.replaceFirst(" .*", ""));
        assertThat(with("eta = 0.1", written + ", " + own + " = " + value))
                .startsWith("PEN-CFG-017")
                .contains("sets " + own + ", which another name sets as well");
        PipelineConfig candidate = read(
                        SOUND.replace("full {}", "full { params { " + written + " } }"), Map.of(), Map.of())
                .config()
                .orElseThrow();
        assertThat(candidate
                        .models()
                        .get("comes_back")
                        .training()
                        .candidates()
                        .get("full")
                        .params())
                .containsOnlyKeys(own);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tree_method = exact, learning_rate = 0.1                | exact runs on one worker only, and training.workers is 2
            tree_method = exact, colsample_bynode = 0.5             | is not used by tree_method = exact
            rate_drop = 0.1                                         | used by booster = dart only
            booster = dart                                          | drops no tree unless rate_drop is above 0
            booster = dart, rate_drop = 0                           | drops no tree unless rate_drop is above 0
            booster = dart, skip_drop = 0.5                         | drops no tree unless rate_drop is above 0
            booster = dart, rate_drop = 0.1, skip_drop = 1          | no tree would ever be dropped
            eta = 0                                                 | is 0, must be a number above 0 and at most 1
            learning_rate = 0.0                                     | must be a number above 0 and at most 1
            scale_pos_weight = 0                                    | is 0, must be a number above 0
            max_leaves = 1                                          | learns nothing: use 0, no bound, or at least 2
            grow_policy = lossguide                                 | add max_leaves
            num_parallel_tree = 4                                   | would grow the same tree several times
            lambda = 1e300                                          | must be a number of at least 0; XGBoost computes with 32 bits
            lambda = "1e300"                                        | is 1e300, must be a number of at least 0; XGBoost
            min_child_weight = 1e39                                 | 32 bits
            alpha = 1e-60                                           | 32 bits
            subsample = 1e-60                                       | must be a number above 0 and at most 1; XGBoost
            colsample_bytree = 1e-46                                | 32 bits
            base_score = 0.99999999                                 | must be a number above 0 and below 1; XGBoost
            base_score = 1e-60                                      | must be a number above 0 and below 1; XGBoost
            gamma = "1e999"                                         | is 1e999, must be a number of at least 0
            eta = "0.1d"                                            | is 0.1d, must be a number above 0 and at most 1
            eta = "0x1p-3"                                          | is 0x1p-3, must be a number above 0 and at most 1
            eta = " 0.1"                                            | must be a number above 0 and at most 1
            gamma = NaN                                             | must be a number of at least 0
            max_depth = "+6"                                        | must be a whole number
            max_depth = "\u0666"                                   | must be a whole number
            monotone_constraints {}                                 | a sign per input
            monotone_constraints { amount = 0 }                     | constrains nothing, since every sign is 0
            monotone_constraints = "(0,0,0)"                        | constrains nothing, since every sign is 0
            interaction_constraints = []                            | constrains nothing, since it names no input
            interaction_constraints = [[]]                          | constrains nothing, since it names no input
            interaction_constraints = [[amount], [0, 1, sales_sold_7d]] | constrains nothing, since one group holds every input
            eta = 1e-9                                              | in training.rounds = 100 moves no score
            max_depth = 0                                           | bound the tree by max_leaves
            base_score = 1                                          | above 0 and below 1
            monotone_constraints = "(1,0)"                          | name the inputs instead
            monotone_constraints { amuont = 1 }                     | did you mean "amount"?
            monotone_constraints { amount = 2 }                     | must be -1, 0 or 1
            monotone_constraints = "amount"                         | a sign per input
            interaction_constraints = [[amount, sold]]              | no input sold
            interaction_constraints = [[0, 9]]                      | names position 9
            interaction_constraints = amount                        | must be groups of inputs
            """)
    void parametersThatCannotWorkAreRefused(String params, String says) throws IOException {
        List<ConfigProblem> problems =
                problems(SOUND.replace("eta = 0.1", params).replace("publish = full", "publish = full, workers = 2"));
        assertThat(problems)
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem.render())
                        .startsWith("PEN-CFG-017 conf/shop.conf:34 models.comes_back.training.params."));
        assertThat(problems.get(0).render()).contains(says);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "booster = dart, rate_drop = 0.1, skip_drop = 0.5",
                "eta = 1",
                "eta = 1e-3",
                "eta = \".5\"",
                "lambda = 0, alpha = 3e38, gamma = 1e-37",
                "grow_policy = lossguide, max_leaves = 2",
                "num_parallel_tree = 4, colsample_bynode = 0.5",
                "subsample = 1, base_score = 0.999",
                "monotone_constraints = \"(0,0,-1)\"",
                "scale_pos_weight = 0.01"
            })
    void parametersThatDoSomethingAreTaken(String params) throws IOException {
        assertThat(problems(SOUND.replace("eta = 0.1", params)
                        .replace(
                                "plain { features = [] }", "plain { params { monotone_constraints { amount = 1 } } }")))
                .isEmpty();
    }

    @Test
    void constraintsAreDeclaredByTheNamesOfInputs() throws IOException {
        String params = "monotone_constraints { amount = 1, sales_sold_7d = -1 }, "
                + "interaction_constraints = [[amount, sales_sold_1d], [sales_sold_7d]]";
        Map<String, String> bound = read(SOUND.replace("eta = 0.1", params), Map.of(), Map.of())
                .config()
                .orElseThrow()
                .models()
                .get("comes_back")
                .training()
                .params();
        List<String> full = List.of("amount", "sales_sold_1d", "sales_sold_7d");

        assertThat(FeatureConstraints.monotone(bound.get("monotone_constraints"), full))
                .containsExactly(1, 0, -1);
        assertThat(FeatureConstraints.monotone(bound.get("monotone_constraints"), List.of("amount")))
                .containsExactly(1);
        assertThat(FeatureConstraints.interaction(bound.get("interaction_constraints"), full))
                .contains("[[0,1],[2]]");
        assertThat(FeatureConstraints.monotone("{'sales_sold_1d': -1}", full)).containsExactly(0, -1, 0);
        assertThat(FeatureConstraints.monotone("(1,0,-1)", full)).containsExactly(1, 0, -1);
    }

    @Test
    void aCandidateMayHaveAnotherTrainerWithParametersOfItsOwn() throws IOException {
        CandidateSpec plain = read(
                        SOUND.replace(
                                "plain { features = [] }",
                                "plain { features = [], trainer = logistic, params { regParam = 0.5 } }"),
                        Map.of(),
                        Map.of())
                .config()
                .orElseThrow()
                .models()
                .get("comes_back")
                .training()
                .candidates()
                .get("plain");

        assertThat(plain.trainedBy()).isEqualTo("logistic");
        assertThat(plain.params())
                .isEqualTo(Map.of("reg", "0.5", "l1_ratio", "0", "max_iterations", "100", "tolerance", "1e-6"));
        assertThat(read(SOUND.replace("full {}", "full { trainer = xgboost }"), Map.of(), Map.of())
                        .config())
                .isEqualTo(read(SOUND, Map.of(), Map.of()).config());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            trainer = logistc, params { reg = 1 }             | PEN-CFG-080 | did you mean "logistic"?
            trainer = logistic, params { eta = 0.1 }          | PEN-CFG-017 | no logistic parameter eta
            trainer = logistic, params { rge = 0.1 }          | PEN-CFG-017 | did you mean "reg"?
            trainer = logistic, params { reg = -1 }           | PEN-CFG-017 | is -1, must be a number of at least 0
            trainer = logistic, params { reg = 1, regParam = 2 } | PEN-CFG-017 | sets reg, which another name sets as well
            trainer = logistic, params { l1_ratio = 1.5 }     | PEN-CFG-017 | must be a number of at least 0 and at most 1
            trainer = logistic, params { l1_ratio = 1, reg = 0 } | PEN-CFG-017 | divides a penalty of 0
            trainer = logistic, params { max_iterations = 0 } | PEN-CFG-017 | must be a whole number of at least 1
            trainer = logistic, params { fitIntercept = false } | PEN-CFG-017 | is set by Penstock
            params { reg = 0.1 }                              | PEN-CFG-017 | no XGBoost parameter reg
            """)
    void aTrainerTakesItsOwnParametersOnly(String candidate, String code, String says) throws IOException {
        assertThat(with("full {}", "full { " + candidate + " }"))
                .startsWith(code)
                .contains("models.comes_back.training.candidates.full")
                .contains(says);
    }

    @Test
    void parametersThatNoCandidateIsGivenAreRefused() throws IOException {
        List<ConfigProblem> problems =
                problems(SOUND.replace("plain { features = [] }, full {}", "full { trainer = logistic }")
                        .replace(", above = plain, by = 0.01", ""));

        assertThat(problems)
                .singleElement()
                .satisfies(problem -> assertThat(problem.render())
                        .startsWith("PEN-CFG-082")
                        .contains("training.params", "give each candidate params of its own"));
    }

    @Test
    void aModelHasATaskThatThereIs() throws IOException {
        assertThat(problems(SOUND.replace("features = [sales]", "features = [sales], task = binary")))
                .isEmpty();
        assertThat(with("features = [sales]\n", "features = [sales], task = binry\n"))
                .startsWith("PEN-CFG-081")
                .endsWith("did you mean \"binary\"?");
    }

    @Test
    void c17_unknownXgboostParameterNamesTheNearest() throws IOException {
        assertThat(with("eta = 0.1", "max_dept = 6")).startsWith("PEN-CFG-017").endsWith("did you mean \"max_depth\"?");
    }

    @Test
    void c17_aParameterThatPenstockSetsItselfPointsToItsKey() throws IOException {
        assertThat(with("eta = 0.1", "num_round = 6")).endsWith("is set by Penstock; use training.rounds");
        assertThat(with("eta = 0.1", "eta = fast")).endsWith("is fast, must be a number above 0 and at most 1");
    }

    /** A vertical bar keeps a token in two pieces, so that no file of the project holds one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "penstock.mlflow = \"http://me:hunter2@mlflow:5000\"",
                "penstock.mlflow-password = hunter2",
                "penstock { api-key = hunter2 }",
                "penstock { dbPassword = hunter2 }",
                "penstock { clientSecret = hunter2 }",
                "penstock { DBPassword = hunter2 }",
                "penstock { db_pass = hunter2 }",
                "penstock { dbpassword = hunter2 }",
                "penstock { accessKeyId = hunter2 }",
                "penstock { connectionString = hunter2 }",
                "penstock { auth = hunter2 }",
                "fragments.x.auth = hunter2",
                "fragments { db { password2 = hunter2 } }",
                "description = \"as password: hunter2\"",
                "description = \"run with --password hunter2\"",
                "description = \"aws_secret_access_key = hunter2\"",
                "description = \"Authorization: Bearer hunter2\"",
                "penstock { credentials { user = bob, value = hunter2 } }",
                "penstock { passwords = [a, hunter2] }",
                "owner = \"bob AKIA|HUNTER2ABCDEFGH2\"",
                "description = \"AKIA|HUNTER2ABCDEFGH2\"",
                "description = \"eyJ|hbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2hunter2\"",
                "description = \"\"\"-----BEGIN |PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\"\"\"",
                "description = ghp_|hunter2hunter2hunter2hunter2",
                "description = ghp_|hunter2hunter2${?NOTHING}hunter2hunter2hunter2",
                "sources.orders.derive.x = \"concat(city, 'ghp_|hunter2hunter2hunter2hunter2')\"",
                "sources.orders.max-reject-rate = ghp_|hunter2hunter2hunter2hunter2",
                "schedule.cut = ghp_|hunter2hunter2hunter2hunter2",
                "ghp_|hunter2hunter2hunter2hunter2 = 1"
            })
    void c21_secretLiteralIsRefusedAndNeverShown(String line) throws IOException {
        List<ConfigProblem> problems = problems(line.replace("|", "") + "\n" + SOUND);
        assertThat(problems).extracting(ConfigProblem::code).contains("PEN-CFG-021");
        assertThat(problems.toString().toLowerCase(Locale.ROOT)).doesNotContain("hunter2");
    }

    @Test
    void c21_aSecretThatIsSetOnTheCommandLineIsRefusedAndNeverShown() throws IOException {
        for (Map.Entry<String, String> set : Map.of(
                        "penstock.dbPassword", "hunter2",
                        "penstock", "{ clientSecret = hunter2 }",
                        "models.comes_back.training.candidates", "{ a { password = hunter2 } }",
                        "description", "ghp_" + "hunter2hunter2hunter2hunter2",
                        "sources.orders.max-reject-rate", "ghp_" + "hunter2hunter2hunter2hunter2")
                .entrySet()) {
            List<ConfigProblem> problems =
                    read(SOUND, Map.ofEntries(set), Map.of()).problems();
            assertThat(problems)
                    .as(set.toString())
                    .extracting(ConfigProblem::code)
                    .contains("PEN-CFG-021");
            assertThat(problems.toString()).doesNotContain("hunter2");
        }
    }

    /** What a variable brings into a description is written into tables. */
    @Test
    void c21_aSecretThatAVariableBringsWhereItIsWrittenDownIsRefused() throws IOException {
        String token = "ghp_" + "hunter2hunter2hunter2hunter2";
        List<ConfigProblem> problems = read("description = ${TOKEN}\n" + SOUND, Map.of(), Map.of("TOKEN", token))
                .problems();

        assertThat(problems).extracting(ConfigProblem::code).containsExactly("PEN-CFG-021");
        assertThat(problems.toString()).doesNotContain("hunter2");
    }

    /** By the variable's name, since a password may look like anything. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "description = ${DB_PASSWORD}",
                "description = \"see \"${DB_PASSWORD}\" for more\"",
                "sources.orders.max-reject-rate = ${DB_PASSWORD}",
                "schedule.cut = ${DB_PASSWORD}",
                "models.comes_back.label.matures-after = ${DB_PASSWORD}",
                "sources.orders.key = [${DB_PASSWORD}]"
            })
    void c21_whatAVariableOfASecretHoldsIsRefusedAndNeverShown(String line) throws IOException {
        List<ConfigProblem> problems =
                read(SOUND + line, Map.of(), Map.of("DB_PASSWORD", "hunter2")).problems();

        assertThat(problems).extracting(ConfigProblem::code).contains("PEN-CFG-021");
        assertThat(problems.toString()).doesNotContain("hunter2");
    }

    @Test
    void c21_theWorkingFolderIsNoPassword() throws IOException {
        assertThat(read("penstock.work = ${PWD}\n" + SOUND, Map.of(), Map.of("PWD", "/home/bob"))
                        .problems())
                .isEmpty();
    }

    @Test
    void c21_aKeyThatNobodyReadsIsUnknownThoughASecretIsReferredTo() throws IOException {
        List<ConfigProblem> problems = read(
                        "penstock.mlflow-password = ${PASSWORD}\n" + SOUND, Map.of(), Map.of("PASSWORD", "hunter2"))
                .problems();

        assertThat(problems).extracting(ConfigProblem::code).containsExactly("PEN-CFG-003");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://me:hunter2/x@mlflow:5000",
                "http://me:hunter2@x@mlflow:5000",
                "me:hunter2@mlflow:5000",
                "https://me:hunter2?@mlflow"
            })
    void c21_anAddressOfMlflowThatIsNoneIsToldWithoutItsPassword(String address) throws IOException {
        ConfigLoader.Result result = read("penstock.mlflow = ${URL}\n" + SOUND, Map.of(), Map.of("URL", address));

        assertThat(result.problems()).extracting(ConfigProblem::code).containsExactly("PEN-CFG-092");
        assertThat(result.problems().toString()).contains("%40").doesNotContain("hunter2");
    }

    @Test
    void c21_aSecretByReferenceIsMaskedInPrint() throws IOException {
        for (String line : List.of("${URL}", "\"http://me:\"${PASSWORD}\"@mlflow:5000\"")) {
            ConfigLoader.Result result = read(
                    "penstock.mlflow = " + line + "\n" + SOUND,
                    Map.of(),
                    Map.of("URL", "http://me:hunter2@mlflow:5000", "PASSWORD", "hunter2"));
            assertThat(result.problems()).isEmpty();
            assertThat(result.config().orElseThrow().locations().mlflow()).isEqualTo("http://me:hunter2@mlflow:5000");
            assertThat(result.values().get("penstock.mlflow").value()).isEqualTo("http://***@mlflow:5000");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pass_rate = 0.95",
                "token_count = 12",
                "author = bob",
                "key = id",
                "passenger = x",
                "compass = x",
                "monkey = x",
                "auth-type = none",
                "password-file = /run/secrets/db",
                "token = true"
            })
    void c21_whatOnlySpeaksOfASecretIsNone(String line) throws IOException {
        assertThat(problems(SOUND + "fragments { a { " + line + " }, " + line + " }"))
                .isEmpty();
    }

    /** Names of a user's own columns, views and sources are no settings. */
    @Test
    void c21_aColumnMayBeCalledPassword() throws IOException {
        String renamed = SOUND.replace("orders", "tokens").replace("city", "password_token");
        assertThat(renamed).isNotEqualTo(SOUND);

        assertThat(problems(renamed)).isEmpty();
    }

    @Test
    void c22_aTurkishLocaleChangesNothing() throws IOException {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(new Locale("tr", "TR"));
            assertThat(problems(SOUND.replace("back > 0", "INT(BACK) > 0 AND TRIM(CITY) LIKE 'I%'")))
                    .isEmpty();
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pipeline = shop",
                "pipeline = shop, sources {}",
                "pipeline = shop, models {}, sources { s { path = \"landed={landed}/*\", event-time = landed, columns { a {} } } }",
                "pipeline = shop, sources { s { path = \"landed={landed}/*\", event-time = landed, columns {} } }",
                "pipeline = shop, sources { s { path = \"landed={landed}/*\", event-time = landed, columns { a {} }, expectations = [] } }"
            })
    void c24_nothingDeclared(String text) throws IOException {
        assertThat(problems(text)).extracting(ConfigProblem::code).containsExactly("PEN-CFG-024");
    }
}
