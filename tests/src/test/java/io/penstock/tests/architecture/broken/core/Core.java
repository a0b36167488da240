package io.penstock.tests.architecture.broken.core;

import com.univocity.parsers.csv.CsvParser;
import io.penstock.tests.architecture.broken.jobs.Jobs;
import java.net.http.HttpClient;
import picocli.CommandLine;

/** A noun that knows the command line, the network and a parser. */
public record Core(Jobs jobs, CommandLine line, HttpClient http, CsvParser parser) {}
