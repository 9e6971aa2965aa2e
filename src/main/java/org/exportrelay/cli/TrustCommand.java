package org.exportrelay.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.exportrelay.config.Settings;
import org.exportrelay.destinations.sftp.HostKeyProbe;
import org.exportrelay.destinations.sftp.KnownHosts;
import org.exportrelay.destinations.sftp.ServerAddress;
import org.exportrelay.destinations.sftp.ServerKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code trust}. */
@Command(
        name = "trust",
        description = "Shows the fingerprint of an SFTP server's host key and, after a yes or a matching --fingerprint,"
                + " pins it in sftp.known-hosts, which every sftp: endpoint reads.",
        mixinStandardHelpOptions = true)
public final class TrustCommand implements Callable<Integer> {

    private static final int NOT_PINNED = 1;

    @Parameters(paramLabel = "sftp://HOST[:PORT]", converter = Address.class, description = "The server.")
    private ServerAddress server;

    @Option(
            names = "--fingerprint",
            paramLabel = "SHA256:…",
            description =
                    "The fingerprint that the server's operator gave you; pins the key without asking if it matches, and"
                            + " refuses otherwise.")
    private String fingerprint;

    @Option(
            names = "--known-hosts",
            paramLabel = "FILE",
            description = "Another file than sftp.known-hosts, for routes that name one.")
    private Path knownHosts;

    @Spec
    private CommandSpec spec;

    /** Asks a question on the terminal; null where there is none. */
    private final UnaryOperator<String> terminal;

    public TrustCommand() {
        this(Terminal.ask());
    }

    TrustCommand(UnaryOperator<String> terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        KnownHosts known = new KnownHosts(Optional.ofNullable(knownHosts)
                .orElseGet(() -> Path.of(Settings.value("sftp.known-hosts").orElse("known_hosts"))));
        try {
            ServerKey shown = HostKeyProbe.ask(server, known);
            List<ServerKey> pinned = known.of(server);
            out.println(server + " shows the host key " + shown);
            if (fingerprint != null && !fingerprint.equals(shown.fingerprint())) {
                err.println(
                        "trust: that is not --fingerprint " + fingerprint + "; nothing was pinned: another machine may"
                                + " impersonate this server, so ask its operator");
                return RelayProcess.WRONG;
            }
            if (pinned.contains(shown)) {
                out.println("It is pinned in " + known.file() + " already.");
                return RelayProcess.DELIVERED;
            }
            pinned.forEach(key -> out.println("CHANGED: " + known.file() + " has " + key
                    + "; another machine may impersonate this server, unless its operator confirms the new key"));
            out.flush();
            if (fingerprint == null && terminal == null) {
                err.println("trust: no terminal to confirm on; compare the fingerprint with the one that the server's"
                        + " operator gives you, then pass --fingerprint " + shown.fingerprint());
                return RelayProcess.WRONG;
            }
            if (fingerprint == null && !isYes(pinned.isEmpty() ? "Pin it" : "Replace the pinned key")) {
                err.println("trust: nothing was pinned");
                return NOT_PINNED;
            }
            known.pin(server, shown);
            out.println("Pinned in " + known.file() + ".");
            return RelayProcess.DELIVERED;
        } catch (IOException e) {
            err.println("trust: " + e.getMessage());
            return NOT_PINNED;
        } finally {
            out.flush();
        }
    }

    private boolean isYes(String question) {
        return "yes".equals(terminal.apply(question + ", if the server's operator confirms it? Write yes or no: "));
    }

    static final class Address implements ITypeConverter<ServerAddress> {

        @Override
        public ServerAddress convert(String value) {
            try {
                return ServerAddress.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
