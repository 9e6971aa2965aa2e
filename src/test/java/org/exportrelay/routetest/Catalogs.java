package org.exportrelay.routetest;

import java.util.List;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.azure.BlobFaults;
import org.exportrelay.destinations.file.FileFaults;
import org.exportrelay.destinations.ftp.FtpFaults;
import org.exportrelay.destinations.jms.QueueFaults;
import org.exportrelay.destinations.kafka.KafkaFaults;
import org.exportrelay.destinations.mail.MailFaults;
import org.exportrelay.destinations.s3.S3Faults;
import org.exportrelay.destinations.sftp.SftpFaults;
import org.exportrelay.destinations.table.TableFaults;
import org.exportrelay.destinations.webhook.HttpFaults;

/** The faults of all kinds of destinations. */
final class Catalogs {

    static final List<KnownFaults> KNOWN = List.of(
            new FileFaults(),
            new SftpFaults(),
            new FtpFaults(),
            new KafkaFaults(),
            new QueueFaults(),
            new S3Faults(),
            new BlobFaults(),
            new HttpFaults(),
            new MailFaults(),
            new TableFaults());

    private Catalogs() {}

    static FaultCatalog all() {
        return new FaultCatalog(KNOWN);
    }
}
