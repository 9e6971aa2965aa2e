package org.exportrelay.component;

import java.util.Optional;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;

/**
 * A delivery as its route receives it.
 *
 * @param delivery its file has the name and the size that the destination receives
 * @param content of that file; empty if it is the verified file itself, or no file
 * @param handover whether the route hands the export over, known when the exchange is done
 */
record Outgoing(Delivery delivery, Optional<DeliveredContent> content, Handover handover) {}
