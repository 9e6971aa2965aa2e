package org.exportrelay.config;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads and checks the settings before anything starts, so that every command answers a wrong one
 * with the same single line. Quarkus then maps the same sources for the beans.
 */
public final class Settings {

    /** The operator's file, in the working directory. */
    public static final Path FILE = Path.of("application.properties");

    private static final Pattern UNCONVERTIBLE = Pattern.compile(
            "The config property (\\S+) with the config value \"(.*)\" threw an Exception whilst being"
                    + " converted (.*)",
            Pattern.DOTALL);
    private static final Pattern UNKNOWN = Pattern.compile("(\\S+)(?: in (.*))? does not map to any root");
    private static final Pattern MISSING = Pattern.compile("The config property (\\S+) is required.*");
    private static final Pattern EMPTY =
            Pattern.compile("The config property (\\S+) is defined as the empty String.*", Pattern.DOTALL);
    private static final Pattern CODE = Pattern.compile("^([\\w.$]+(Exception|Error): )?(SRCFG\\d{5}: )?");

    private Settings() {}

    /**
     * The settings of {@link SettingsSources}, which Quarkus reads as well from now on.
     *
     * @throws SettingsException if one is missing, unknown or breaks its rule
     */
    public static RelaySettings load() {
        RelaySettings settings = load(environment(), FILE);
        SettingsSources.useInQuarkus();
        return settings;
    }

    static RelaySettings load(EnvironmentVariables environment, Path file) {
        requireWorkingDirectory();
        SmallRyeConfig config;
        try {
            config = sources(environment, file)
                    .withMapping(RelaySettings.class)
                    .withValidateUnknown(true)
                    .build();
        } catch (ConfigValidationException e) {
            throw new SettingsException(IntStream.range(0, e.getProblemCount())
                    .mapToObj(i -> describe(plain(e.getProblem(i).getMessage())))
                    .sorted()
                    .toList());
        }
        config.getPropertyNames().forEach(name -> registerSecret(config, name));
        RelaySettings settings = config.getConfigMapping(RelaySettings.class);
        List<String> problems = new Rules().check(settings);
        problems.addAll(ConsoleRules.check(settings.console(), key -> Optional.ofNullable(
                        config.getConfigValue(key).getValue())
                .filter(value -> !value.isBlank())));
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return settings;
    }

    /** Every relative path would fail, without a reason that an operator understands. */
    private static void requireWorkingDirectory() {
        String directory = System.getProperty("user.dir");
        FileNameEncoding.problem(directory).ifPresent(problem -> {
            throw new SettingsException("the working directory " + directory + " " + problem);
        });
    }

    /** Also those that routes bring along, such as {@code sftp.password}: they must not be logged either. */
    private static void registerSecret(SmallRyeConfig config, String name) {
        if (Secrets.isSecretName(name)) {
            Optional.ofNullable(config.getConfigValue(name).getValue()).ifPresent(Secrets::register);
        }
    }

    /**
     * A key that routes or components bring, from the same sources.
     *
     * @throws SettingsException if the file cannot be read
     */
    public static Optional<String> value(String key) {
        return sources(environment(), FILE).build().getOptionalValue(key, String.class);
    }

    /** A line for the log about variables such as {@code SFTP_PORT} that Kubernetes has created for a Service. */
    public static Optional<String> environmentWarning() {
        return environment().warning();
    }

    private static EnvironmentVariables environment() {
        return new EnvironmentVariables(System.getenv());
    }

    /** Whether {@code mvn quarkus:dev} runs this process. Quarkus itself knows only once it has started. */
    public static boolean isDevMode() {
        return Boolean.getBoolean("export-relay.dev-mode");
    }

    static SmallRyeConfigBuilder sources(EnvironmentVariables environment, Path file) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .forClassLoader(Thread.currentThread().getContextClassLoader())
                .addDefaultInterceptors();
        return SettingsSources.addTo(builder, environment, file);
    }

    /**
     * Checks that there is a bearer key.
     *
     * @throws SettingsException with a line that explains how to set one
     */
    public static void requireKey(RelaySettings settings) {
        if (settings.api().keyFile().isPresent()) {
            KeyFile.read(settings.api().keyFile().get());
            return;
        }
        if (settings.api().key().isEmpty() && !Files.exists(FILE)) {
            throw new SettingsException(List.of(FILE + " is not in "
                    + Path.of("").toAbsolutePath() + ": run the command in the directory that has it and routes/"));
        }
        if (settings.api().key().isEmpty()) {
            throw new SettingsException(List.of("relay.api.key is not set: the API requires a key;"
                    + " set the environment variable DM_API_KEY to your key (dm_sk_live_…)"
                    + " or relay.api.key-file to a file that holds it, or try 'run --sandbox', which needs none"));
        }
    }

    private static String describe(String problem) {
        Matcher unconvertible = UNCONVERTIBLE.matcher(problem);
        if (unconvertible.matches()) {
            return unconvertible.group(1) + "=" + Rules.withoutSecrets(unconvertible.group(2)) + ": "
                    + rule(unconvertible.group(3));
        }
        Matcher unknown = UNKNOWN.matcher(problem);
        if (unknown.matches()) {
            return unknown.group(1) + " is not a setting of the relay; correct its name or remove it"
                    + " (docs/settings.md lists them all)";
        }
        Matcher missing = Stream.of(MISSING, EMPTY)
                .map(pattern -> pattern.matcher(problem))
                .filter(Matcher::matches)
                .findFirst()
                .orElse(null);
        if (missing != null && missing.group(1).startsWith(ExpectationRules.PREFIX)) {
            return ExpectationRules.missing(missing.group(1));
        }
        if (missing != null) {
            return missing.group(1) + " has no value; give it one or remove the line to get the default";
        }
        return problem;
    }

    /** A converter's message, for an operator. */
    private static String rule(String thrown) {
        String message = plain(thrown);
        if (message.startsWith("Expected an integer") || message.startsWith("Expected a long")) {
            return "not a whole number; write digits only";
        }
        if (message.startsWith("Malformed input")) {
            return FileNameEncoding.problem();
        }
        return message.startsWith("Expected a double") ? "not a number; write one such as 0.2" : message;
    }

    /** Without exception class and message code in front. */
    private static String plain(String message) {
        return CODE.matcher(message).replaceFirst("");
    }

    /** The ranges that {@link RelaySettings} documents. */
    private static final class Rules {

        private static final long LEAST_RATE = 1024;
        private static final String SHARE = "not a share; write a number from 0 to 1, such as 0.2";

        private final List<String> problems = new ArrayList<>();

        List<String> check(RelaySettings settings) {
            api(settings.api());
            poll(settings.poll());
            download(settings.download());
            delivery(settings.delivery());
            history(settings.history());
            problems.addAll(ConnectionRules.check(settings, System.getenv()));
            problems.addAll(ExpectationRules.check(settings.expect()));
            between("relay.shutdown-timeout", settings.shutdownTimeout(), Duration.ofSeconds(1), Duration.ofHours(1));
            rule("relay.spool.max-size", settings.spool().maxSize().bytes(), n -> n >= 1, "too small; write 1 or more");
            rule(
                    "relay.ledger.url",
                    settings.ledger().url(),
                    url -> url.startsWith("jdbc:sqlite:") || url.startsWith("jdbc:postgresql:"),
                    "neither SQLite nor PostgreSQL; write jdbc:sqlite:FILE or jdbc:postgresql://HOST/DATABASE");
            rule(
                    "relay.http.port",
                    settings.http().port(),
                    port -> port >= 0 && port <= 65535,
                    "not a port; write 1 to 65535, or 0 for a free one");
            rule(
                    "relay.routes.confirm-above",
                    settings.routes().confirmAbove(),
                    n -> n >= 0,
                    "out of range; write 0 or more");
            sandbox(settings.sandbox());
            return problems;
        }

        private void api(RelaySettings.Api api) {
            rule(
                    "relay.api.url",
                    api.url(),
                    url -> HostName.invalidIn(url).isEmpty(),
                    "its host " + HostName.RULE + "; write the API's own name");
            rule(
                    "relay.api.url",
                    api.url(),
                    url -> HostName.invalidIn(url).isPresent() || Loopback.isSafe(url),
                    "not https; the key may only leave this machine encrypted, so write https://HOST");
            rule(
                    "relay.api.url",
                    api.url(),
                    Rules::isBase,
                    "not a base URL; leave out a slash at the end, a query and a user");
            rule(
                    "relay.api.budget-share",
                    api.budgetShare(),
                    share -> share > 0 && share <= 1,
                    "not a share; write a number above 0, at most 1, such as 0.8");
            rule(
                    "relay.api.key-file",
                    api.keyFile().map(Path::toString).orElse(""),
                    file -> file.isEmpty() || api.key().isEmpty(),
                    "relay.api.key (DM_API_KEY) is set too; keep one of the two");
            between("relay.api.timeout", api.timeout(), Duration.ofSeconds(1), Duration.ofMinutes(10));
        }

        private void poll(RelaySettings.Poll poll) {
            rule(
                    "relay.poll.period",
                    text(poll.period()),
                    period -> poll.period().toMillis() >= 1000,
                    "too short; write 1s or more (the API allows 5,000 requests a day: 60s is a good choice)");
            rule(
                    "relay.poll.full-sweep",
                    text(poll.fullSweep()),
                    period -> poll.fullSweep().toSeconds() >= 60,
                    "too short; write 1m or more (each costs a request per 100 exports)");
            rule(
                    "relay.poll.page-size",
                    poll.pageSize(),
                    size -> size >= 1 && size <= 100,
                    "out of range; the API takes 1 to 100");
        }

        private void download(RelaySettings.Download download) {
            rule("relay.download.parallel", download.parallel(), n -> n >= 1 && n <= 64, "out of range; write 1 to 64");
            rule("relay.download.max-size", download.maxSize().bytes(), n -> n >= 1, "too small; write 1 or more");
            rule(
                    "relay.download.max-expanded-size",
                    download.maxExpandedSize().bytes(),
                    n -> n >= 1,
                    "too small; write 1 or more");
            download.maxRate()
                    .ifPresent(
                            rate -> rule(
                                    "relay.download.max-rate",
                                    rate.bytes(),
                                    n -> n >= LEAST_RATE,
                                    "too small; write 1K or more bytes per second, such as 20M, or leave it empty for no limit"));
            between(
                    "relay.download.stall-timeout",
                    download.stallTimeout(),
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(10));
        }

        private void delivery(RelaySettings.Delivery delivery) {
            rule(
                    "relay.delivery.lease",
                    text(delivery.lease()),
                    lease -> delivery.lease().toSeconds() >= 5,
                    "too short to be renewed in time; write 5s or more");
            rule("relay.delivery.max-attempts", delivery.maxAttempts(), n -> n >= 1, "out of range; write 1 or more");
            rule(
                    "relay.delivery.max-retry-delay",
                    text(delivery.maxRetryDelay()),
                    delay -> delivery.maxRetryDelay().compareTo(delivery.retryDelay()) >= 0,
                    "shorter than relay.delivery.retry-delay=" + text(delivery.retryDelay())
                            + "; make it as long or longer");
        }

        private void history(RelaySettings.History history) {
            rule(
                    "relay.history.retention",
                    text(history.retention()),
                    any -> history.retention().toDays() >= 1,
                    "too short; write 1d or more");
        }

        private void sandbox(RelaySettings.Sandbox sandbox) {
            rule("relay.sandbox.faults", sandbox.faults(), Rules::isShare, SHARE);
            rule("relay.sandbox.error-share", sandbox.errorShare(), Rules::isShare, SHARE);
            rule(
                    "relay.sandbox.arrival-period",
                    text(sandbox.arrivalPeriod()),
                    period -> sandbox.arrivalPeriod().isZero()
                            || sandbox.arrivalPeriod().toMillis() >= 10,
                    "too short; write 10ms or more, or 0s for no new exports");
        }

        private static boolean isShare(double share) {
            return share >= 0 && share <= 1;
        }

        private static boolean isBase(URI url) {
            return !url.toString().endsWith("/")
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null
                    && url.getRawUserInfo() == null;
        }

        private void between(String key, Duration value, Duration least, Duration most) {
            rule(
                    key,
                    text(value),
                    any -> value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                    "out of range; write " + text(least) + " to " + text(most));
        }

        private <T> void rule(String key, T value, Predicate<T> holds, String problem) {
            if (!holds.test(value)) {
                problems.add(key + "=" + withoutSecrets(String.valueOf(value)) + ": " + problem);
            }
        }

        /** A URL may carry a user with a password, or a query with one. */
        private static String withoutSecrets(String value) {
            return value.replaceFirst("//[^/]*@", "//…@").replaceFirst("\\?.*", "?…");
        }

        private static String text(Duration duration) {
            return Durations.text(duration);
        }
    }
}
