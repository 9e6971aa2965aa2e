package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class KeepAliveSocketFactoryTest {

    @Test
    void everySocketFindsALostServer() throws IOException {
        KeepAliveSocketFactory factory = new KeepAliveSocketFactory();
        InetAddress host = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 50, host)) {
            int port = server.getLocalPort();
            String name = host.getHostAddress();
            for (Socket socket : List.of(
                    factory.createSocket(),
                    factory.createSocket(name, port),
                    factory.createSocket(host, port),
                    factory.createSocket(name, port, host, 0),
                    factory.createSocket(host, port, host, 0))) {
                try (socket) {
                    assertThat(socket.getKeepAlive()).isTrue();
                    assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE))
                            .isEqualTo(60);
                    assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL))
                            .isEqualTo(10);
                    assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT))
                            .isEqualTo(6);
                }
            }
        }
    }
}
