package org.exportrelay.config;

import io.netty.util.NetUtil;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The hosts of {@code NO_PROXY}, separated by commas or blanks, as curl and Go read them: a name with
 * all names below it, also written {@code .example.com} or {@code *.example.com}; an address; a network
 * such as {@code 10.0.0.0/8}; a name or an address with {@code :PORT}; {@code *} for all. Names are not
 * resolved.
 */
final class NoProxy {

    private static final Pattern WITH_PORT = Pattern.compile("(?<host>[^:]+|\\[.*]):(?<port>\\d{1,5})");

    private final List<String> entries;

    /**
     * @param hosts the variable's value
     */
    NoProxy(String hosts) {
        entries = Stream.of(hosts.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    /** Whether no proxy is used towards a host: a name, or an address with or without brackets. */
    boolean matches(String host, int port) {
        String name = withoutBrackets(host.toLowerCase(Locale.ROOT));
        return entries.stream().anyMatch(entry -> matches(entry, name, port));
    }

    private static boolean matches(String entry, String host, int port) {
        Matcher withPort = WITH_PORT.matcher(entry);
        if (withPort.matches()) {
            return Integer.parseInt(withPort.group("port")) == port && matches(withPort.group("host"), host);
        }
        return matches(entry, host);
    }

    private static boolean matches(String entry, String host) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        if (address != null) {
            return entry.equals("*") || isInside(address, withoutBrackets(entry).split("/", 2));
        }
        String name = entry.replaceFirst("^\\*?\\.", "");
        return entry.equals("*") || host.equals(name) || host.endsWith("." + name);
    }

    /** Whether an address is in a network, or is the same address where no prefix length is given. */
    private static boolean isInside(byte[] address, String[] network) {
        byte[] base = NetUtil.createByteArrayFromIpAddressString(network[0]);
        if (base == null || base.length != address.length) {
            return false;
        }
        if (network.length == 1) {
            return Arrays.equals(base, address);
        }
        int free = network[1].matches("\\d{1,3}") ? 8 * base.length - Integer.parseInt(network[1]) : -1;
        return free >= 0
                && new BigInteger(1, address).shiftRight(free).equals(new BigInteger(1, base).shiftRight(free));
    }

    private static String withoutBrackets(String host) {
        return host.replaceAll("[\\[\\]]", "");
    }
}
