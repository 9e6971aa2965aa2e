package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.JSch;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The key exchanges that JSch offers to servers: those of Java itself. It would use those of Bouncy Castle too, since the
 * program has that for PGP; to find out whether they work, it makes keys for all of them at each connection, which takes
 * longer than all the rest. An endpoint that names one in {@code keyExchangeProtocols} still uses it.
 */
final class KeyExchanges {

    private static final Pattern OF_BOUNCY_CASTLE = Pattern.compile("(?:mlkem|sntrup)[^,]*,?");

    private KeyExchanges() {}

    /** For all connections of this process. */
    static void limit() {
        for (String list : List.of("kex", "CheckKexes")) {
            JSch.setConfig(list, OF_BOUNCY_CASTLE.matcher(JSch.getConfig(list)).replaceAll(""));
        }
    }
}
