package org.exportrelay.routes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.Endpoint;
import org.apache.camel.component.file.remote.SftpConfiguration;
import org.apache.camel.component.file.remote.SftpEndpoint;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.ConvertBodyDefinition;
import org.apache.camel.model.EnrichDefinition;
import org.apache.camel.model.MarshalDefinition;
import org.apache.camel.model.PollEnrichDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ScriptDefinition;
import org.apache.camel.model.SetBodyDefinition;
import org.apache.camel.model.SplitDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.TransformDefinition;
import org.apache.camel.model.UnmarshalDefinition;
import org.apache.camel.model.dataformat.PGPDataFormat;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.pgp.Encrypting;
import org.exportrelay.pgp.PgpKeys;

/** Warnings about routes that run, but promise less than an operator expects. */
final class RouteWarnings {

    static final String PARTIAL_FILE = "readers can see a partial file here; add tempPrefix or tempFileName,"
            + " and fileExist: TryRename to replace an earlier copy in one step";

    private static final Pattern OPTIONAL_LOGIN =
            Pattern.compile("(?:password|privateKeyFile)=(?:RAW\\()?\\{\\{\\?([^}]+)}}");

    private static final String FILES = "(file|ftp|ftps|sftp)";
    /** Steps that can replace the body. */
    private static final List<Class<? extends ProcessorDefinition<?>>> OWN_BODIES = List.of(
            BeanDefinition.class,
            ConvertBodyDefinition.class,
            EnrichDefinition.class,
            MarshalDefinition.class,
            PollEnrichDefinition.class,
            ScriptDefinition.class,
            SetBodyDefinition.class,
            SplitDefinition.class,
            ToDynamicDefinition.class,
            TransformDefinition.class,
            UnmarshalDefinition.class);

    private RouteWarnings() {}

    static List<RouteFault> on(Path file, RouteDefinition route) {
        Stream<RouteFault> endpoints = EndpointUse.of(route).stream().flatMap(use -> Stream.of(
                        found(file, use, RouteRule.PARTIAL_FILE, halfFile(route, use)),
                        found(file, use, RouteRule.LINK_AS_FILE, linkAsFile(route, use)),
                        found(file, use, RouteRule.UNCHECKED_HOST_KEY, anyHost(use)))
                .flatMap(Optional::stream));
        return Stream.of(endpoints, repeatedParts(file, route), pgpInMemory(file, route))
                .flatMap(Function.identity())
                .toList();
    }

    private static Optional<RouteFault> found(Path file, EndpointUse use, RouteRule rule, Optional<String> warning) {
        return warning.map(text -> RouteFault.warning(file, use.line(), rule, text));
    }

    /** Servers that accept neither are rare, and Camel would not report it before the first upload. */
    static Optional<RouteFault> onLogin(Path file, EndpointUse use, Endpoint endpoint) {
        if (!(endpoint instanceof SftpEndpoint sftp)) {
            return Optional.empty();
        }
        SftpConfiguration login = sftp.getConfiguration();
        boolean hasSecret = Stream.of(
                        login.getPassword(),
                        login.getPrivateKeyFile(),
                        login.getPrivateKeyUri(),
                        login.getPrivateKey(),
                        login.getKeyPair())
                .anyMatch(secret -> secret != null && !"".equals(secret));
        if (hasSecret) {
            return missingKeyFile(login)
                    .map(warning -> RouteFault.warning(file, use.line(), RouteRule.UNREADABLE_KEY_FILE, warning));
        }
        List<String> keys = OPTIONAL_LOGIN
                .matcher(use.uri())
                .results()
                .map(result -> result.group(1))
                .toList();
        return Optional.of(new RouteFault(
                file,
                use.line(),
                "this endpoint has neither a password nor a private key, and an SFTP server requires one of them; set "
                        + (keys.isEmpty() ? "password or privateKeyFile" : String.join(" or ", keys)),
                false,
                RouteRule.NO_LOGIN));
    }

    /** Perhaps they are mounted or replaced later, so that this is no fault. */
    static List<RouteFault> onPgpKeys(Path file, EndpointUse use, Endpoint endpoint) {
        return endpoint instanceof Encrypting encrypting
                ? encrypting.encryption().stream()
                        .flatMap(encryption -> encryption.keys().stream())
                        .flatMap(keys -> problem(keys).stream())
                        .map(problem -> RouteFault.warning(file, use.line(), RouteRule.UNUSABLE_PGP_KEY, problem))
                        .toList()
                : List.of();
    }

    private static Optional<String> problem(PgpKeys keys) {
        try {
            keys.usable(Instant.now());
            return Optional.empty();
        } catch (DeliveryException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** Perhaps it is mounted later, so that this is no fault. */
    private static Optional<String> missingKeyFile(SftpConfiguration login) {
        String key = login.getPrivateKeyFile();
        return key == null || key.isEmpty() || Files.isReadable(Path.of(key))
                ? Optional.empty()
                : Optional.of("the private key file " + key + " does not exist or cannot be read by this user; correct"
                        + " its path or its rights");
    }

    /** By default Camel continues with the next part, although the whole has failed. */
    static Stream<RouteFault> repeatedParts(Path file, RouteDefinition route) {
        if (!route.getInput().getEndpointUri().startsWith("exports:")) {
            return Stream.empty();
        }
        return ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SplitDefinition.class).stream()
                .filter(split -> !"true".equals(split.getStopOnException()))
                .map(split -> new RouteFault(
                        file,
                        split.getLineNumber(),
                        "after a failed part the remaining parts are still sent, and all parts are sent again at the next attempt;"
                                + " add stopOnException: true",
                        false,
                        RouteRule.REPEATED_PARTS));
    }

    /** Whether a route begins at {@code exports:} with {@code payload=manifest}. */
    static boolean deliversManifests(RouteDefinition route) {
        String from = route.getInput().getEndpointUri();
        return from.startsWith("exports:") && from.contains("payload=manifest");
    }

    /** What a Camel user tries first; the option at exports: does it better. */
    private static Stream<RouteFault> pgpInMemory(Path file, RouteDefinition route) {
        if (!route.getInput().getEndpointUri().startsWith("exports:")) {
            return Stream.empty();
        }
        return ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), MarshalDefinition.class).stream()
                .filter(step -> step.getDataFormatType() instanceof PGPDataFormat)
                .map(step -> RouteFault.warning(
                        file,
                        step.getLineNumber(),
                        RouteRule.PGP_IN_MEMORY,
                        "this step holds the encrypted file in memory, and the ledger does not know its checksum and its"
                                + " name; remove the step, and set encryptTo at exports:"));
    }

    /** A file that is written under its final name can be seen half-written. */
    private static Optional<String> halfFile(RouteDefinition route, EndpointUse use) {
        String from = route.getInput().getEndpointUri();
        boolean seen = from.startsWith("exports:")
                && (from.contains("payload=file") || deliversManifests(route))
                && use.uri().matches(FILES + ":.*")
                && !use.uri().contains("tempPrefix=")
                && !use.uri().contains("tempFileName=");
        return seen ? Optional.of(PARTIAL_FILE) : Optional.empty();
    }

    /** The default of payload is link. A route that makes a body of its own means it. */
    private static Optional<String> linkAsFile(RouteDefinition route, EndpointUse use) {
        String from = route.getInput().getEndpointUri();
        boolean isLink = from.startsWith("exports:") && (!from.contains("payload=") || from.contains("payload=link"));
        boolean hasOwnBody = OWN_BODIES.stream()
                .anyMatch(step -> !ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), step)
                        .isEmpty());
        boolean asksServer =
                EndpointUse.of(route).stream().anyMatch(other -> other.uri().matches("(bean|direct|https?):.*"));
        return isLink && !hasOwnBody && !asksServer && use.uri().matches(FILES + ":.*")
                ? Optional.of("this endpoint receives a link to the file in JSON, not the file; set payload: file at"
                        + " exports:")
                : Optional.empty();
    }

    /** The relay's sftp: is strict unless an option relaxes it. */
    private static Optional<String> anyHost(EndpointUse use) {
        return use.uri().startsWith("sftp:") && use.uri().matches(".*[?&]strictHostKeyChecking=(?!yes\\b).*")
                ? Optional.of("a machine that impersonates this server receives the files and the password;"
                        + " remove strictHostKeyChecking and pin the server's key with 'trust sftp://HOST:PORT'")
                : Optional.empty();
    }
}
