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
                .contains("PEN-CFG-009", "rows." + name, "beside the inputs");
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
        assertThat(with(from, to)).contains("PEN-CFG-007", key, "is null", says);
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
                                "PEN-CFG-007",
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
            pipeline = shop                     | pipeline = shop, schedule { every = 7d } | must be 1d
            mode = append                       | mode = apend                         | did you mean "append"?
            """)
    void c07_wrongType(String from, String to, String expected) throws IOException {
        assertThat(with(from.replace("\\n", "\n"), to.replace("\\n", "\n")))
                .startsWith("PEN-CFG-007")
                .contains(expected);
    }

    @Test
    void c08_durationWithoutUnit() throws IOException {
        assertThat(with("over = [1d, 7d]", "over = [1d, 7]"))
                .startsWith("PEN-CFG-008 conf/shop.conf:25 features.sales.aggregate.sold.over[1]: is 7 without a unit");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sequence = landed                     |                                     | upsert needs a sequence
            mode = append                         | mode = append, delete-when = "amount < 0"   | contradicts mode = append
            mode = append                         | mode = snapshot, delete-when = "amount < 0" | contradicts mode = snapshot
            from = orders, entity                 | from = ordes, entity                | did you mean "orders"?
            spine { from = orders                 | spine { from = order                | did you mean "orders"?
            label { from = returns                | label { from = return               | did you mean "returns"?
            features = [sales]                    | features = [sails]                  | did you mean "sales"?
            above = plain                         | above = plane                       | did you mean "plain"?
            above = plain                         | above = full                        | cannot beat itself
            publish = full                        | publish = ful                       | did you mean "full"?
            slices = [amount]                     | slices = [ammount]                  | did you mean "amount"?
            from = orders, entity = [shop], aggregate { sold { sum = amount | from = returns, entity = [city], aggregate { sold { sum = back | does not have
            over = [1d, 7d]                       | over = [24h, 1d]                    | same window twice
            id { type = long }                    | unit { type = int }, id { type = long } | Penstock adds itself
            id { type = long }                    | x { type = int, max-length = 3 }, id { type = long } | does not fit type int
            at = ["2013-12-25"]                   | at = ["2013-10-25"]                 | test slice would be empty
            as-of = cut                           | as-of = ordered                     | needs backtest = true
            key = [id]                            | key = [id, score], derive { score = id } | stands beside the key
            "orders/landed={landed}/*.csv"        | "orders/{landed}.csv"               | must hold the folder landed={landed}
            "orders/landed={landed}/*.csv"        | "orders/landed={landed}.csv"        | must hold the folder landed={landed}
            spine { from = orders, as-of = cut }  | backtest = true, scoring {}, spine { from = orders } | never scored
            """)
    void c09_contradiction(String from, String to, String expected) throws IOException {
        String text = SOUND.contains(from) ? replaceFirst(from, to == null ? "" : to) : "";
        assertThat(problems(text))
                .isNotEmpty()
                .allSatisfy(p -> assertThat(p.code()).isEqualTo("PEN-CFG-009"));
        assertThat(problems(text).get(0).render()).contains(expected);
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

    @Test
    void c17_unknownXgboostParameterNamesTheNearest() throws IOException {
        assertThat(with("eta = 0.1", "max_dept = 6")).startsWith("PEN-CFG-017").endsWith("did you mean \"max_depth\"?");
    }

    @Test
    void c17_aParameterThatPenstockSetsItselfPointsToItsKey() throws IOException {
        assertThat(with("eta = 0.1", "num_round = 6")).endsWith("is set by Penstock; use training.rounds");
        assertThat(with("eta = 0.1", "eta = fast")).endsWith("is fast, must be a number of at least 0 and at most 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "penstock.mlflow = \"http://me:hunter2@mlflow:5000\"",
                "penstock.mlflow-password = hunter2",
                "penstock { api-key = hunter2 }",
                "description = \"AKIAHUNTER2ABCDEFGH2\""
            })
    void c21_secretLiteralIsRefusedAndNeverShown(String line) throws IOException {
        List<ConfigProblem> problems = problems(line + "\n" + SOUND);
        assertThat(problems).extracting(ConfigProblem::code).containsExactly("PEN-CFG-021");
        assertThat(problems.toString().toLowerCase(Locale.ROOT)).doesNotContain("hunter2");
    }

    @Test
    void c21_aSecretByReferenceIsMaskedInPrint() throws IOException {
        ConfigLoader.Result result =
                read("penstock.mlflow = ${URL}\n" + SOUND, Map.of(), Map.of("URL", "http://me:hunter2@mlflow:5000"));
        assertThat(result.problems()).isEmpty();
        assertThat(result.values().get("penstock.mlflow").value()).isEqualTo("http://***@mlflow:5000");
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
