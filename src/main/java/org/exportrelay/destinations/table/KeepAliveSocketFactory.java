package org.exportrelay.destinations.table;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * Sockets that find a lost server within two minutes, by TCP keepalive. PostgreSQL's driver can only switch it on, and
 * the default of Linux is two hours. Created by the driver.
 */
public final class KeepAliveSocketFactory extends SocketFactory {

    static final int IDLE_SECONDS = 60;
    static final int INTERVAL_SECONDS = 10;
    static final int PROBES = 6;

    @Override
    public Socket createSocket() throws IOException {
        return keptAlive(new Socket());
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return keptAlive(new Socket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return keptAlive(new Socket(host, port, localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return keptAlive(new Socket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return keptAlive(new Socket(host, port, localHost, localPort));
    }

    private static Socket keptAlive(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        // Where the platform has no such options, its own times apply.
        if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        }
        return socket;
    }
}
