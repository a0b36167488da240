package io.penstock.core;

import static io.penstock.core.Outcome.BUSY;
import static io.penstock.core.Outcome.CONFIGURATION;
import static io.penstock.core.Outcome.FILE;
import static io.penstock.core.Outcome.INTERNAL;
import static io.penstock.core.Outcome.NOTE;
import static io.penstock.core.Outcome.PYTHON;
import static io.penstock.core.Outcome.REFUSED;
import static io.penstock.core.Outcome.RETRY;
import static io.penstock.core.Outcome.ROW;
import static io.penstock.core.Outcome.SCORE;
import static io.penstock.core.Outcome.USAGE;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All error codes: what happens when one is met, what it means, what to do. The tables of {@code docs/errors.md} are made
 * from it (Markdown is allowed in the texts), and so is the exit code of a {@link PenstockException}. A number is never
 * given to another meaning: control tables and quarantine keep codes for years.
 */
public enum ErrorCode {

    // Configuration
    FILE_UNREADABLE(
            "PEN-CFG-001",
            CONFIGURATION,
            "file missing or unreadable",
            "check the name, `--conf-dir` and the folder you are in; the message says what was tried"),
    CONFIGURATION_SYNTAX(
            "PEN-CFG-002",
            CONFIGURATION,
            "syntax error, or not UTF-8",
            "see the line; an address such as `s3a://…` needs quotes"),
    UNKNOWN_KEY("PEN-CFG-003", CONFIGURATION, "unknown key", "take the name it suggests"),
    DUPLICATE_KEY("PEN-CFG-004", CONFIGURATION, "key declared twice in one file", "keep one"),
    UNRESOLVED_SUBSTITUTION(
            "PEN-CFG-005",
            CONFIGURATION,
            "`${NAME}` is neither a key nor an environment variable, or refers to itself",
            "set the variable"),
    OPTIONAL_SUBSTITUTION_UNSET("PEN-CFG-006", NOTE, "`${?NAME}` is not set", "nothing, if that is meant"),
    INVALID_VALUE(
            "PEN-CFG-007",
            CONFIGURATION,
            "a value of another type than the key takes, or not one of those that it takes",
            "take one of the allowed values"),
    DURATION_WITHOUT_UNIT("PEN-CFG-008", CONFIGURATION, "duration without a unit", "`7d`, `7h` or `7m`"),
    CONTRADICTING_KEYS(
            "PEN-CFG-009", CONFIGURATION, "two keys contradict each other", "the message names both sides; keep one"),
    INCLUDE_NOT_ALLOWED(
            "PEN-CFG-010",
            CONFIGURATION,
            "include from outside the configuration folder, or of itself",
            "move the file inside"),
    SQL_SYNTAX(
            "PEN-CFG-011",
            CONFIGURATION,
            "SQL that cannot be understood, in a configuration or in `penstock sql`: grammar, a quote or a "
                    + "comment that does not close, a type that Spark does not have, such as `decimal(39,2)`",
            "the caret shows where"),
    SQL_NOT_ALLOWED(
            "PEN-CFG-012",
            CONFIGURATION,
            "function or construct that an expression may not use, also text such as `'today'` where it "
                    + "becomes a date or a timestamp, for which Spark takes the present",
            "use one of the allowed functions, and `as_of` for the present"),
    UNKNOWN_COLUMN("PEN-CFG-013", CONFIGURATION, "unknown column", "take one of the columns offered"),
    INVALID_PATH(
            "PEN-CFG-014",
            CONFIGURATION,
            "path that leaves its folder or `penstock.landing`, or holds odd characters",
            "write it relative to `penstock.landing`"),
    OVERLAPPING_LOCATIONS(
            "PEN-CFG-015",
            CONFIGURATION,
            "landing and warehouse overlap, by their names or by a symbolic link, or a source leads into the "
                    + "warehouse, or a Delta table as a source is one of the pipeline itself",
            "use two folders"),
    TRAINING_WORKERS_IMPOSSIBLE(
            "PEN-CFG-016",
            CONFIGURATION,
            "Spark cannot run the training's workers: too few cores, dynamic allocation, or a driver host that "
                    + "does not resolve",
            "lower `training.workers`, or give Spark what it says"),
    INVALID_TRAINER_PARAMETER(
            "PEN-CFG-017",
            CONFIGURATION,
            "a parameter that the candidate's trainer does not have, out of range, beyond what 32 bits hold (XGBoost), "
                    + "set under two names, without effect next to the others, such that nothing could be learnt, or "
                    + "one that Penstock sets",
            "correct it; the message names the key to use"),
    NO_JDK("PEN-CFG-018", CONFIGURATION, "no JDK 17", "install one and set `JAVA_HOME`"),
    WRONG_LIBRARIES(
            "PEN-CFG-019",
            CONFIGURATION,
            "`SPARK_HOME` is no Spark, or the classpath holds another Spark, Scala or Delta than the jar was "
                    + "built for, or two XGBoosts",
            "use a Spark 3.5 for Scala 2.12 with Delta 3.3"),
    XGBOOST_NOT_LOADED(
            "PEN-CFG-020",
            CONFIGURATION,
            "XGBoost's native library does not load",
            "needs glibc, libgomp, and a temporary folder that allows execution"),
    LITERAL_SECRET(
            "PEN-CFG-021",
            CONFIGURATION,
            "secret as a literal, by its key or by its look, also one that a variable brings to where it would "
                    + "be written down",
            "refer to the environment: `${NAME}`; keep it out of descriptions, paths and expressions"),
    NOTHING_DECLARED(
            "PEN-CFG-024",
            CONFIGURATION,
            "nothing declared: no source, column, rule, window or feature",
            "declare one, or leave the key out"),
    REQUIRED_KEY_MISSING("PEN-CFG-025", CONFIGURATION, "required key missing", "add it; the message shows an example"),
    MLFLOW_PORT_TAKEN("PEN-CFG-026", CONFIGURATION, "MLflow's port is taken", "stop what listens there"),
    REVERSED_RANGE("PEN-CFG-027", CONFIGURATION, "`--to` before `--from`", "earlier date first"),
    INVALID_UNIT("PEN-CFG-028", CONFIGURATION, "not a date or an instant", "`2013-12-25`, `2013-12-25T08:00:00Z`"),
    UNKNOWN_STAGE("PEN-CFG-029", CONFIGURATION, "unknown stage after `--stage`", "take one of those listed"),
    VIEW_CHANGED_UNDER_SAME_VERSION(
            "PEN-CFG-030",
            CONFIGURATION,
            "a feature view's definition changed under the same version",
            "raise its `version`; the new table is built next to the old one"),
    NO_SCORES_TABLE("PEN-CFG-031", CONFIGURATION, "`trace`: no such scores table", "`scores/<model>`"),
    WRONG_KEY_COLUMNS(
            "PEN-CFG-032", CONFIGURATION, "`trace`: not the key's columns", "give a value for each of those listed"),
    NO_SUCH_ROW("PEN-CFG-033", CONFIGURATION, "`trace`: no row with that key", "look for it with `penstock sql`"),
    NO_PYTHON(
            "PEN-CFG-034",
            CONFIGURATION,
            "no Python 3.11 or newer with venv, or none with MLflow",
            "install one, or name it in `PENSTOCK_PYTHON`"),
    NO_QUERY(
            "PEN-CFG-035",
            CONFIGURATION,
            "`penstock sql` was given a statement that is no query",
            "write `SELECT`, `WITH`, `SHOW`, `DESCRIBE` or `EXPLAIN`"),
    QUERY_FAILED("PEN-CFG-036", CONFIGURATION, "a query of `penstock sql` failed while it ran", "correct the query"),
    AMBIGUOUS_MODEL(
            "PEN-CFG-037", CONFIGURATION, "`--export`: no such model, or there are several", "name one by `--model`"),
    EXPORT_IS_NO_FILE(
            "PEN-CFG-038", CONFIGURATION, "`--export`: a folder, or something else that is no file", "name a file"),
    UNKNOWN_PROFILE(
            "PEN-CFG-039", CONFIGURATION, "`PENSTOCK_PROFILE` names no profile", "set it to `small`, or unset it"),
    REPLAY_NAMES_NOTHING(
            "PEN-CFG-041",
            CONFIGURATION,
            "`--replay` names nothing, or a file whose folder is not named as a source",
            "put mended files into a folder named as their source"),
    FOLDER_NAME_NOT_USABLE(
            "PEN-CFG-042",
            CONFIGURATION,
            "`init --source` on a folder whose name `penstock.landing` cannot hold, such as `a{b}`, and none "
                    + "above it can stand in its place",
            "rename the folder"),
    NESTED_TOO_DEEPLY(
            "PEN-CFG-050",
            CONFIGURATION,
            "a configuration or an expression that is nested too deeply or too long: 100 levels of braces, "
                    + "brackets or dots, 200 of an expression, terms of a sum and calls in calls included, 20 of "
                    + "comments in SQL; 100,000 characters of an expression, 2,000 that a backslash escapes, 524,288 of "
                    + "any value once its substitutions are put in; 1,000 includes in all",
            "derive a part of an expression as a column of its own; take out substitutions and includes that "
                    + "double one another"),
    SQL_UNRESOLVED(
            "PEN-CFG-051",
            CONFIGURATION,
            "an expression that Spark cannot resolve over the declared types: wrong number of arguments, types "
                    + "that do not fit",
            "the caret shows where; `CAST` what has another type"),
    SQL_ALWAYS_FAILS(
            "PEN-CFG-052",
            CONFIGURATION,
            "a part of an expression that fails, or is NULL, whatever its row says: `element_at(list, 0)`, a "
                    + "pattern, a time zone or a unit of time that is none, a division by zero, a comparison with NULL, "
                    + "a constant beyond its type (`24 * 60 * 60 * 1000 * 1000`), a text of more than 1,000,000 "
                    + "characters, `repeat('x', 2000000000)`",
            "the caret shows where; compare with `IS NULL`, write `CAST(24 AS bigint) * …`"),
    EXPRESSION_UNFIT(
            "PEN-CFG-053",
            CONFIGURATION,
            "an expression that its place does not take: a label or a filter that is no condition, or a number "
                    + "cast to one (`cast(delay as boolean)` is true of all but 0); a sum of text; an event time that is "
                    + "a number; a feature that is always NULL; a filter or a hold that is never true; a `delete-when` "
                    + "that is always or never true; a label that is always the same",
            "the message says what to write"),
    FEATURE_READS_LABEL(
            "PEN-CFG-054",
            CONFIGURATION,
            "a row feature reads a column that the label is made of, in the label's source or in another one "
                    + "over files that both may take, under any name; the key and the event time of the spine are no "
                    + "such columns",
            "take it out; if it is known before the label is, `training.leakage`"),
    INVALID_MLFLOW_TOKEN(
            "PEN-CFG-060",
            CONFIGURATION,
            "`MLFLOW_TRACKING_TOKEN` holds a blank, a line end or a letter beyond ASCII, which no header " + "carries",
            "give the token alone, on one line"),
    INVALID_MLFLOW_TLS(
            "PEN-CFG-061",
            CONFIGURATION,
            "the `MLFLOW_TRACKING_…` variables for TLS contradict each other, or name files that cannot be used",
            "name PEM files that this user may read"),
    LOCATION_IS_NO_FOLDER(
            "PEN-CFG-062",
            CONFIGURATION,
            "a location, or a source's landing folder, that is a file, lies below one, or is a symbolic link "
                    + "that leads to itself",
            "name a folder, or point the link to one; one that is not there yet is fine"),
    NO_UNIT_OF_SCHEDULE(
            "PEN-CFG-070",
            CONFIGURATION,
            "a unit that has no cut by the pipeline's `schedule`, such as a Tuesday of one that is `every = 1w, days = "
                    + "[mon]`; or a range without any",
            "name one of the units in the message, or a range of dates that holds one"),
    UNITS_OF_OTHER_LENGTH(
            "PEN-CFG-071",
            CONFIGURATION,
            "`schedule.every` was changed between days and hours in a pipeline that has run: the column `unit` of its tables "
                    + "is a date or text for good",
            "set it back, or give the pipeline another name"),
    UNKNOWN_TRAINER(
            "PEN-CFG-080", CONFIGURATION, "a candidate names a trainer that does not exist", "`xgboost` or `logistic`"),
    UNKNOWN_TASK("PEN-CFG-081", CONFIGURATION, "a model names a task that does not exist", "`binary`"),
    UNUSED_TRAINING_PARAMS(
            "PEN-CFG-082",
            CONFIGURATION,
            "`training.params` though no candidate is given them: each has a trainer with `params` of its own",
            "move them to the candidates"),
    NULL_VALUE(
            "PEN-CFG-090",
            CONFIGURATION,
            "`null` for a key of a source",
            "give it a value, or leave the key out for its default"),
    INVALID_NAME(
            "PEN-CFG-091",
            CONFIGURATION,
            "no valid name of a pipeline, source, view, model, candidate, column or code",
            "the message shows what a name looks like"),
    INVALID_ADDRESS(
            "PEN-CFG-092",
            CONFIGURATION,
            "an address that is none",
            "`http://host:port`; in a name or password write `/ ? # @ :` as `%2F %3F %23 %40 %3A`"),
    NOT_DECLARED(
            "PEN-CFG-093",
            CONFIGURATION,
            "a key names a source, view, candidate, feature or column that is not declared",
            "take one of the names offered, or declare it"),
    NAME_TAKEN(
            "PEN-CFG-094",
            CONFIGURATION,
            "a name that is taken: by a column or a table that Penstock makes, or by another declaration",
            "choose another name"),
    NOT_EXACTLY_ONE(
            "PEN-CFG-095",
            CONFIGURATION,
            "no measure or function where one is needed, or several where only one may stand",
            "keep one"),
    REPEATED_VALUE("PEN-CFG-096", CONFIGURATION, "a list holds the same entry twice", "keep one"),
    COUNTERPART_MISSING(
            "PEN-CFG-097",
            CONFIGURATION,
            "a key has no meaning without another that is missing, such as `mode = upsert` without `sequence`",
            "the message names the other key; declare it, or leave this one out"),
    PATH_WITHOUT_LANDING_TIME(
            "PEN-CFG-098",
            CONFIGURATION,
            "`path` does not hold the folder `landed={landed}` exactly once",
            "put it where the landing time stands in the path"),
    NEWER_FORMAT(
            "PEN-CFG-099",
            CONFIGURATION,
            "the control tables were written by a newer version of Penstock, in a format that this one does "
                    + "not know",
            "use the newer version"),

    // Command line and set-up
    INVALID_COMMAND_LINE("PEN-CLI-002", USAGE, "unknown verb, option or value", "`--help` of the verb"),
    SOURCE_FOLDER_UNREADABLE(
            "PEN-CLI-010",
            CONFIGURATION,
            "`init --source`: no such folder, a file, or it cannot be read",
            "name the folder that files land in"),
    NOTHING_TO_SUGGEST_FROM(
            "PEN-CLI-011",
            CONFIGURATION,
            "`init --source`: no file there can be ingested; the message says why",
            "land CSV with a header, one JSON object a line, plain or gzip, or Parquet; declare a Delta table "
                    + "by its folder"),
    INVALID_SOURCE_NAME(
            "PEN-CLI-012",
            CONFIGURATION,
            "`init --name`: no valid name, or the folder holds several sources",
            "leave `--name` out, or give the folder of one source"),
    INVALID_PIPELINE_NAME(
            "PEN-CLI-013", CONFIGURATION, "`init`: no valid name of a pipeline", "a-z, 0-9 and -, a letter first"),
    FILE_EXISTS(
            "PEN-CLI-014",
            CONFIGURATION,
            "`init`: the file is there already; nothing was written",
            "choose another name, or move the file away"),
    CONFIGURATION_NOT_WRITTEN(
            "PEN-CLI-015",
            CONFIGURATION,
            "`init`: the file cannot be written",
            "make the folder writable, or name another by `--dir` or `--work`"),
    DUMP_NOT_SPLIT(
            "PEN-CLI-016",
            CONFIGURATION,
            "`land`: the file cannot be split: not there, no CSV with a header and no JSON lines, no such column, no row "
                    + "with a time, or a file is there that differs from what would be written",
            "see the message; what landed is never overwritten"),
    BUILD_FAILED("PEN-SET-001", RETRY, "the build failed", "read the lines above it; often a download"),
    PYTHON_PACKAGES_NOT_INSTALLED(
            "PEN-SET-002", RETRY, "Python packages cannot be installed", "check network and disk, run again"),
    FLIGHTS_NOT_FETCHED(
            "PEN-SET-003",
            RETRY,
            "the flights archive cannot be fetched",
            "the same, or name a copy in `PENSTOCK_DATA`"),
    FLIGHTS_CHECKSUM(
            "PEN-SET-004",
            CONFIGURATION,
            "the flights archive has another checksum",
            "unset `PENSTOCK_DATA`, run again; if it stays so, do not use the file"),
    SETUP_FOLDER_NOT_WRITABLE(
            "PEN-SET-005",
            CONFIGURATION,
            "the set-up folder cannot be written",
            "make it writable, or name another in `PENSTOCK_CACHE`"),
    NO_JAR(
            "PEN-SET-006",
            CONFIGURATION,
            "the jar is missing and there are no sources to build it from",
            "install Penstock again"),
    LIBRARIES_NOT_FETCHED(
            "PEN-SET-007",
            RETRY,
            "the libraries of `bin/setup s3a` or `s3server` cannot be fetched",
            "check network and disk, run again"),
    CLASSES_NOT_ARCHIVED(
            "PEN-SET-008",
            INTERNAL,
            "the classes of a run could not be archived",
            "unset `PENSTOCK_PROFILE`: it only saves time"),
    NO_FLIGHTS(
            "PEN-FEED-001",
            CONFIGURATION,
            "the flights archive is not where it should be",
            "start by `bin/penstock demo`, which fetches it"),
    FLIGHTS_DAMAGED(
            "PEN-FEED-002", CONFIGURATION, "the flights archive is damaged", "delete it and run the set-up again"),
    DEMO_FILES_NOT_WRITTEN(
            "PEN-FEED-003", RETRY, "the demo's files cannot be written", "make the folder writable, free 100 MB"),

    // Files
    NOTHING_LANDED(
            "PEN-ING-001",
            REFUSED.or(NOTE),
            "the source's landing folder does not exist, or nothing of it was ever ingested. A note with "
                    + "`allow-empty`",
            "check `path`; let files land"),
    FEWER_FILES_THAN_DECLARED(
            "PEN-ING-002",
            NOTE.or(REFUSED, "min-files"),
            "no file for this unit, or fewer than declared",
            "nothing, or ask the sender; `allow-empty = true` silences the note"),
    FILE_EMPTY("PEN-ING-003", FILE, "0 bytes, or only blanks", "land it again"),
    FILE_WITHOUT_RECORDS("PEN-ING-004", NOTE, "header without records", "nothing"),
    COMPRESSION_DAMAGED("PEN-ING-005", FILE, "gzip or zstd truncated or damaged", "land it again under a new name"),
    NOT_COMPRESSED_AS_NAMED("PEN-ING-006", FILE, "named `.gz` or `.zst`, but something else", "rename it"),
    FILE_IS_ARCHIVE("PEN-ING-007", FILE, "zip, tar or another archive", "land plain text, gzip or zstd"),
    UNPACKS_TOO_LARGE(
            "PEN-ING-008",
            FILE,
            "packed text that unpacks to more than 256 MiB; any file that unpacks to 500 times its size",
            "split it, land CSV and JSON unpacked, or find out who sent it"),
    FILE_IS_BINARY(
            "PEN-ING-009",
            FILE,
            "binary, or Parquet where text is declared",
            "land text, or declare `format = parquet`"),
    FILE_IS_MARKUP("PEN-ING-010", FILE, "HTML or XML, often an error page", "fix the download"),
    FILE_OVERWRITTEN(
            "PEN-ING-011",
            NOTE.or(REFUSED),
            "a file was overwritten after it was taken: it is restated, only reported, or nothing more is "
                    + "ingested, as `on-overwrite` says",
            "land new content under a new name; see [overwritten files](configuration.md#overwritten-files)"),
    DUPLICATE_CONTENT(
            "PEN-ING-012",
            NOTE,
            "the same content under another name: set aside, and taken if the file that brought it is "
                    + "overwritten (not for `append`, whose rows stay)",
            "nothing"),
    LATE_FILE("PEN-ING-013", NOTE, "a late file, taken by a later unit", "nothing"),
    FILE_FROM_FUTURE(
            "PEN-ING-014",
            NOTE,
            "a file's time lies in the future: a clock is wrong. Nothing is ordered by it",
            "check the sender's clock"),
    FILE_PASSED_OVER(
            "PEN-ING-015",
            NOTE,
            "passed over: hidden or unfinished (`_x`, `.x`, `x.tmp`, `x.crc`; not reported for an empty `_SUCCESS`, "
                    + "which Spark leaves), no landing stamp, no regular file, or a name that no pattern matches",
            "rename it when it is complete, or widen `path`"),
    FILE_CHANGING(
            "PEN-ING-016",
            RETRY,
            "still growing or changing while it was read",
            "write under another name, rename when complete"),
    FILE_GONE(
            "PEN-ING-017",
            REFUSED,
            "gone since it was listed, or gone while a unit that took it is to run again",
            "restore it and run again; or leave the unit out of the range, it keeps what it holds"),
    FILE_NOT_PERMITTED("PEN-ING-018", FILE, "reading is not permitted", "fix the rights, land it again"),
    WAREHOUSE_NOT_WRITABLE(
            "PEN-ING-019",
            REFUSED,
            "the warehouse cannot be written, found out before a run does anything",
            "give the user the right to write, or correct `penstock.warehouse`"),
    DISK_FULL("PEN-ING-020", RETRY, "disk full", "free space, run again"),
    NO_INODES_OR_QUOTA(
            "PEN-ING-021",
            RETRY,
            "the disk has space, but no room for another file (inodes), or a quota is used up",
            "delete files or raise the limit, run again"),
    FILE_TOO_LARGE(
            "PEN-ING-023",
            REFUSED,
            "256 MiB or more of a file that is parsed whole: packed, in UTF-16, CSV with a delimiter that is "
                    + "not ASCII, or Parquet with a row group of more than that. [Others may have any "
                    + "size](operations.md#speed)",
            "land it in several files, or as plain text in UTF-8; write Parquet with smaller row groups"),
    LINK_OUT_OF_FOLDER(
            "PEN-ING-024",
            REFUSED,
            "a link in a landing folder that leads out of it, in a circle, or nowhere",
            "land the file itself"),
    PARQUET_TYPE(
            "PEN-ING-026",
            FILE,
            "Parquet: a column of another type than declared; the message names both",
            "write the declared type"),
    PARQUET_DAMAGED(
            "PEN-ING-027", FILE, "Parquet: truncated, damaged, or none at all", "land it again under a new name"),
    PARQUET_COLUMNS(
            "PEN-ING-028",
            FILE,
            "Parquet: columns that the policies do not allow; the message lists them",
            "`renamed-from`, `on-missing-column`, `on-new-column`"),
    LANDING_NOT_LISTED(
            "PEN-ING-029",
            RETRY,
            "the landing folder cannot be listed, or the log of a Delta table not read",
            "check that the storage can be reached"),
    NOTHING_WITHDRAWN(
            "PEN-ING-040",
            NOTE,
            "a snapshot withdraws no key: it is empty, some of it was rejected, or a newer one was taken "
                    + "before it",
            "mend what was rejected; the next sound snapshot makes up for it"),
    REPAIRED_FILE_NOT_LANDED(
            "PEN-ING-041",
            RETRY,
            "a mended file cannot be landed",
            "check that it can be read and the landing folder written"),
    UNITS_MUST_RUN_TOGETHER(
            "PEN-ING-042",
            CONFIGURATION,
            "a unit is run again whose file was overwritten and taken by a later unit too, or was overwritten "
                    + "while another unit had set a copy aside: alone it would take rows twice or lose some",
            "run all of the range again that the message names, after putting back what it says is gone"),
    DELTA_FEATURE_UNSUPPORTED(
            "PEN-ING-043",
            REFUSED,
            "a Delta table whose files do not say what its rows are: column mapping, deletion vectors, files "
                    + "of another table, a feature that is not known here",
            "let its owner publish a table without it, or land its rows as Parquet files"),
    APPEND_SOURCE_REWRITTEN(
            "PEN-ING-044",
            REFUSED,
            "a version of a Delta table takes rows out or rewrites them, and the source is `append`",
            "declare `mode = snapshot` or `upsert`"),
    DELTA_VERSIONS_GONE(
            "PEN-ING-045",
            REFUSED,
            "versions of a Delta table are gone from its log, or files of theirs deleted, before an `append` "
                    + "took them, or the table was made again, or the source points to another place",
            "put `path` back as it was, or take it as a source of another name"),
    DELTA_ROWS_NOT_WITHDRAWN(
            "PEN-ING-046",
            NOTE,
            "a version of a Delta table takes rows out or rewrites them: an `upsert` takes what it wrote "
                    + "and withdraws nothing",
            "declare `mode = snapshot` where what is gone matters"),
    DELTA_STARTS_LATER(
            "PEN-ING-047",
            NOTE,
            "the first versions of a Delta table cannot be read any more: it begins with all that it held at a "
                    + "later one",
            "nothing"),
    DELTA_OPERATIONS_AS_ROWS(
            "PEN-ING-048",
            NOTE,
            "a Delta table has Penstock's column `_op`, and the source takes its withdrawals as rows",
            "declare `op { renamed-from = [_op] }` and `delete-when = \"op = '-'\"`"),
    FIRST_CONTENT_LOST(
            "PEN-ING-049",
            NOTE,
            "units are run again that took the same file before and after it was overwritten: what it said at "
                    + "first can be read no more, so the first of them has less than before",
            "if the old content matters, put it back under a name of its own before"),
    TOO_MANY_WITHDRAWALS(
            "PEN-ING-050",
            REFUSED,
            "a snapshot, or files that were overwritten, lack more keys at once than `max-withdrawals` allows: "
                    + "it may have been cut short, and nothing was withdrawn",
            "let it land whole; if the keys are gone, set `max-withdrawals { share = 1 }` for the source; then "
                    + "run the unit again"),
    RULES_NOT_JUDGED(
            "PEN-ING-060",
            NOTE.or(REFUSED),
            "a unit has no rows, or none but withdrawals, so that rules of its source could not be judged, and "
                    + "`on-no-rows` says `warn` or `refuse`",
            "find out why nothing came; `on-no-rows = pass` where that is usual"),

    // Rows
    HEADER_INCOMPLETE(
            "PEN-ROW-002",
            FILE,
            "the header lacks declared columns, or names one twice, also by a present and a former name",
            ""),
    UNDECLARED_COLUMNS(
            "PEN-ROW-003",
            FILE,
            "columns that are not declared, with `on-new-column = reject`; else a note. `unnamed_3` is the "
                    + "third one of a CSV file whose header gives it no name, where a row has a value in it",
            ""),
    MALFORMED_RECORD("PEN-ROW-004", ROW, "another number of fields than the header, or not valid JSON", ""),
    HEADER_QUOTES("PEN-ROW-006", FILE, "a quote in the header that never closes, or stands inside a name", ""),
    OTHER_DELIMITER("PEN-ROW-007", FILE, "another delimiter than declared", ""),
    UNDECLARED_UTF16("PEN-ROW-009", FILE, "UTF-16, and `encoding` does not say so", ""),
    INVALID_ENCODING(
            "PEN-ROW-010",
            ROW.or(FILE),
            "bytes that are not of the declared `encoding`; a file of 256 MiB and more with such bytes before "
                    + "a record of several lines about as long as `max-record` is rejected as a whole",
            ""),
    FORBIDDEN_CHARACTER(
            "PEN-ROW-011",
            ROW,
            "control, zero-width or direction-changing character, or half of a surrogate pair; in JSON however "
                    + "it is written, `\\u0000` too, in names and nested values",
            ""),
    REPEATED_HEADER("PEN-ROW-012", ROW, "the header, repeated inside the file", ""),
    FOOTER("PEN-ROW-013", ROW, "a footer or total line", ""),
    WHOLE_NUMBER_OUT_OF_RANGE("PEN-ROW-014", ROW, "whole number that does not fit its type", ""),
    NO_PLAIN_NUMBER("PEN-ROW-015", ROW, "not a plain number, or not `true` or `false`", ""),
    NOT_FINITE("PEN-ROW-016", ROW, "not finite", ""),
    NO_SUCH_TIME("PEN-ROW-018", ROW, "no such day or moment", ""),
    TIME_FORMAT("PEN-ROW-019", ROW, "not an ISO date or time, or not of the declared `format` or `epoch`", ""),
    EPOCH_UNIT("PEN-ROW-020", ROW, "a count since 1970 where a time is due, or one of another unit than `epoch`", ""),
    TIME_WITHOUT_ZONE(
            "PEN-ROW-021",
            ROW,
            "a time with `T` and no zone; land `2013-12-25T06:00:00Z` (a blank instead of the `T` is read as "
                    + "UTC). With `zone`, a time that its clocks skipped or showed twice",
            ""),
    TIME_OUT_OF_RANGE(
            "PEN-ROW-022",
            ROW,
            "year out of range, such as a 1899 or 9999 placeholder, or outside the `between` of a time",
            ""),
    TIME_AHEAD_OF_LANDING("PEN-ROW-023", ROW, "further after the landing of its file than `max-ahead`", ""),
    EXACT_DUPLICATE("PEN-ROW-026", NOTE, "exact duplicates, dropped and counted", ""),
    CONFLICTING_KEY("PEN-ROW-027", ROW, "the key occurs in the unit with different values (`append` sources)", ""),
    EMPTY_KEY("PEN-ROW-028", ROW, "a key column is empty", ""),
    TOO_LONG(
            "PEN-ROW-029",
            ROW.or(FILE),
            "a value longer than `max-length`, or a record than `max-record`; a record of more than 256 MiB, "
                    + "or in a file of that size a header of more than 1 MiB, takes its file with it",
            ""),
    TOO_MANY_COLUMNS("PEN-ROW-030", FILE, "too many columns", ""),
    DUPLICATE_JSON_KEY("PEN-ROW-031", ROW, "JSON key given twice", ""),
    REQUIRED_VALUE_MISSING("PEN-ROW-032", ROW, "required value, event time, known-at or sequence missing", ""),
    NOT_JSON_LINES(
            "PEN-ROW-033", ROW, "not one JSON object per line; a whole file when it is an array or pretty-printed", ""),
    TOO_MANY_REJECTS("PEN-ROW-035", REFUSED, "more records rejected than `max-reject-rate`: the unit is refused", ""),
    VOLUME_CHANGED(
            "PEN-ROW-036", NOTE.or(REFUSED, "max-volume-change"), "far more or fewer rows than the units before", ""),
    NOT_BETWEEN("PEN-ROW-040", ROW, "outside `between`", ""),
    NOT_ALLOWED("PEN-ROW-041", ROW, "not among `allowed`", ""),
    PATTERN_MISMATCH("PEN-ROW-042", ROW, "does not match `pattern`", ""),
    OVERWRITTEN_RECORD(
            "PEN-ROW-044",
            ROW,
            "a file of an `append` source was overwritten, and this record changes one that was taken from it: "
                    + "run the units again that took the file (`penstock quarantine` names them), or use `upsert` where "
                    + "rows are corrected",
            ""),
    UNKNOWN_REJECT("PEN-ROW-045", ROW, "a mended record names a reject that does not exist", ""),
    REJECT_REPLACED_ALREADY(
            "PEN-ROW-046",
            ROW,
            "a mended record names a reject that was replaced already, or one of a file that was overwritten "
                    + "and taken once more since",
            ""),
    STRAY_QUOTE(
            "PEN-ROW-050",
            ROW,
            "a quote inside a CSV field that is not quoted as a whole, or text after a closing quote",
            ""),
    UNCLOSED_QUOTE(
            "PEN-ROW-051",
            ROW,
            "a quote that does not close as a value of several lines does: with the header's number of fields, "
                    + "within `max-record`. The record costs its first line, the next line is a record again",
            ""),
    OTHER_ESCAPE(
            "PEN-ROW-052",
            ROW,
            "quotes are escaped otherwise than the source declares: a backslash before a quote without "
                    + "[`escape`](configuration.md#quotes), or doubled quotes with `escape = \"\\\\\"`",
            ""),

    // Features
    AGGREGATE_OF_NO_NUMBER(
            "PEN-FEA-001",
            CONFIGURATION,
            "an aggregate of something that is no number or condition",
            "aggregate a number or a condition"),
    ENTITY_COLUMN_MISSING(
            "PEN-FEA-002",
            CONFIGURATION,
            "the spine's source lacks a view's entity column",
            "derive it there, or drop the view"),
    INPUT_NAMED_TWICE("PEN-FEA-003", CONFIGURATION, "two model inputs would have one name", "rename the row feature"),
    INPUT_IS_NO_NUMBER(
            "PEN-FEA-004",
            CONFIGURATION,
            "an input that cannot be a number, or a text column that training had no dictionary for. A text "
                    + "that training did not see is `PEN-SCO-030`",
            "use another expression, or train again"),
    NOTHING_MATURE(
            "PEN-FEA-005",
            REFUSED,
            "no unit, or no row of a backtest, is mature at the training's cut",
            "load earlier units, or train later"),
    LABEL_NOT_ON_KEY(
            "PEN-FEA-006", CONFIGURATION, "`label.on` is not part of the spine's key", "match labels on key columns"),
    SPINE_ROW_NOT_FOUND("PEN-FEA-007", REFUSED, "`trace`: the unit took no row with that key", "check key and unit"),
    AS_OF_IS_NO_TIMESTAMP(
            "PEN-FEA-008", CONFIGURATION, "`spine.as-of` is no timestamp", "use an expression over timestamp columns"),
    UNITS_NOT_INGESTED(
            "PEN-FEA-009", REFUSED, "`--export`: none of the units is ingested", "run their ingestion first"),
    DEFINITIONS_CHANGED_SINCE(
            "PEN-FEA-010",
            NOTE,
            "`trace`: the score's views, its spine, or keys or modes of its sources are defined otherwise now, "
                    + "so its files are not listed",
            "trace it with the configuration of the commit that `trace` names"),
    TOTAL_OVERFLOW(
            "PEN-FEA-020",
            REFUSED,
            "a feature's total is one that its type does not hold: of whole numbers beyond 64 bits, of "
                    + "fractions beyond a double. The message names view, feature, entity and total; the unit is "
                    + "refused, others are not",
            "sum a fraction (`cast(x as double)`), or look at the values"),
    FEATURE_NOT_FINITE(
            "PEN-FEA-021",
            REFUSED,
            "a feature's values are NaN or infinite, or, with a `scale`, have more than 28 − `scale` digits "
                    + "before the point. The unit is refused while they are in a window",
            "guard the expression (`CASE WHEN … THEN x END`, `where`), or declare no `scale`"),
    AMBIGUOUS_LABEL(
            "PEN-FEA-022",
            REFUSED.or(NOTE),
            "several rows of the label's source stand for one row of the spine and say different labels. Where "
                    + "scores are judged it is a note: those without one label are left out",
            "match on all columns that tell them apart, use `mode = upsert`, or `label.several = last`"),
    LABEL_KNOWN_AT_AS_OF(
            "PEN-FEA-023",
            NOTE,
            "training rows whose label was known at their as-of, so that features may tell it: they are not "
                    + "trained on. Counted in the metric `label_known_at_as_of`",
            "load the history from its beginning, unit by unit; or declare `label.known-at-as-of = keep` if "
                    + "such labels are no leak"),
    VIEW_WITHOUT_VALUES(
            "PEN-FEA-040",
            NOTE,
            "a view has no value at all for a unit, or fewer than a model's `monitoring.missing-view.at-least` "
                    + "lets pass: its source is late, gone, or nothing of it matches",
            "land what is missing, then run the unit with `--again`; what comes late is taken by the next unit"),

    // Training and models
    EMPTY_SLICE(
            "PEN-ML-001",
            REFUSED,
            "no rows in the training or the validation slice",
            "load more history, or move `test-from`"),
    FEWER_ROWS_THAN_WORKERS(
            "PEN-ML-002", REFUSED, "fewer rows than workers", "more history, or `training.workers = 1`"),
    NOTHING_TO_LEARN(
            "PEN-ML-003",
            REFUSED,
            "all labels equal, or no feature separates them",
            "check `label.value`, and that features vary"),
    INVALID_LABEL_OR_WEIGHT(
            "PEN-ML-004",
            REFUSED,
            "label or weight missing or not finite, or a weight that is negative or beyond a float's range",
            "mend the expression or its source"),
    INVALID_FEATURE_VALUE(
            "PEN-ML-006",
            REFUSED.or(SCORE),
            "a feature is infinite or too large for a float, in any slice of a training set; the message names "
                    + "column and row. In scoring *code*: the row is held, and a warning names column and row",
            "guard the expression, or the column with `between`"),
    LABEL_NOT_BINARY("PEN-ML-007", REFUSED, "a label that is neither 0 nor 1", "`label.value` must be a condition"),
    FEATURE_NOT_ALLOWED(
            "PEN-ML-008",
            CONFIGURATION,
            "a feature that is a key or gives the label away, or no feature at all",
            "rename or remove it"),
    FEATURES_DIFFER(
            "PEN-ML-009",
            CONFIGURATION,
            "the features, or their order, differ from those the model was trained on; the message names the place",
            "restore the feature, or train and promote again"),
    MODEL_NOT_AS_REGISTERED(
            "PEN-ML-010",
            INTERNAL,
            "the model is not the one that was registered and promoted: another content of one of its files, other "
                    + "dictionaries, another source, or a version by hand that carries no sha256. Refused before native "
                    + "code sees it",
            "move the alias to another version in MLflow, and find out who changed this one"),
    MODEL_UNREADABLE(
            "PEN-ML-011",
            INTERNAL,
            "the file is no model of its flavour that this version reads",
            "train again with the version in use"),
    MLFLOW_AWAY(
            "PEN-ML-013",
            RETRY,
            "MLflow is down, slow, busy, broken (5xx), or answers nonsense. Scoring goes on with the last "
                    + "champion, if `scoring.fallback` allows",
            "`penstock mlflow start`, or correct `penstock.mlflow`"),
    NO_CHAMPION(
            "PEN-ML-014",
            CONFIGURATION.or(SCORE),
            "no version has the alias `champion`, or the one that a run began to score with is gone. *code*: "
                    + "the registry was away and nothing to fall back to, the row is held",
            "train and promote; for held rows run the unit's score again"),
    MODEL_FILES_MISSING(
            "PEN-ML-015",
            INTERNAL,
            "the registry lacks the version or its files",
            "register the model again: run `promote` with `--again`"),
    ALL_FEATURES_MISSING(
            "PEN-ML-017", SCORE, "no feature has a value; the row is scored and flagged", "look at the row's sources"),
    FEATURE_TABLE_MISSING(
            "PEN-ML-018",
            REFUSED,
            "units before the training lack a feature table that the model uses now",
            "run `features` for the training unit: it builds them all"),
    CHAMPION_OF_OLD_VIEW(
            "PEN-ML-019",
            CONFIGURATION,
            "the champion was trained on a version of a feature view that is not made any more",
            "train and promote on the new version, or restore the old one"),
    SEVERAL_OUTPUTS(
            "PEN-ML-020", CONFIGURATION, "the model gives several numbers a row", "train with `binary:logistic`"),
    OTHER_NUMBER_OF_ROUNDS(
            "PEN-ML-021", INTERNAL, "the refit has another number of rounds than asked for", "report it"),
    ARTIFACTS_NOT_SERVED(
            "PEN-ML-022",
            CONFIGURATION,
            "MLflow keeps artifacts elsewhere than behind itself",
            "start it with `--serve-artifacts`, use a new experiment"),
    INPUT_TELLS_LABEL(
            "PEN-ML-050",
            REFUSED.or(NOTE),
            "an input alone predicts the label on the test slice; with "
                    + "`training.leakage = warn` a note and a warning in the verdicts, which also names row features "
                    + "that read a column of the label",
            "take it out; if it is known before the label is, `training.leakage = warn` or `allow`"),
    PARAMETER_DROPPED(
            "PEN-ML-051",
            INTERNAL,
            "XGBoost4J-Spark does not declare a parameter that was accepted, and would drop it",
            "remove the parameter, report it"),
    MLFLOW_LOGIN_REFUSED(
            "PEN-ML-060",
            CONFIGURATION,
            "MLflow refuses the login (401), or the login may not do this (403); the message says which login "
                    + "was sent",
            "set `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or `MLFLOW_TRACKING_TOKEN`"),
    MLFLOW_UNKNOWN_HOST(
            "PEN-ML-061",
            CONFIGURATION,
            "MLflow does not know the host name that it is addressed by",
            "start it with `--allowed-hosts`, or address it as `127.0.0.1`"),
    MLFLOW_REFUSED(
            "PEN-ML-062",
            CONFIGURATION,
            "MLflow refuses a request (4xx), or another server answers in its place; the server's own words "
                    + "are in the message",
            "mend what the server names; `penstock.mlflow` must be the address of an MLflow 3 server itself"),
    EXPERIMENT_DELETED(
            "PEN-ML-063",
            CONFIGURATION,
            "the experiment was deleted in MLflow",
            "`mlflow experiments restore -x ID`, as the message says it"),
    MLFLOW_CERTIFICATE(
            "PEN-ML-064",
            CONFIGURATION,
            "MLflow's certificate is not trusted, or MLflow does not trust this client",
            "set `MLFLOW_TRACKING_SERVER_CERT_PATH`, and `MLFLOW_TRACKING_CLIENT_CERT_PATH` if it asks for one"),
    UNKNOWN_FLAVOUR(
            "PEN-ML-065",
            CONFIGURATION,
            "the model is of a flavour that this version does not read",
            "use the version that trained it, or train and promote another"),
    NO_WEIGHT("PEN-ML-066", REFUSED, "all training rows have weight 0", "give rows that count a weight above 0"),
    NOT_CONVERGED(
            "PEN-ML-067",
            NOTE,
            "a logistic fit was stopped by `max_iterations` before it converged; the model is kept and judged as any "
                    + "other",
            "raise `max_iterations` or `reg`"),
    INVALID_COEFFICIENTS(
            "PEN-ML-068",
            REFUSED,
            "a logistic fit ended in coefficients that are not finite",
            "raise `reg`, look for features whose values differ by many powers of ten"),
    ROWS_LACK_INPUT(
            "PEN-ML-070",
            PYTHON,
            "rows that a model is given in Python lack one of its inputs; the message names it",
            "give all inputs of the model's signature; other columns are ignored"),
    RAW_VALUE_EXPECTED(
            "PEN-ML-071",
            PYTHON,
            "a value that a model is given in Python is not what its input is: a category must be text (not the code that "
                    + "the tables hold), another input a number",
            "give `carrier = 'UA'`; the codes are the positions in the dictionary of `penstock.json`"),

    // Scores
    DEPARTED(
            "PEN-SCO-001",
            SCORE,
            "the demo's own rule: due to depart before its cut, held. Codes under `spine.hold` are yours: "
                    + "capital letters, digits, `-` and `_`, such as `DEPARTED`; of those that begin with `PEN-` only "
                    + "`PEN-SCO-001` and those after it up to 019",
            ""),
    PREDICTION_FAILED("PEN-SCO-020", INTERNAL, "XGBoost cannot predict", "report it"),
    UNSEEN_CATEGORY(
            "PEN-SCO-030",
            SCORE,
            "a text among the inputs that training did not see: it is read as missing, the row is scored and "
                    + "flagged",
            "look at the text; train again if it stays"),
    NOTHING_TO_SCORE(
            "PEN-SCO-050",
            NOTE,
            "the spine's source has no row for this unit: nothing is scored",
            "land it; `allow-empty = true` in that source where it is usual"),
    VIEW_MISSING(
            "PEN-SCO-051",
            NOTE.or(SCORE).or(REFUSED, "monitoring.missing-view.then = refuse"),
            "a view that the model uses has no value at all for the unit; the rows are scored and flagged. The "
                    + "note comes at the share that `at-least` says, the code only where all is missing",
            "see `PEN-FEA-040`; where such scores must not be published, `refuse`"),
    SCORES_SHIFTED(
            "PEN-SCO-052",
            NOTE.or(REFUSED, "monitoring.score-shift.then = refuse"),
            "the mean of a unit's scores [leaves that of the units "
                    + "before](operations.md#scores-that-leave-their-history)",
            "look at what the rows were given (`scoring/<model>`), and at `PEN-FEA-040`"),
    ALL_HELD(
            "PEN-SCO-053",
            NOTE.or(REFUSED, "monitoring.all-held.then = refuse"),
            "none of a unit's rows has a score",
            "`code` of the rows says why each is held"),
    NO_LABEL(
            "PEN-SCO-054",
            NOTE.or(REFUSED, "monitoring.no-label.then = refuse"),
            "a unit was scored, `label.matures-after` has passed, and no label came",
            "look at the source of the labels, and whether `label.on` matches"),

    // Clusters
    NOT_ENOUGH_SLOTS_YET(
            "PEN-CLU-001",
            RETRY,
            "executors are not there yet, or fewer slots than a training needs",
            "wait for other applications to end; if the cluster has room, see the executors' standard error"),
    NEVER_ENOUGH_SLOTS(
            "PEN-CLU-002",
            CONFIGURATION,
            "the cluster, or what was asked of it, can never give `training.workers` task slots, or no worker "
                    + "is large enough for an executor",
            "ask for more cores or smaller executors, or lower `training.workers`"),
    DYNAMIC_ALLOCATION(
            "PEN-CLU-003",
            CONFIGURATION,
            "dynamic allocation, and a training will run",
            "`spark.dynamicAllocation.enabled=false`"),
    PACKAGES_CLOSED(
            "PEN-CLU-004",
            CONFIGURATION,
            "Java keeps packages closed that Spark needs, in a driver that the cluster started or in executors",
            "give the `--add-opens` that the message prints"),
    OTHER_JAVA(
            "PEN-CLU-005",
            CONFIGURATION,
            "executors run another Java than the driver",
            "the same Java everywhere, or `spark.executorEnv.JAVA_HOME`"),
    OTHER_SPARK(
            "PEN-CLU-006",
            CONFIGURATION,
            "executors run another Spark than the driver",
            "submit with the cluster's Spark"),
    STORAGE_NOT_SHARED(
            "PEN-CLU-007",
            CONFIGURATION,
            "executors do not see the warehouse or the landing folder",
            "storage that all workers share"),
    EXECUTORS_CANNOT_WRITE(
            "PEN-CLU-008",
            CONFIGURATION,
            "executors cannot write the warehouse",
            "permissions of the user that runs them"),
    EXECUTORS_SILENT(
            "PEN-CLU-009",
            RETRY,
            "executors are there and do not answer, or the warehouse does not",
            "run again; see the executors' standard error"),
    APPLICATION_GIVEN_UP(
            "PEN-CLU-010",
            CONFIGURATION,
            "the cluster gave the application up: its executors end as they start",
            "see the executors' standard error"),
    NO_MASTER("PEN-CLU-011", RETRY, "no Spark master listens at the address", "check address and port"),

    // Runs
    STAGE_NOT_RUN(
            "PEN-RUN-010",
            REFUSED,
            "a stage did not run, because one before it was refused or not done for this unit",
            "mend that one first"),
    UNFORESEEN("PEN-RUN-040", INTERNAL, "anything unforeseen", "run again with `--debug` and report it"),
    RESULT_NOT_WRITTEN("PEN-RUN-041", RETRY, "`result.json` cannot be written", "check folder and space"),
    WORKER_LOST(
            "PEN-RUN-042",
            RETRY,
            "Spark lost a worker while it ran a job",
            "run again; if it stays so, give executors more memory"),
    EXPORT_NOT_WRITTEN("PEN-RUN-043", RETRY, "the file of `--export` cannot be written", "check folder and space"),
    OUT_OF_MEMORY("PEN-RUN-044", CONFIGURATION, "not enough memory", "give the driver more"),
    SPOOL_NOT_WRITABLE(
            "PEN-RUN-045", RETRY, "the spool of metrics cannot be written or listed", "check folder and space"),
    INTERRUPTED(
            "PEN-RUN-046",
            RETRY,
            "interrupted, by Ctrl-C, a signal or a cluster that took the application away; the process itself "
                    + "ends with 128 + the signal",
            "run again: what was committed stays"),
    EXPRESSION_OVERFLOW(
            "PEN-RUN-047",
            REFUSED,
            "a declared expression makes a number or a date that its type does not hold: a sum, product, "
                    + "rounding or cast of whole numbers, which Spark would let wrap; a sum, product or cast of "
                    + "decimals, which it would make NULL; `floor` and `ceil` of a double beyond `bigint`; `date_add`, "
                    + "`date_sub` and `add_months` beyond the years 1 to 9999. The message names the key and the part of "
                    + "it, of a cast to a whole number its stage, its value and type",
            "cast what may be large to `bigint` or `decimal(38, 0)`, guard it (`CASE WHEN …`, `where`), or let "
                    + "it be NULL: `try_multiply`; a changed view needs another `version`"),
    EXPRESSION_FAILED(
            "PEN-RUN-048",
            REFUSED,
            "a declared expression fails on a value in the data: a column that holds a time zone, a pattern or "
                    + "a group's number that is none, a time beyond Spark's range. The message names the stage, or the "
                    + "key where Spark knows it, and says what Spark says",
            "look for the value in the columns that expressions of this source, view or model take; keep such "
                    + "rows out (`where`, `CASE WHEN …`), or let it be NULL (`try_…`)"),
    ANOTHER_RUN(
            "PEN-RUN-050",
            BUSY,
            "another run took over, or is at work; the message says which run, its stage and units, who runs "
                    + "it, on which host, as which process, since when",
            "wait, then run again"),
    NOTHING_TO_COMPARE(
            "PEN-RUN-055",
            CONFIGURATION,
            "`diff`: no manifest of the unit or run that was named",
            "name a unit's date, a run id as in the column `run_id`, or a folder of `runs/`"),
    NO_EVENT_LOG(
            "PEN-RUN-056",
            CONFIGURATION,
            "`spark-history`: no run has left an event log",
            "run with `--event-log` first"),
    NOT_A_PLAN(
            "PEN-RUN-060",
            CONFIGURATION,
            "the file of `run --plan` is no plan",
            "make one with `penstock plan … --out FILE`"),
    PLAN_OF_OTHER_PIPELINE(
            "PEN-RUN-061",
            CONFIGURATION,
            "the plan was made for another pipeline, warehouse or landing folder",
            "give the environment and settings it was made with"),
    PLAN_OUTDATED(
            "PEN-RUN-062",
            CONFIGURATION,
            "the run would do more than its plan, or something else: files landed or changed, a definition "
                    + "changed, a run died meanwhile",
            "make the plan again, look at it, run that"),
    PLAN_NOT_WRITTEN("PEN-RUN-063", RETRY, "the file of `plan --out` cannot be written", "check folder and space"),
    REPLAY_OF_DONE_UNIT(
            "PEN-RUN-064",
            CONFIGURATION,
            "`--replay` with a unit whose ingestion is done",
            "give the next unit that is not"),
    STAGE_BLOCKED(
            "PEN-RUN-070",
            REFUSED,
            "a stage is blocked: what it would read was made by another definition than the one in force; "
                    + "`plan` names the keys that differ",
            "run the stage that it names with the definition in force"),

    // Tables
    COMMIT_DAMAGED(
            "PEN-TAB-001",
            INTERNAL,
            "a commit in a table's log is cut short or cannot be parsed",
            "restore the file, or the table, from a backup; see "
                    + "[operations.md](operations.md#when-something-goes-wrong)"),
    COMMIT_EMPTY(
            "PEN-TAB-002",
            INTERNAL,
            "a commit in a table's log has 0 bytes: Delta would read it as one that changed nothing",
            "the same"),
    COMMIT_MISSING(
            "PEN-TAB-003", INTERNAL, "a commit in a table's log is missing, and later ones are there", "the same"),
    CHECKPOINT_HINT_UNREADABLE(
            "PEN-TAB-004",
            NOTE,
            "the hint at a table's last checkpoint cannot be understood; the whole log is read instead",
            "nothing"),
    DATA_FILE_DAMAGED(
            "PEN-TAB-005",
            INTERNAL,
            "a data file or log file of a table is missing, damaged, or rewritten by another program with "
                    + "columns of other types",
            "restore it, or build the units again with `--again`"),
    NEWER_READER_NEEDED(
            "PEN-TAB-006",
            INTERNAL,
            "a table asks for a newer Delta reader; the message names versions and features",
            "restore the table to before that change"),
    FOREIGN_COMMIT(
            "PEN-TAB-007",
            INTERNAL,
            "somebody else wrote a table, or restored or changed it: it has rows, or a version that changed "
                    + "rows, of no run",
            "`penstock status`; restore the version that the message names, or build all units again with "
                    + "`--again`"),
    TABLE_MISSING(
            "PEN-TAB-008",
            INTERNAL,
            "a table that a stage reads does not exist, or where one is to be written there are files that are "
                    + "no Delta table",
            "run the stage that writes it; move the files away"),
    TABLE_OLDER_THAN_MANIFESTS(
            "PEN-TAB-009",
            INTERNAL,
            "a table is gone, or older than manifests say: it was deleted or replaced by hand",
            "restore it, or build all its units again with `--again`"),
    ROWS_OF_OTHER_UNITS("PEN-TAB-020", INTERNAL, "a stage made rows of units it was not asked for", "report it"),
    COLUMN_TYPE_CHANGED(
            "PEN-TAB-021",
            CONFIGURATION,
            "a column's type was changed to one that does not fit the table; the message shows both. Nothing "
                    + "was written",
            "give the column its old type, or declare it under a new name with `renamed-from`"),

    // Control tables
    TOO_MANY_WRITERS("PEN-OPS-030", RETRY, "too many processes write the control tables at once", "run again"),
    CONTROL_TABLES_UNAVAILABLE(
            "PEN-OPS-031",
            RETRY,
            "control tables cannot be read or written",
            "check that the warehouse can be reached"),
    LEDGER_CONTRADICTS_MANIFESTS(
            "PEN-OPS-032",
            INTERNAL,
            "ledger and manifests contradict each other: control tables were edited, deleted or replaced by "
                    + "hand (`status` reports it, too); or `files --verify` found tables that hold other rows than "
                    + "manifests tell",
            "`penstock files PIPELINE --rebuild`, if it is the ledger that is wrong; else restore `ops/` from "
                    + "a backup"),
    AUDIT_CHAIN_BROKEN(
            "PEN-OPS-033",
            INTERNAL,
            "`status`: the audit chain is broken: somebody edited `ops/manifests`; or a row of "
                    + "`ops/manifests`, `ops/intents`, `ops/journal` or `ops/ledger` cannot be read",
            "restore the table from a copy; the message names the manifest after the edit. A ledger: `penstock "
                    + "files PIPELINE --rebuild`"),
    FILES_UNKNOWN_TO_MANIFESTS(
            "PEN-OPS-034",
            INTERNAL,
            "`files --verify` or `--rebuild`: a manifest does not say what became of a file, it is from before "
                    + "manifests did",
            "restore `ops/ledger` from a backup"),
    CONTROL_ROWS_EDITED(
            "PEN-OPS-040",
            INTERNAL,
            "`status`: rows of a control table other than the manifests are not those that were committed: "
                    + "somebody edited, removed or added some. The message names the table and the first such row",
            "restore the table from a copy. A ledger: `penstock files PIPELINE --rebuild`"),
    UNIT_REFUSED(
            "PEN-OPS-041",
            NOTE,
            "`trace`: the file's unit was refused, so that nothing of it is in the tables",
            "nothing; the code next to it says why"),

    // Object stores
    COMMITS_NOT_EXCLUSIVE(
            "PEN-STO-001",
            CONFIGURATION,
            "the warehouse is on storage where of two commits at once one may erase the other",
            "`penstock.single-writer = true`, if one process at a time writes, or `penstock.log-store = "
                    + "dynamodb`"),
    NO_BUCKET(
            "PEN-STO-002",
            CONFIGURATION,
            "no such bucket at this endpoint",
            "create it, or correct the address or the endpoint"),
    STORE_CREDENTIALS(
            "PEN-STO-003",
            CONFIGURATION,
            "credentials missing or refused, or rights missing",
            "check them; the message says the store's own code"),
    NO_STORAGE_CLIENT(
            "PEN-STO-004",
            CONFIGURATION,
            "Hadoop's client for the storage is not on the class path",
            "`bin/setup s3a`, or `--packages org.apache.hadoop:hadoop-aws:3.3.4`"),
    CREDENTIAL_IN_CONFIGURATION(
            "PEN-STO-005",
            CONFIGURATION,
            "a credential in `penstock.hadoop`",
            "take it out; let the environment or a credential provider give it"),
    STORE_AWAY("PEN-STO-029", RETRY, "the store is away, slow, or asks to slow down", "run again later"),
    CREDENTIALS_EXPIRED("PEN-STO-030", RETRY, "the credentials have expired", "renew them and run again"),
    STORAGE_FAILED(
            "PEN-STO-031",
            RETRY,
            "a disk or a store failed while something was read or written",
            "check disk, network and rights, run again"),

    // Environments
    ENVIRONMENTS_OVERLAP(
            "PEN-ENV-001",
            CONFIGURATION,
            "an environment would write where the one it reads does, or under its registry names; `model "
                    + "promote` between such two",
            "give it a `warehouse` and a `registry-prefix` of its own"),
    FOREIGN_ENVIRONMENT(
            "PEN-ENV-002",
            INTERNAL,
            "a stage was about to write a table of another environment; nothing was written",
            "report it"),
    INVALID_READS(
            "PEN-ENV-003",
            CONFIGURATION,
            "`reads` names the environment itself, or one that reads another",
            "name one that has its own tables"),
    NO_CHAMPION_THERE(
            "PEN-ENV-010",
            CONFIGURATION,
            "`model promote`: the environment has no champion",
            "train and promote one there"),
    NOT_PROMOTED_THERE(
            "PEN-ENV-011",
            CONFIGURATION,
            "`model promote`: no manifest promoted the version that the alias names, with these bytes",
            "somebody moved the alias: run `promote` there again"),
    ENVIRONMENTS_DIFFER(
            "PEN-ENV-012",
            CONFIGURATION,
            "`model promote`: the other environment does not make what the model is fed; the message says what "
                    + "differs",
            "declare it there, run its features, promote again"),
    REGISTRY_BYTES_DIFFER(
            "PEN-ENV-013",
            INTERNAL,
            "`model promote`: the registry hands out other bytes; the alias was not moved",
            "run it again"),
    IMPORTED_MODEL_FAILS(
            "PEN-ENV-014",
            REFUSED,
            "`model promote`: the model scores nonsense on this machine; the alias was not moved",
            "look at the model"),
    NO_SUCH_MODEL(
            "PEN-ENV-015",
            CONFIGURATION,
            "`model promote`: no such model in one of the environments",
            "take one of those listed"),

    // Airflow
    SCHEDULE_NOT_CRON(
            "PEN-AIR-001",
            CONFIGURATION,
            "a schedule that no cron line says",
            "a cut in whole minutes, a named zone or UTC"),
    FIRST_UNIT_UNKNOWN(
            "PEN-AIR-002",
            CONFIGURATION,
            "no model is scored, so nothing says which unit is the first",
            "set `airflow.from`"),
    NEVER_TRAINED(
            "PEN-AIR-003",
            CONFIGURATION,
            "`--variant retrain`, but no model has a unit to train at",
            "name one in `training.at`, or export the other variants"),
    UNKNOWN_VARIANT(
            "PEN-AIR-004",
            CONFIGURATION,
            "`--variant` that does not exist",
            "`daily`, `backfill`, `retrain`, `monitor`, `all`"),
    NOTHING_TO_MONITOR(
            "PEN-AIR-005", CONFIGURATION, "`--variant monitor`, but no model is scored", "export the other variants"),
    UNTIL_BEFORE_FIRST(
            "PEN-AIR-006",
            CONFIGURATION,
            "`airflow.until` is before the first unit",
            "a later `until`, or an earlier `airflow.from`"),
    DAG_OF_OTHER_PIPELINE(
            "PEN-AIR-007",
            CONFIGURATION,
            "`airflow export` would overwrite the DAG of another pipeline or variant",
            "export to another folder, or name one of the pipelines otherwise");

    private static final Map<String, ErrorCode> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(ErrorCode::code, Function.identity()));

    private final String code;
    private final Outcome outcome;
    private final String meaning;
    private final String remedy;

    ErrorCode(String code, Outcome outcome, String meaning, String remedy) {
        this.code = code;
        this.outcome = outcome;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    /** The constant of {@code PEN-CFG-003}. A code that is in no table is a defect of the caller. */
    public static ErrorCode of(String code) {
        return find(code).orElseThrow(() -> new IllegalArgumentException("Unknown error code: " + code));
    }

    /** The constant of a code that was read from somewhere: codes of {@code spine.hold} are the user's own. */
    public static Optional<ErrorCode> find(String code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }

    /** {@code PEN-CFG-003}. */
    public String code() {
        return code;
    }

    /** {@code CFG}. */
    public String area() {
        return code.substring(code.indexOf('-') + 1, code.lastIndexOf('-'));
    }

    public Outcome outcome() {
        return outcome;
    }

    /** What a process ends with that fails by this code; {@link ExitCode#INTERNAL} if it never should. */
    public ExitCode exit() {
        return outcome.exit().orElse(ExitCode.INTERNAL);
    }

    /** Whether running the same again can help. */
    public boolean isRetryable() {
        return exit().retryable();
    }

    public String meaning() {
        return meaning;
    }

    /** Empty where all codes of an area have the same remedy. */
    public String remedy() {
        return remedy;
    }

    /** The code, so that messages can be put together from it. */
    @Override
    public String toString() {
        return code;
    }
}
